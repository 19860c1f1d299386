/**
 * `ai` with `@ai-sdk/baseten`: `streamText(…).textStream`, with the `onError` and `onAbort` that its documentation
 * recommends, since it keeps errors out of the loop on purpose; `chunkMs` is its timeout for a stream that falls silent.
 */
import { createBaseten } from "@ai-sdk/baseten";
import { streamText } from "ai";

export { readText as read } from "./chunk.mjs";

/** @param {import("./chunk.mjs").Call} call */
export function open({ baseURL, apiKey, fetch, signal, timeout, maxRetries, model, messages, aside }) {
  return streamText({
    model: createBaseten({ baseURL, apiKey, fetch })(model),
    messages,
    abortSignal: signal,
    maxRetries,
    timeout: timeout === undefined ? undefined : { chunkMs: timeout },
    onError: () => aside?.("onError"),
    onAbort: () => aside?.("onAbort"),
  }).textStream;
}
