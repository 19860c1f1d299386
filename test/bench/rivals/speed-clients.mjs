/**
 * The clients of the speed benchmark: each reads an event stream and hands out what its caller would loop over.
 *
 * @typedef {(item: unknown) => void} OnItem Called with every chunk, text or parsed payload, as the client hands it out.
 * @typedef {(fetch: typeof globalThis.fetch, onItem: OnItem) => Promise<void>} ReadStream Calls `fetch` once and reads the
 * response to its end. Nothing is retried.
 */
import { createParser } from "eventsource-parser";
import { events } from "fetch-event-stream";
import * as ai from "./adapters/ai.mjs";
import * as openai from "./adapters/openai.mjs";
import * as openaiFetch from "./adapters/openai-fetch.mjs";
import * as xsai from "./adapters/xsai.mjs";

const baseURL = "http://127.0.0.1/v1";
const messages = [{ role: "user", content: "Hello" }];

/** A client by its adapter. @param {import("./adapters/shared.mjs").Adapter} adapter @returns {ReadStream} */
function fromAdapter({ open }) {
  return async (fetch, onItem) => {
    const call = { baseURL, apiKey: "a-key", model: "m", messages, maxRetries: 0, fetch };
    for await (const item of await open(call)) onItem(item);
  };
}

/** eventsource-parser with a read loop and a decoder of one's own, its fastest documented use. @type {ReadStream} */
async function readWithEventsourceParser(fetch, onItem) {
  const { body } = await fetch(`${baseURL}/chat/completions`);
  const parser = createParser({ onEvent: ({ data }) => data !== "[DONE]" && onItem(JSON.parse(data)) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parser.feed(decoder.decode(read.value, { stream: true }));
  }
}

/** fetch-event-stream as its README uses it. @type {ReadStream} */
async function readWithFetchEventStream(fetch, onItem) {
  for await (const { data } of events(await fetch(`${baseURL}/chat/completions`))) {
    if (data !== "[DONE]") onItem(JSON.parse(data));
  }
}

/** @type {Record<string, ReadStream>} */
export const speedClients = {
  "eventsource-parser + JSON.parse": readWithEventsourceParser,
  "fetch-event-stream + JSON.parse": readWithFetchEventStream,
  openai: fromAdapter(openai),
  xsai: fromAdapter(xsai),
  "ai textStream": fromAdapter(ai),
  "openai-fetch": fromAdapter(openaiFetch),
};
