/**
 * A server on loopback, in a process of its own: `/<name of a stream>` gives that stream, each read's bytes in a write of
 * its own; `/first` gives an event at once and the end of the answer in the next write.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { post } from "./readers.mjs";
import { eventReads, plain, streamOf, streams } from "./streams.mjs";

const script = fileURLToPath(import.meta.url);

/** What `/first` gives. */
export const first = streamOf(plain(1), eventReads);

/**
 * Starts it.
 *
 * @returns {Promise<{ fetchOf: (name: string) => typeof globalThis.fetch, stop: () => void }>} `fetchOf` gives a `fetch`
 * that gets this stream, with the same request where a peer sends none.
 */
export async function serve() {
  const child = fork(script);
  const [port] = await once(child, "message");
  const [, init] = post();
  const url = (name) => `http://127.0.0.1:${port}/${encodeURIComponent(name)}`;
  const fetchOf = (name) => (_, given) => fetch(url(name), given ?? init);
  return { fetchOf, stop: () => child.kill() };
}

/** @param {import("node:http").ServerResponse} response @param {Uint8Array[]} reads */
async function answer(response, reads) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const bytes of reads) {
    if (!response.write(bytes)) await once(response, "drain");
    // What is written in one turn may leave in one packet.
    await turn();
  }
  response.end();
}

if (process.argv[1] === script) {
  const made = { ...Object.fromEntries(Object.entries(streams).map(([name, make]) => [name, make()])), first };
  const server = createServer((request, response) => {
    request.resume();
    void answer(response, made[decodeURIComponent(request.url.slice(1))].reads);
  });
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.once("disconnect", () => process.exit());
}
