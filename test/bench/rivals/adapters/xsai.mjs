/**
 * `@xsai/stream-text`: `streamText(…).textStream`, as its documentation uses it. It has no timeout and no retry. The result
 * holds promises beside the stream, which reject with it; a careful caller attaches a handler to each, used or not.
 */
import { streamText } from "@xsai/stream-text";

export { readText as read } from "./chunk.mjs";

/** @param {import("./chunk.mjs").Call} call */
export function open({ baseURL, apiKey, fetch, signal, model, messages, n, careful }) {
  const result = streamText({ baseURL, apiKey, fetch, abortSignal: signal, model, messages, n });
  const promises = [result.messages, result.steps, result.usage, result.totalUsage];
  if (careful) for (const promise of promises) promise.catch(() => {});
  return result.textStream;
}
