import { assertValid, BasetenError } from "../error.ts";
import { locate, type Target } from "../route.ts";
import type { ChatRequest, ChatStreamRequest } from "../types/chat.ts";
import type { Options } from "../types/options.ts";

/** The options, and the names under which users write them into the request: ours, and LiteLLM's keyword arguments. */
const MISPLACED: Record<string, string[]> = {
  "options.apiKey": ["apiKey", "api_key"],
  "options.baseURL": ["baseURL", "base_url", "api_base"],
  "options.timeout": ["timeout"],
  "options.maxRetries": ["max_retries", "num_retries"],
  "options.headers": ["extra_headers"],
  "options.fetch": ["mock_response"],
  "the caller's code": ["fallbacks", "drop_params"],
};

function refuseMisplaced(request: Record<string, unknown>, { baseten }: Target): void {
  for (const [place, fields] of Object.entries(MISPLACED)) {
    // A LiteLLM proxy takes the others in the body; a key or an address must not travel there.
    if (!baseten && !/apiKey|baseURL/.test(place)) continue;
    for (const field of fields) {
      const value = request[field];
      // It may be a key: its type alone is shown.
      assertValid(value === undefined, field, `nothing in the request (it belongs in ${place})`, typeof value);
    }
  }
}

function isDeveloper(message: unknown): message is { role: "developer" } {
  return (message as { role?: unknown } | null)?.role === "developer";
}

/**
 * A copy of `request` as its target takes it: the model by its name there and, toward Baseten, `max_completion_tokens`
 * as `max_tokens` (LiteLLM's mapping) and role `developer` as `system`. Nothing is added.
 * @internal
 */
export function translate(request: Record<string, unknown>, { model, baseten }: Target): Record<string, unknown> {
  if (!baseten) return { ...request, model };
  const { max_completion_tokens, ...body } = { ...request, model } as Record<string, unknown>;
  if (max_completion_tokens != null) body.max_tokens = max_completion_tokens;
  if (Array.isArray(body.messages)) {
    body.messages = body.messages.map((message) => (isDeveloper(message) ? { ...message, role: "system" } : message));
  }
  return body;
}

function streamed(body: Record<string, unknown>): Record<string, unknown> {
  const asked = body.stream_options as { include_usage?: unknown } | null | undefined;
  return { ...body, stream: true, stream_options: { ...asked, include_usage: asked?.include_usage ?? true } };
}

function serialise(body: Record<string, unknown>): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new BasetenError("BadRequestError", "request: expected what JSON can hold", { cause });
  }
}

/**
 * Checks a chat request and shapes its body. The request itself is never modified.
 * @throws {BasetenError} `BadRequestError` that names the field
 * @internal
 */
export function shape(
  request: ChatRequest | ChatStreamRequest,
  options: Options,
  streaming: boolean,
): { target: Target; body: string } {
  assertValid(request === Object(request), "request", "an object", request);
  const target = locate(request.model, options);
  refuseMisplaced(request as Record<string, unknown>, target);
  assertValid(Array.isArray(request.messages), "messages", "an array", request.messages);
  assertValid(
    request.stream !== !streaming,
    "stream",
    `${streaming} or nothing (there is completion, and stream)`,
    !streaming,
  );
  const body = translate(request as Record<string, unknown>, target);
  if (!streaming) delete body.stream_options;
  return { target, body: serialise(streaming ? streamed(body) : body) };
}
