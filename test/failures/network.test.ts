/** What a network can do before the headers have come, and what HTTP can hold that nobody expects. */

import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "vitest";
import { completion, stream } from "../../src/index.js";
import { DONE, event, FINISH, HELLO, hello, KEY, REQUEST, reply, stops } from "../helpers/chat.js";
import { watch } from "../helpers/leaks.js";
import {
  type Answer,
  drip,
  end,
  events,
  fin,
  head,
  raw,
  reset,
  type Script,
  SHORT,
  stall,
  until,
} from "../helpers/server.js";
import { ALL, expectError, type Failure, STREAMED, table, WHOLE } from "./run.js";

const unreachable: Failure = { name: "APIConnectionError", cause: true };
const once = { maxRetries: 0 };

/** The bytes of a good answer, head and all. */
function goodBytes(streamed: unknown): string {
  const body = streamed ? HELLO + FINISH : JSON.stringify(reply("Hello"));
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A good answer, with this before it. */
function after(...before: Script): Answer {
  return ({ json: { stream: streamed } }) => [...before, raw(goodBytes(streamed))];
}

table("before the headers, the server", ALL, [
  { name: "resets", answers: [[reset]], options: once, fails: unreachable },
  { name: "hangs up", answers: [[fin]], options: once, fails: unreachable },
  { name: "resets inside the status line", answers: [[raw("HTTP/1.1 2"), reset]], options: once, fails: unreachable },
  {
    name: "hangs up inside the headers",
    answers: [[raw("HTTP/1.1 200 OK\r\ncontent-ty"), fin]],
    options: once,
    fails: unreachable,
  },
  {
    name: "speaks no HTTP",
    answers: [[raw("220 mail.example ESMTP\r\n\r\n"), stall]],
    options: once,
    fails: unreachable,
    connection: "closed",
  },
  {
    name: "sends more headers than anybody reads",
    answers: [[raw(`HTTP/1.1 200 OK\r\nx-pad: ${"x".repeat(200_000)}\r\n\r\n`), stall]],
    options: once,
    fails: unreachable,
    connection: "closed",
  },
  {
    name: "sends two lengths that contradict each other",
    answers: [[raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"), stall]],
    options: once,
    fails: unreachable,
    connection: "closed",
  },
  {
    name: "switches to a protocol that nobody asked for",
    answers: [[raw("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), stall]],
    options: once,
    fails: unreachable,
    connection: "closed",
  },
  { name: "resets once, then answers", answers: [[reset], hello], requests: 2, gives: "Hello" },
  { name: "hangs up once, then answers", answers: [[fin], hello], requests: 2, gives: "Hello" },
  {
    name: "sends early hints",
    answers: [after(raw("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"))],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "trickles them, and gets there",
    answers: [({ json: { stream: streamed } }) => [drip(goodBytes(streamed))]],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "trickles them without an end",
    answers: [[drip("HTTP/1.1 200 OK\r\nx-pad: "), stall]],
    options: { timeout: { response: SHORT } },
    fails: { name: "TimeoutError", says: [/response/i] },
    connection: "closed",
  },
  {
    name: "says nothing",
    answers: [[stall]],
    options: { timeout: { response: SHORT } },
    fails: { name: "TimeoutError", says: [/response/i] },
    connection: "closed",
  },
  {
    name: "says nothing, and the total runs out",
    answers: [[stall]],
    options: { timeout: SHORT },
    fails: { name: "TimeoutError", says: [/total/i] },
    connection: "closed",
  },
  {
    name: "says nothing, and the caller leaves",
    answers: [[stall]],
    abort: "request 1",
    fails: "reason",
    connection: "closed",
  },
]);

table("HTTP that is odd but right", ALL, [
  {
    name: "bytes behind the declared length",
    answers: [({ json: { stream: streamed } }) => [raw(`${goodBytes(streamed)}junk`)]],
    gives: "Hello",
  },
  {
    name: "a server that closes at once",
    answers: [
      ({ json: { stream: streamed } }) => [raw(goodBytes(streamed).replace("\r\n", "\r\nconnection: close\r\n")), fin],
    ],
    gives: "Hello",
  },
  {
    name: "HTTP/1.0",
    answers: [
      ({ json: { stream: streamed } }) => [
        raw(goodBytes(streamed).replace(/HTTP\/1.1(.*)content-length: \d+\r\n/s, "HTTP/1.0$1")),
        fin,
      ],
    ],
    gives: "Hello",
  },
  {
    name: "a half-closed socket: the server is done writing, and stays",
    answers: [
      ({ json: { stream: streamed } }) => [
        head(200),
        ...(streamed ? [HELLO, FINISH] : [JSON.stringify(reply("Hello"))]),
        fin,
        stall,
      ],
    ],
    gives: "Hello",
  },
  {
    name: "HTTP chunks of one byte with extensions and trailers",
    answers: [
      ({ json: { stream: streamed } }) => [
        raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        ...[...(streamed ? HELLO + FINISH : JSON.stringify(reply("Hello")))].map((byte) => raw(`1;a=b\r\n${byte}\r\n`)),
        raw("0\r\nx-trailer: 1\r\n\r\n"),
      ],
    ],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "a status of its own without words",
    answers: [[raw("HTTP/1.1 429\r\ncontent-length: 0\r\n\r\n")]],
    options: once,
    fails: { name: "RateLimitError", says: ["429"] },
  },
]);

table("a half-closed stream", STREAMED, [
  {
    name: "before its finish",
    answers: [[head(200), HELLO, fin, stall]],
    gives: "Hello",
    fails: { name: "StreamTruncatedError" },
  },
  { name: "after its finish", answers: [[head(200), HELLO, event(stops()), fin, stall]], gives: "Hello" },
]);

table("a half-closed answer", WHOLE, [
  {
    name: "before its end",
    answers: [[head(200), JSON.stringify(reply("Hello")).slice(0, -1), fin, stall]],
    fails: { name: "InvalidResponseError" },
  },
]);

table("[DONE] and the end of the body", STREAMED, [
  {
    name: "in one packet",
    answers: [[events(), HELLO, raw(`${chunked(event(stops()) + DONE)}0\r\n\r\n`)]],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "in two, while the reader waits",
    answers: [[events(), HELLO, event(stops()) + DONE, until("chunk 3"), end]],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "the end never comes",
    answers: [[events(), HELLO, event(stops()) + DONE, stall]],
    gives: "Hello",
    connection: "closed",
  },
  {
    name: "more comes, and no end",
    answers: [[events(), HELLO, event(stops()) + DONE, until("chunk 3"), ": more\n\n", stall]],
    gives: "Hello",
    connection: "closed",
  },
]);

function chunked(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

describe("no server", () => {
  const calls = {
    completion: (options: object) => completion(REQUEST, options),
    stream: (options: object) => stream(REQUEST, options).next(),
  };

  it.each(Object.entries(calls))("%s: nobody listens at the port", async (_, call) => {
    const leaks = watch();
    const error = await call({ baseURL: await deadAddress(), apiKey: KEY, maxRetries: 1 }).catch(
      (caught: unknown) => caught,
    );
    expectError(error, { ...unreachable, attempts: 2, says: ["127.0.0.1"], fields: { status: undefined } });
    await leaks.check();
  });

  it.each(Object.entries(calls))("%s: a port that fetch refuses", async (_, call) => {
    const error = await call({ baseURL: "http://127.0.0.1:1/v1", apiKey: KEY, maxRetries: 0 }).catch(
      (caught: unknown) => caught,
    );
    expectError(error, { ...unreachable, attempts: 1, says: ["127.0.0.1"] });
  });
});

/** An address of this machine at which nobody listens any more. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}
