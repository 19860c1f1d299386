import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { completion } from "../../../dist/index.js";
import { formatSpread, getDifferences, measureCpu, measurePairs } from "../speed/measure.mjs";
import { options, post, request } from "../speed/readers.mjs";

export const title = "A call without a stream, over a mocked fetch";
export const note = "µs of the processor beyond those of fetch and json() with the same headers and body.";
export const columns = ["µs more"];

/** How many calls one measurement makes. */
const BATCH = 200;

const { baseURL, apiKey } = options();
const completionBody = JSON.stringify({
  id: "chatcmpl-4f0b7a52c1de4b5f9d7e",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "openai/gpt-oss-120b",
  choices: [{ index: 0, message: { role: "assistant", content: "The sky is blue." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
});

async function fetch() {
  return new Response(completionBody, { headers: { "content-type": "application/json" } });
}

async function callFetch() {
  const response = await fetch(...post());
  return response.json();
}

const rivals = createRequire(new URL("../rivals/package.json", import.meta.url));
const loadPackage = (name) => import(pathToFileURL(rivals.resolve(name)).href);

/** Makes each caller: a function that makes one call. */
const callers = {
  "baseten-fetch": () => () => completion(request, options(fetch)),
  async openai() {
    const { default: OpenAI } = await loadPackage("openai");
    const client = new OpenAI(options(fetch));
    return () => client.chat.completions.create(request);
  },
  async xsai() {
    const { generateText } = await loadPackage("@xsai/generate-text");
    return () => generateText({ ...request, ...options(fetch) });
  },
  async ai() {
    const [{ generateText }, { createBaseten }] = [await loadPackage("ai"), await loadPackage("@ai-sdk/baseten")];
    const provider = createBaseten({ baseURL, apiKey, fetch });
    return () => generateText({ model: provider(request.model), messages: request.messages, maxRetries: 0 });
  },
};

export const readers = Object.keys(callers);

/** @param {string} reader */
export async function* measure(reader) {
  const call = await callers[reader]();
  const batch = (act) => async () => {
    const all = async () => {
      for (let calls = 0; calls < BATCH; calls++) await act();
    };
    return (await measureCpu(all)) / BATCH;
  };
  yield formatSpread(getDifferences(await measurePairs(batch(callFetch), batch(call))), 1);
}
