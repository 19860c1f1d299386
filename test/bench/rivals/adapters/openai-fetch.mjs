/** `openai-fetch`: `streamChatCompletion`, which gives a ReadableStream of chunks. Its timeout is ky's, until the headers. */
import { OpenAIClient } from "openai-fetch";

export { readChunk as read } from "./shared.mjs";

/** @param {import("./shared.mjs").Call} call */
function createClient({ baseURL, apiKey, timeout, maxRetries, fetch }) {
  const retry = maxRetries === undefined ? undefined : { limit: maxRetries };
  return new OpenAIClient({ apiKey, baseUrl: baseURL, kyOptions: { timeout, retry, ...(fetch && { fetch }) } });
}

/** @param {import("./shared.mjs").Call} call */
export function open({ signal, model, messages, n, ...call }) {
  return createClient(call).streamChatCompletion({ model, messages, n }, signal && { signal });
}

/** @param {import("./shared.mjs").Call} call */
export async function complete({ model, messages, ...call }) {
  const { message } = await createClient(call).createChatCompletion({ model, messages });
  return message.content;
}
