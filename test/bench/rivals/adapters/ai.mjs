/**
 * `ai` with `@ai-sdk/baseten`: `streamText(…).textStream`, with the `onError` and `onAbort` that its documentation
 * recommends, since it keeps errors out of the loop on purpose; `chunkMs` is its timeout for a stream that falls silent.
 */
import { createBaseten } from "@ai-sdk/baseten";
import { generateText, jsonSchema, streamText, tool } from "ai";
import { TOOL_NAMES } from "./shared.mjs";

export { readText as read } from "./shared.mjs";

/** @param {import("./shared.mjs").Call} call */
export function startStream(
  { baseURL, apiKey, fetch, signal, timeout, maxRetries, model, messages, onCallback },
  more,
) {
  return streamText({
    model: createBaseten({ baseURL, apiKey, fetch })(model),
    messages,
    abortSignal: signal,
    maxRetries,
    timeout: timeout === undefined ? undefined : { chunkMs: timeout },
    onError: () => onCallback?.("onError"),
    onAbort: () => onCallback?.("onAbort"),
    ...more,
  });
}

/** @param {import("./shared.mjs").Call} call */
export function open(call) {
  return startStream(call).textStream;
}

/** @param {import("./shared.mjs").Call} call */
export async function complete({ baseURL, apiKey, fetch, maxRetries, model, messages }) {
  const { text } = await generateText({
    model: createBaseten({ baseURL, apiKey, fetch })(model),
    messages,
    maxRetries,
  });
  return text;
}

/** @param {import("./shared.mjs").Call} call */
export async function collectToolCalls(call) {
  const definition = tool({ inputSchema: jsonSchema({ type: "object", properties: {} }) });
  const result = startStream(call, { tools: Object.fromEntries(TOOL_NAMES.map((name) => [name, definition])) });
  return (await result.toolCalls).map(({ toolName, input }) => [toolName, input]);
}
