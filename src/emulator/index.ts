import type { Fetch } from "../types/options.ts";
import { handleRequest } from "./handle-request.ts";
import { type EmulatorOptions, resolveSettings } from "./options.ts";
import { createColdStarts } from "./timing.ts";

export type { Fault } from "./faults.ts";
export type { EmulatorModel, EmulatorPricing } from "./models.ts";
export type { EmulatorOptions } from "./options.ts";
export type { EmulatorMessage, EmulatorReply, EmulatorToolCall } from "./reply.ts";

/**
 * Creates a `fetch` that answers as Baseten does, without a key and without a network: chat completions, streamed or
 * not, with usage, reasoning, tool calls and structured output; models, embeddings, wake; and Baseten's errors. Paths and
 * formats are from Baseten's documentation.
 *
 * In a test, `reply` decides the answers and `faults` the failures:
 *
 * ```ts
 * const fetch = emulator({
 *   reply: ({ messages }) => (messages.length > 1 ? "It is sunny." : { tool_calls: [{ name: "weather", arguments: {} }] }),
 *   faults: ["429", null, "truncate"], // the first request, the second, the third
 * });
 * const { choices } = await completion({ model: "baseten/openai/gpt-oss-120b", messages }, { fetch });
 * expect(choices[0]?.message.tool_calls?.[0]?.function.name).toBe("weather"); // after a 429, which is retried
 * ```
 *
 * - Without `reply`, answers are generated from the prompt: the same request gets the same answer, streamed or not. Of
 *   the headers only `x-baseten-request-id` differs: it counts the requests. The rate-limit headers are constant.
 * - `inference.baseten.co` is the Model API and `model-….api.baseten.co` a dedicated deployment, whatever the body's
 *   `model` says. Any other host stands in for both: it answers `…/chat/completions`, `…/models` and `…/embeddings` under
 *   any prefix. To serve the emulator, write `(request) => emulate(request)`, since servers pass a second argument of
 *   their own.
 * - The built-in answer calls the tools that the user's last message names, or the first; after a tool's result it is text.
 * - Schemas of tools and of `response_format` must be in the subset of structured output, or the response is a 400.
 * - Like `fetch`, it rejects with the signal's reason before the headers and errors the body with it afterwards. The body
 *   is generated as it is read, and no timer outlives its request.
 * @throws {BasetenError} `BadRequestError` that names an unknown or invalid option
 */
export function emulator(options: EmulatorOptions = {}): Fetch {
  const settings = resolveSettings(options);
  const coldStarts = createColdStarts(settings.coldStart);
  let requests = 0;
  return async (input, init) => {
    const { request, signal } = readFetchArguments(input, init);
    if (signal?.aborted) throw signal.reason;
    const fault = settings.faults[requests] ?? null;
    requests += 1;
    const requestId = requests.toString(16).padStart(32, "0");
    return handleRequest({ request, signal, requestId, fault, settings, coldStarts });
  };
}

/** The request and the signal. They are kept apart, since a Request that follows a signal may leave a listener on it. */
function readFetchArguments(input: Parameters<Fetch>[0], init: RequestInit | undefined) {
  const given = typeof input === "object" && "url" in input ? input : undefined;
  const signal = (init?.signal === undefined ? given?.signal : init.signal) ?? undefined;
  return { request: given && !init ? given : new Request(input, { ...init, signal: null }), signal };
}
