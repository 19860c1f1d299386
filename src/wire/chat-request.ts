import { assertValid, BasetenError } from "../error.ts";
import type { ChatRequest, ChatStreamRequest } from "../types/chat.ts";
import type { Options } from "../types/options.ts";
import { isObject } from "./json.ts";
import { CALL_OPTIONS, findOption, simplify } from "./options.ts";
import { resolveTarget, type Target } from "./target.ts";

/** Keyword arguments of LiteLLM that are not options here, as {@link simplify} has them, and what to use instead. */
const LITELLM_ARGUMENTS = new Map([
  ["extrabody", "its fields in the request"],
  ["customllmprovider", "a prefix of model"],
  ["mockresponse", "options.fetch"],
  ["fallbacks", "the function fallback"],
  ["dropparams", "a request without those fields"],
]);

/** These never belong in a body: even toward a proxy, a key or a signal there is a mistake. */
const NEVER_SENT = ["apiKey", "baseURL", "signal", "fetch"];

/**
 * Refuses the options that are written into the request, where they would travel on the wire and have no effect. A LiteLLM
 * proxy takes some of them in the body, so that fewer are refused toward other hosts than Baseten's.
 * @throws {BasetenError} `BadRequestError` that names the field and what to use instead
 */
export function assertNoOptions(request: Record<string, unknown>, { isBaseten }: Target): void {
  for (const [field, value] of Object.entries(request)) {
    const option = findOption(field, isBaseten ? CALL_OPTIONS : NEVER_SENT);
    const meant = option ? `options.${option}` : isBaseten && LITELLM_ARGUMENTS.get(simplify(field));
    // The value may be a key: of it as an object the type alone is shown.
    assertValid(value === undefined || !meant, field, `${meant} instead of this field`, Object(value));
  }
}

/**
 * Returns a copy of `request` as its target takes it: with the model's name there and, toward Baseten, with
 * `max_completion_tokens` as `max_tokens` (LiteLLM's mapping) and role `developer` as `system`. Nothing is added.
 */
export function toTargetBody(request: Record<string, unknown>, { model, isBaseten }: Target): Record<string, unknown> {
  if (!isBaseten) return { ...request, model };
  const { max_completion_tokens, ...body }: Record<string, unknown> = { ...request, model };
  if (max_completion_tokens != null) body.max_tokens = max_completion_tokens;
  if (Array.isArray(body.messages)) {
    const toSystem = (message: unknown) =>
      isObject(message) && message.role === "developer" ? { ...message, role: "system" } : message;
    body.messages = body.messages.map(toSystem);
  }
  return body;
}

function withStreamFields(body: Record<string, unknown>): Record<string, unknown> {
  const { stream_options: given } = body;
  const streamOptions = isObject(given) ? given : {};
  const include_usage = streamOptions.include_usage ?? true;
  return { ...body, stream: true, stream_options: { ...streamOptions, include_usage } };
}

/**
 * Serializes a request's body.
 * @throws {BasetenError} `BadRequestError` for what JSON cannot hold, such as a cycle
 */
export function serialize(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new BasetenError("BadRequestError", "request: expected values that JSON can hold", { cause });
  }
}

/**
 * Checks a chat request and builds its body. The request itself is never modified.
 * @throws {BasetenError} `BadRequestError` that names the field or the option
 */
export function buildChatRequest(
  request: ChatRequest | ChatStreamRequest,
  options: Options,
  isStream: boolean,
): { target: Target; body: string } {
  assertValid(isObject(request), "request", "an object", request);
  // What is inherited is not part of its JSON.
  const fields = { ...request };
  const { model, messages, stream } = fields;
  const target = resolveTarget(model, options);
  assertNoOptions(fields, target);
  assertValid(Array.isArray(messages), "messages", "an array", messages);
  const expected = isStream ? "true or nothing (or call completion)" : "false or nothing (or call stream)";
  assertValid(stream !== !isStream, "stream", expected, stream);
  const body = toTargetBody(fields, target);
  if (!isStream) delete body.stream_options;
  return { target, body: serialize(isStream ? withStreamFields(body) : body) };
}
