/**
 * The peers of the speed benchmark: each reads a given event stream and hands out what its caller would loop over.
 *
 * @typedef {(item: unknown) => void} Each Called with every chunk, text or parsed payload, as the peer hands it out.
 * @typedef {object} Peer
 * @property {string} name
 * @property {string[]} packages For `versions` of install.mjs.
 * @property {(fetch: typeof globalThis.fetch, each: Each) => Promise<void>} run Calls `fetch` once, reads the response to
 * its end. Nothing is retried.
 */
import { createParser } from "eventsource-parser";
import { events } from "fetch-event-stream";
import * as ai from "./adapters/ai.mjs";
import * as openai from "./adapters/openai.mjs";
import * as openaiFetch from "./adapters/openai-fetch.mjs";
import * as xsai from "./adapters/xsai.mjs";

const baseURL = "http://127.0.0.1/v1";
const messages = [{ role: "user", content: "Hello" }];

/** A client by its adapter. @param {{ open: (call: import("./adapters/chunk.mjs").Call) => any }} adapter */
function client({ open }) {
  return async (fetch, each) => {
    const call = { baseURL, apiKey: "a-key", model: "m", messages, maxRetries: 0, fetch };
    for await (const item of await open(call)) each(item);
  };
}

/** eventsource-parser with a reader and a decoder of one's own, its fastest documented use. @type {Peer["run"]} */
async function parse(fetch, each) {
  const { body } = await fetch(`${baseURL}/chat/completions`);
  const parser = createParser({ onEvent: ({ data }) => data !== "[DONE]" && each(JSON.parse(data)) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parser.feed(decoder.decode(read.value, { stream: true }));
  }
}

/** fetch-event-stream as its README uses it. @type {Peer["run"]} */
async function iterate(fetch, each) {
  for await (const { data } of events(await fetch(`${baseURL}/chat/completions`))) {
    if (data !== "[DONE]") each(JSON.parse(data));
  }
}

/** @type {Peer[]} */
export const peers = [
  { name: "eventsource-parser + JSON.parse", packages: ["eventsource-parser"], run: parse },
  { name: "fetch-event-stream + JSON.parse", packages: ["fetch-event-stream"], run: iterate },
  { name: "openai", packages: ["openai"], run: client(openai) },
  { name: "xsai", packages: ["@xsai/stream-text"], run: client(xsai) },
  { name: "ai textStream", packages: ["ai", "@ai-sdk/baseten"], run: client(ai) },
  { name: "openai-fetch", packages: ["openai-fetch"], run: client(openaiFetch) },
];
