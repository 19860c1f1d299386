import type { BasetenErrorName } from "../error.ts";

/**
 * Texts that mean "too many tokens", of Baseten and of the engines it runs, in any case. The gaps are bounded, so that
 * matching is linear in the text.
 */
const CONTEXT_WINDOW = new RegExp(
  [
    // The name of a LiteLLM proxy's own error.
    "ContextWindowExceededError",
    "exceed context limit",
    "maximum context (length|limit)",
    "string too long\\. expected a string with maximum length",
    "longer than the model's context length",
    "input tokens exceed the configured limit",
    "`inputs` tokens \\+ `max_new_tokens` must be",
    "exceeds the (available context size|maximum number of tokens allowed)",
    "current length is .{0,100}while limit is",
    "maximum input length is .{0,100}tokens",
  ].join("|"),
  "i",
);

const NAMES: Record<number, BasetenErrorName> = {
  401: "AuthenticationError",
  402: "PaymentRequiredError",
  403: "PermissionDeniedError",
  404: "NotFoundError",
  408: "TimeoutError",
  429: "RateLimitError",
  504: "TimeoutError",
};

/** Returns the name of the error for an HTTP status. `text` is what the server says, which tells some of them apart. */
export function errorNameForStatus(status: number, text: string): BasetenErrorName {
  if ([400, 413, 422].includes(status) && CONTEXT_WINDOW.test(text)) return "ContextWindowExceededError";
  if (status === 403 && /api[-_ ]?key/i.test(text)) return "AuthenticationError";
  return NAMES[status] ?? (status >= 500 ? "InternalServerError" : "BadRequestError");
}
