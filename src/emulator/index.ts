import type { Fetch } from "../types/options.ts";
import { respond } from "./endpoints.ts";
import { coldStarts } from "./gate.ts";
import { type EmulatorOptions, settingsOf } from "./options.ts";

export type { Fault } from "./faults.ts";
export type { EmulatorModel, EmulatorPricing } from "./models.ts";
export type { EmulatorOptions } from "./options.ts";

/**
 * A `fetch` that answers as Baseten does, with no key and no network: chat completions, streamed or not, with usage,
 * reasoning, tool calls and structured output; models, embeddings, wake; and Baseten's errors. Facts and paths are from
 * Baseten's documentation.
 *
 * ```ts
 * const fetch = emulator({ tokensPerSecond: 50, faults: ["429", null, "truncate"] });
 * await completion({ model: "baseten/openai/gpt-oss-120b", messages }, { fetch });
 * ```
 *
 * - Answers are made from the prompt: the same request gets the same answer, streamed or not, and only the header
 *   `x-baseten-request-id` counts on.
 * - At `inference.baseten.co` it is the Model API, at `model-….api.baseten.co` any dedicated deployment (the address
 *   decides, not the body's `model`). Any other host stands in for both: `…/chat/completions`, `…/models` and
 *   `…/embeddings` answer there under any prefix. Serve it as `(request) => emulate(request)`, since servers pass a
 *   second argument of their own.
 * - The tools called are those that the user's last words name, else the first; after a tool's result comes text.
 * - Schemas of tools and of `response_format` must be of the subset of structured output, or the answer is 400.
 * - As `fetch` does, it rejects with the signal's reason before the headers and errs the body with it afterwards.
 *   Nothing is generated before it is read, and no timer outlives its request.
 * @throws {BasetenError} `BadRequestError` that names the option which is wrong
 */
export function emulator(options: EmulatorOptions = {}): Fetch {
  const settings = settingsOf(options);
  const cold = coldStarts(settings.coldStart);
  let requests = 0;
  return async (input, init) => {
    const { request, signal } = received(input, init);
    if (signal?.aborted) throw signal.reason;
    const fault = settings.faults[requests] ?? null;
    requests += 1;
    return respond({ request, signal, id: requests.toString(16).padStart(32, "0"), fault, settings, cold });
  };
}

/**
 * The request that `fetch` would make of its arguments, and its signal, which is kept apart: a Request that follows a
 * signal may leave a listener on it.
 */
function received(input: Parameters<Fetch>[0], init: RequestInit | undefined) {
  const given = typeof input === "object" && "url" in input ? input : undefined;
  const signal = (init?.signal === undefined ? given?.signal : init.signal) ?? undefined;
  return { request: given && !init ? given : new Request(input, { ...init, signal: null }), signal };
}
