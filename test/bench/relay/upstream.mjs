/**
 * A process that streams `events` events to each caller: the first at once, the others from the parent's first word on,
 * one in every `pace` ms. It tells its parent where it listens and, at each word, how many streams are open.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { piece } from "./piece.mjs";

const [events, pace] = process.argv.slice(2).map(Number);
const started = once(process, "message");
let open = 0;

const server = createServer(async (request, response) => {
  const { stream } = await json(request);
  response.writeHead(200, { "content-type": "text/event-stream" });
  open += 1;
  response.once("close", () => {
    open -= 1;
  });
  for (let at = 0; at < events && !response.destroyed; at++) {
    response.write(piece(stream, at));
    await started;
    await sleep(pace);
  }
  response.end("data: [DONE]\n\n");
});

server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", () => process.send({ open }));
