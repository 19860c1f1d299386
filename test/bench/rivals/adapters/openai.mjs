/** The `openai` package: `chat.completions.create({ stream: true })`, as its README uses it. */
import OpenAI from "openai";

export { readChunk as read } from "./chunk.mjs";

/** @param {import("./chunk.mjs").Call} call */
export function open({ baseURL, apiKey, timeout, maxRetries, fetch, signal, model, messages, n }) {
  const client = new OpenAI({ baseURL, apiKey, timeout, maxRetries, fetch });
  return client.chat.completions.create({ model, messages, n, stream: true }, { signal });
}
