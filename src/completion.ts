import { callEndpoint } from "./http/call-endpoint.ts";
import type { ChatCompletion, ChatRequest } from "./types/chat.ts";
import type { Options } from "./types/options.ts";
import { buildChatRequest } from "./wire/chat-request.ts";
import { parseCompletion } from "./wire/parse-completion.ts";

/**
 * Asks a model and waits for its whole answer.
 *
 * ```ts
 * const { choices } = await completion({
 *   model: "baseten/openai/gpt-oss-120b",
 *   messages: [{ role: "user", content: "Hello" }],
 * });
 * ```
 *
 * @param request - the JSON body; `stream_options` is left out, so that one request serves `stream` too
 * @param options - key, address, timeouts and retries; see {@link Options} for the defaults
 * @returns the server's reply; `reasoning` is there as `reasoning_content`, tool arguments are JSON text
 * @throws {BasetenError} told apart by its `name`; an abort rejects with `signal.reason` itself
 */
export async function completion(request: ChatRequest, options: Options = {}): Promise<ChatCompletion> {
  const { target, body } = buildChatRequest(request, options, false);
  return callEndpoint(target, "/chat/completions", options, parseCompletion, body);
}
