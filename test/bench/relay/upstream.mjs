/**
 * A process that answers as Baseten does: `node upstream.mjs <events> <pace> [held]`. A request with `stream: true` gets so
 * many events, one in every `pace` ms, numbered by the request's `seed`; any other request gets a short completion. With
 * `held` each stream waits after its first event for the parent's first message. It sends its parent the port, and for
 * each message the number of streams that are open.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { COMPLETION, DONE, encodeEvent } from "./events.mjs";

const [events, pace] = process.argv.slice(2, 4).map(Number);
const released = process.argv[4] === "held" ? once(process, "message") : undefined;
let openStreams = 0;

/** @param {import("node:http").ServerResponse} response @param {number} stream */
async function writeStream(response, stream) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  openStreams += 1;
  response.once("close", () => {
    openStreams -= 1;
  });
  for (let index = 0; index < events && !response.destroyed; index++) {
    response.write(encodeEvent(stream, index));
    await released;
    await sleep(pace);
  }
  response.end(DONE);
}

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  const { stream, seed = 0 } = await json(request);
  if (stream) return writeStream(response, seed);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(COMPLETION);
});

server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", () => process.send({ openStreams }));
