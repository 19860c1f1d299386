/** `litellm` for JavaScript: `completion({ stream: true })` over its OpenAI handler. It takes no signal and no timeout. */
import litellm from "litellm";

export { readChunk as read } from "./chunk.mjs";

/** @param {import("./chunk.mjs").Call} call */
export function open({ baseURL, apiKey, model, messages, n }) {
  return litellm.completion({ model: `openai/${model}`, baseUrl: baseURL, apiKey, messages, n, stream: true });
}
