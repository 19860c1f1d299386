/** `openai-fetch`: `streamChatCompletion`, which gives a ReadableStream of chunks. Its timeout is ky's, until the headers. */
import { OpenAIClient } from "openai-fetch";

export { readChunk as read } from "./chunk.mjs";

/** @param {import("./chunk.mjs").Call} call */
export function open({ baseURL, apiKey, timeout, maxRetries, fetch, signal, model, messages, n }) {
  const retry = maxRetries === undefined ? undefined : { limit: maxRetries };
  const client = new OpenAIClient({ apiKey, baseUrl: baseURL, kyOptions: { timeout, retry, ...(fetch && { fetch }) } });
  return client.streamChatCompletion({ model, messages, n }, signal && { signal });
}
