/** This library, built in `dist/`. */
import { collect, completion, stream } from "../../../../dist/index.js";
import { readToolCalls, tools } from "./shared.mjs";

export { readChunk as read } from "./shared.mjs";

/** @param {import("./shared.mjs").Call} call */
function toOptions({ baseURL, apiKey, timeout: ms, maxRetries, fetch, signal }) {
  const timeout = ms === undefined ? undefined : { response: ms, idle: ms };
  return { baseURL, apiKey, timeout, maxRetries, fetch, signal };
}

/** @param {import("./shared.mjs").Call} call */
export function open({ model, messages, n, ...call }) {
  return stream({ model, messages, n }, toOptions(call));
}

/** @param {import("./shared.mjs").Call} call */
export async function complete({ model, messages, ...call }) {
  const { choices } = await completion({ model, messages }, toOptions(call));
  return choices[0].message.content;
}

/** @param {import("./shared.mjs").Call} call */
export async function collectToolCalls({ model, messages, ...call }) {
  const { choices } = await collect(stream({ model, messages, tools }, toOptions(call)));
  return readToolCalls(choices[0].message.tool_calls);
}
