/** The `openai` package: `chat.completions.create({ stream: true })`, as its README uses it. */
import OpenAI from "openai";
import { readToolCalls, tools } from "./shared.mjs";

export { readChunk as read } from "./shared.mjs";

/** @param {import("./shared.mjs").Call} call */
function createClient({ baseURL, apiKey, timeout, maxRetries, fetch }) {
  return new OpenAI({ baseURL, apiKey, timeout, maxRetries, fetch });
}

/** @param {import("./shared.mjs").Call} call */
export function open({ signal, model, messages, n, ...call }) {
  return createClient(call).chat.completions.create({ model, messages, n, stream: true }, { signal });
}

/** @param {import("./shared.mjs").Call} call */
export async function complete({ model, messages, ...call }) {
  const { choices } = await createClient(call).chat.completions.create({ model, messages });
  return choices[0].message.content;
}

/** @param {import("./shared.mjs").Call} call */
export async function collectToolCalls({ model, messages, ...call }) {
  const completion = await createClient(call).chat.completions.stream({ model, messages, tools }).finalChatCompletion();
  return readToolCalls(completion.choices[0].message.tool_calls);
}
