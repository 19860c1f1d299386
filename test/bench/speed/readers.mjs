/**
 * Who reads: the floor, this library as it is built in `dist/`, and its peers.
 *
 * @typedef {import("../rivals/peers.mjs").Peer} Peer
 */
import { stream, text } from "../../../dist/index.js";

const url = "http://127.0.0.1/v1";

export const request = { model: "m", messages: [{ role: "user", content: "Hello" }] };

/** The options of a call that meets this `fetch`, once. @param {typeof globalThis.fetch} fetch */
export const options = (fetch) => ({ baseURL: url, apiKey: "a-key", maxRetries: 0, fetch });

/** What is given to `fetch` where nobody helps. @returns {[string, RequestInit]} */
export function post() {
  const headers = { authorization: "Bearer a-key", "content-type": "application/json" };
  return [`${url}/chat/completions`, { method: "POST", headers, body: JSON.stringify(request) }];
}

/** @type {Record<string, Peer["run"]>} */
const ours = {
  async "baseten-fetch"(fetch, each) {
    for await (const chunk of stream(request, options(fetch))) each(chunk);
  },
  async "baseten-fetch, text"(fetch, each) {
    for await (const piece of text(stream(request, options(fetch)))) each(piece);
  },
};

/** @type {Record<string, string[]>} Every reader, and the packages whose versions tell which it is. */
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

/** Those who hand out what they read one by one, for what is too slow or too large to try with all. */
export const few = ["baseten-fetch", "eventsource-parser + JSON.parse", "openai"];

/**
 * The least that any client must do: read the same stream, decode it, and parse the payloads, which here nobody has to
 * find.
 *
 * @param {string[]} payloads
 * @returns {Peer["run"]}
 */
export function floor(payloads) {
  return async (fetch, each) => {
    const { body } = await fetch(...post());
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      decoder.decode(read.value, { stream: true });
    }
    for (const payload of payloads) each(JSON.parse(payload));
  };
}

/** How a reader reads. The peers are loaded for a peer alone. @param {string} name @returns {Promise<Peer["run"]>} */
export async function runOf(name) {
  if (ours[name]) return ours[name];
  const { peers } = await import("../rivals/peers.mjs");
  const { run } = peers.find((peer) => peer.name === name);
  return run;
}
