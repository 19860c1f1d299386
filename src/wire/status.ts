import type { BasetenErrorName } from "../error.ts";

/** Texts that mean "too many tokens", of Baseten and of the engines it runs, in any case. */
const CONTEXT_WINDOW = new RegExp(
  [
    // A LiteLLM proxy names its own error so.
    "ContextWindowExceededError",
    "exceed context limit",
    "maximum context (length|limit)",
    "string too long\\. expected a string with maximum length",
    "longer than the model's context length",
    "input tokens exceed the configured limit",
    "`inputs` tokens \\+ `max_new_tokens` must be",
    "exceeds the (available context size|maximum number of tokens allowed)",
    "current length is .*while limit is",
    "maximum input length is .*tokens",
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

/**
 * What an error of this status is called; `text` is its body, which tells some of them apart.
 * @internal
 */
export function nameOf(status: number, text: string): BasetenErrorName {
  if ([400, 413, 422].includes(status) && CONTEXT_WINDOW.test(text)) return "ContextWindowExceededError";
  if (status === 403 && /api[-_ ]?key/i.test(text)) return "AuthenticationError";
  return NAMES[status] ?? (status >= 500 ? "InternalServerError" : "BadRequestError");
}

const NUMBER = /^\d+(\.\d+)?$/;

/**
 * How long the server asks to wait, in ms: `retry-after-ms`, else `Retry-After` in seconds or as a date (RFC 9110,
 * section 10.2.3). A date in the past is 0; what is none of these is `undefined`.
 * @internal
 */
export function retryAfter(headers: Headers): number | undefined {
  const ms = headers.get("retry-after-ms") ?? "";
  if (NUMBER.test(ms)) return Number(ms);
  const wait = headers.get("retry-after") ?? "";
  if (NUMBER.test(wait)) return Number(wait) * 1_000;
  // A date has a time of day; without this test engines read "-5" as one.
  const date = /:\d\d/.test(wait) ? Date.parse(wait) : Number.NaN;
  return date >= 0 ? Math.max(0, date - Date.now()) : undefined;
}
