/** `ai` with `@ai-sdk/baseten`: `streamText(…).fullStream`, by a caller that throws what arrives as an `error` or `abort` part. */
import { startStream } from "./ai.mjs";

/** @param {import("./shared.mjs").Call} call */
export function open(call) {
  return startStream({ ...call, onCallback: undefined }).fullStream;
}

/** @returns {import("./shared.mjs").Part[]} */
export function read(part) {
  if (part.type === "error") throw part.error;
  if (part.type === "abort") throw new DOMException("the stream was aborted", "AbortError");
  return [{ choice: 0, text: part.type === "text-delta" ? part.text : "" }];
}
