/**
 * `@xsai/stream-text`: `streamText(…).textStream`, as its documentation uses it. It has no timeout and no retry. The result
 * holds promises beside the stream, which reject with it; a careful caller attaches a handler to each, used or not.
 */
import { generateText } from "@xsai/generate-text";
import { streamText } from "@xsai/stream-text";
import { readText, tools } from "./shared.mjs";

export const read = readText;

/** @param {import("./shared.mjs").Call} call */
function startStream({ baseURL, apiKey, fetch, signal, model, messages, n, careful }, more) {
  const result = streamText({ baseURL, apiKey, fetch, abortSignal: signal, model, messages, n, ...more });
  const promises = [result.messages, result.steps, result.usage, result.totalUsage];
  if (careful) for (const promise of promises) promise.catch(() => {});
  return result;
}

/** @param {import("./shared.mjs").Call} call */
export function open(call) {
  return startStream(call).textStream;
}

/** @param {import("./shared.mjs").Call} call */
export async function complete({ baseURL, apiKey, fetch, model, messages }) {
  const { text } = await generateText({ baseURL, apiKey, fetch, model, messages });
  return text;
}

/** @param {import("./shared.mjs").Call} call */
export async function collectToolCalls(call) {
  const executed = [];
  const withExecute = ({ type, function: definition }) => ({
    type,
    function: definition,
    execute(input) {
      executed.push([definition.name, input]);
      return "done";
    },
  });
  await startStream(call, { tools: tools.map(withExecute) }).steps;
  return executed;
}
