import { textOf } from "./http/body.ts";
import { begin } from "./http/call.ts";
import { send } from "./http/send.ts";
import type { ChatCompletion, ChatRequest } from "./types/chat.ts";
import type { Options } from "./types/options.ts";
import { readCompletion } from "./wire/reply.ts";
import { shape } from "./wire/request.ts";

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
 * @param request - the body of the wire; `stream_options` is left out, so that one request serves `stream` too
 * @param options - key, address, time and retries; see {@link Options} for the defaults
 * @returns the server's reply; `reasoning` is there as `reasoning_content`, tool arguments are JSON text
 * @throws {BasetenError} told apart by its `name`; an abort rejects with `signal.reason` itself
 */
export async function completion(request: ChatRequest, options: Options = {}): Promise<ChatCompletion> {
  const { target, body } = shape(request, options, false);
  const call = begin(target, "/chat/completions", options, body);
  const { deadline, trace } = call;
  try {
    const { text, failure } = await textOf(await send(call), deadline);
    if (failure !== undefined) throw failure;
    return readCompletion(text, trace);
  } finally {
    deadline.release();
  }
}
