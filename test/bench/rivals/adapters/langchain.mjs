/** `@langchain/openai`: `new ChatOpenAI(…).stream(messages)`, as its documentation uses it. */
import { ChatOpenAI } from "@langchain/openai";

/** @param {import("./shared.mjs").Call} call */
export function open({ baseURL, apiKey, fetch, signal, timeout, maxRetries, model, messages, n }) {
  const client = new ChatOpenAI({ model, apiKey, n, timeout, maxRetries, configuration: { baseURL, fetch } });
  return client.stream(messages, { signal });
}

/** @returns {import("./shared.mjs").Part[]} */
export function read(chunk) {
  return [{ choice: 0, text: chunk.text }];
}
