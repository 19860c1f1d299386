/** This library, as it is built in `dist/`. */
import { stream } from "../../../../dist/index.js";

export { readChunk as read } from "./chunk.mjs";

/** @param {import("./chunk.mjs").Call} call */
export function open({ baseURL, apiKey, timeout, maxRetries, fetch, signal, model, messages, n }) {
  const idle = timeout === undefined ? undefined : { idle: timeout };
  return stream({ model, messages, n }, { baseURL, apiKey, timeout: idle, maxRetries, fetch, signal });
}
