/** `litellm` for JavaScript: `completion({ stream: true })` over its OpenAI handler. It takes no signal and no timeout. */
import litellm from "litellm";

export { readChunk as read } from "./shared.mjs";

/** @param {import("./shared.mjs").Call} call */
const toRequest = ({ baseURL, apiKey, model, messages, n }) => ({
  model: `openai/${model}`,
  baseUrl: baseURL,
  apiKey,
  messages,
  n,
});

/** @param {import("./shared.mjs").Call} call */
export function open(call) {
  return litellm.completion({ ...toRequest(call), stream: true });
}

/** @param {import("./shared.mjs").Call} call */
export async function complete(call) {
  const { choices } = await litellm.completion(toRequest(call));
  return choices[0].message.content;
}
