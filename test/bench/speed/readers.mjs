/**
 * The readers of a stream: the floor, this library as it is built in `dist/`, and other clients.
 *
 * @typedef {import("../rivals/speed-clients.mjs").ReadStream} ReadStream
 */
import { stream, text } from "../../../dist/index.js";

const url = "http://127.0.0.1/v1";

export const request = { model: "m", messages: [{ role: "user", content: "Hello" }] };

/** The options of a call with this `fetch` and without retries. @param {typeof globalThis.fetch} fetch */
export const options = (fetch) => ({ baseURL: url, apiKey: "a-key", maxRetries: 0, fetch });

/** The arguments of a `fetch` without a client. @returns {[string, RequestInit]} */
export function post() {
  const headers = { authorization: "Bearer a-key", "content-type": "application/json" };
  return [`${url}/chat/completions`, { method: "POST", headers, body: JSON.stringify(request) }];
}

/** @type {Record<string, ReadStream>} */
const ownReaders = {
  async "baseten-fetch"(fetch, onItem) {
    for await (const chunk of stream(request, options(fetch))) onItem(chunk);
  },
  async "baseten-fetch, text"(fetch, onItem) {
    for await (const piece of text(stream(request, options(fetch)))) onItem(piece);
  },
};

/** @type {Record<string, string[]>} Every reader, and the packages whose versions identify it. */
export const readers = {
  "baseten-fetch": [],
  "baseten-fetch, text": [],
  "eventsource-parser + JSON.parse": ["eventsource-parser"],
  "fetch-event-stream + JSON.parse": ["fetch-event-stream"],
  openai: ["openai"],
  xsai: ["@xsai/stream-text"],
  "ai textStream": ["ai", "@ai-sdk/baseten"],
  "openai-fetch": ["openai-fetch"],
};

/** The readers of chunks, for what is too slow or too large to measure with all. */
export const chunkReaders = ["baseten-fetch", "eventsource-parser + JSON.parse", "openai"];

/**
 * The least that any client must do: read the same stream, decode it, and parse the payloads, which the floor is given.
 *
 * @param {string[]} payloads
 * @returns {ReadStream}
 */
export function floor(payloads) {
  return async (fetch, onItem) => {
    const { body } = await fetch(...post());
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      decoder.decode(read.value, { stream: true });
    }
    for (const payload of payloads) onItem(JSON.parse(payload));
  };
}

/** Finds a reader. Other clients are loaded only when one is asked for. @param {string} name @returns {Promise<ReadStream>} */
export async function loadReader(name) {
  if (ownReaders[name]) return ownReaders[name];
  const { speedClients } = await import("../rivals/speed-clients.mjs");
  return speedClients[name];
}
