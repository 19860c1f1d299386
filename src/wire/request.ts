import { BasetenError, refusal } from "../error.js";
import { locate, type Target } from "../route.js";
import type { ChatRequest, ChatStreamRequest, Options } from "../types.js";

/** Keyword arguments of LiteLLM's that users write into the request, and ours, with the place where they belong. */
const BELONGS: Record<string, string> = {
  api_key: "options.apiKey",
  apiKey: "options.apiKey",
  api_base: "options.baseURL",
  base_url: "options.baseURL",
  baseURL: "options.baseURL",
  timeout: "options.timeout",
  num_retries: "options.maxRetries",
  max_retries: "options.maxRetries",
  extra_headers: "options.headers",
  fallbacks: "the caller: try the next model when one fails",
  drop_params: "nowhere: every parameter is passed on",
  mock_response: "options.fetch: emulator()",
};

/** A LiteLLM proxy takes the others in the body; a key or an address must not travel there. */
const ALWAYS_MISPLACED = /^api|^base/;

function refuseMisplaced(request: Record<string, unknown>, { baseten }: Target): void {
  for (const [field, place] of Object.entries(BELONGS)) {
    if (request[field] !== undefined && (baseten || ALWAYS_MISPLACED.test(field))) {
      // The value may be a key: it is not shown.
      throw new BasetenError(
        "BadRequestError",
        `${field}: expected no such field in the request, it belongs in ${place}`,
      );
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
    throw new BasetenError("BadRequestError", "request: expected what JSON can hold (the cause says more)", { cause });
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
  if (request !== Object(request)) throw refusal("request", "an object", request);
  const target = locate(request.model, options);
  refuseMisplaced(request as Record<string, unknown>, target);
  if (!Array.isArray(request.messages)) throw refusal("messages", "an array", request.messages);
  if (request.stream === !streaming) {
    throw refusal("stream", streaming ? "true or nothing in stream()" : "false or nothing in completion()", !streaming);
  }
  const body = translate(request as Record<string, unknown>, target);
  if (!streaming) delete body.stream_options;
  return { target, body: serialise(streaming ? streamed(body) : body) };
}
