/**
 * A server on loopback, in a process of its own: `/<name of a stream>` answers with that stream, each read in a write of
 * its own; `/first` answers with one event and, in the next write, the end of the stream.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { post } from "./readers.mjs";
import { eventReads, plain, streamOf, streams } from "./streams.mjs";

const script = fileURLToPath(import.meta.url);

/** The stream of `/first`. */
export const first = streamOf(plain(1), eventReads);

/**
 * Starts it.
 *
 * @returns {Promise<{ createFetch: (name: string) => typeof globalThis.fetch, stop: () => void }>} `createFetch` gives a `fetch`
 * that gets this stream; it sends a default request where a client passes none.
 */
export async function serve() {
  const child = fork(script);
  const [port] = await once(child, "message");
  const [, defaultInit] = post();
  const url = (name) => `http://127.0.0.1:${port}/${encodeURIComponent(name)}`;
  const createFetch =
    (name) =>
    (_url, init = defaultInit) =>
      fetch(url(name), init);
  return { createFetch, stop: () => child.kill() };
}

/** @param {import("node:http").ServerResponse} response @param {Uint8Array[]} reads */
async function writeReads(response, reads) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const bytes of reads) {
    if (!response.write(bytes)) await once(response, "drain");
    // Writes of the same turn may leave in one packet.
    await nextTurn();
  }
  response.end();
}

if (process.argv[1] === script) {
  const streamsByName = { ...Object.fromEntries(Object.entries(streams).map(([name, make]) => [name, make()])), first };
  const server = createServer((request, response) => {
    request.resume();
    void writeReads(response, streamsByName[decodeURIComponent(request.url.slice(1))].reads);
  });
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.once("disconnect", () => process.exit());
}
