/** What a network can do before the headers have come, and what HTTP can hold that nobody expects. */

import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "vitest";
import { completion, stream } from "../../src/index.js";
import {
  byteByByte,
  endBody,
  endSocket,
  httpHelloResponse,
  type ResponseScript,
  rawBytes,
  resetSocket,
  responseHead,
  type ScriptedResponse,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { startLeakCheck } from "../helpers/leak-check.js";
import { API_KEY, REQUEST } from "../helpers/requests.js";
import { SHORT_TIMEOUT_MS } from "../helpers/server.js";
import {
  completionBody,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
} from "../helpers/wire-chunks.js";
import { ALL_CALLS, NON_STREAMED, STREAMED_CALLS } from "./call-server.js";
import { describeFailures } from "./describe-failures.js";
import { type ExpectedError, expectError } from "./expect-error.js";

const unreachable: ExpectedError = { name: "APIConnectionError", cause: true };
const once = { maxRetries: 0 };

/** The bytes of a good answer, head and all. */
function goodBytes(streamed: unknown): string {
  const body = streamed ? HELLO_EVENTS + FINISH_EVENTS : JSON.stringify(completionBody("Hello"));
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A good answer, with this before it. */
function after(...before: ResponseScript): ScriptedResponse {
  return ({ json: { stream: streamed } }) => [...before, rawBytes(goodBytes(streamed))];
}

describeFailures("before the headers, the server", ALL_CALLS, [
  { name: "resets", responses: [[resetSocket]], options: once, throws: unreachable },
  { name: "hangs up", responses: [[endSocket]], options: once, throws: unreachable },
  {
    name: "resets inside the status line",
    responses: [[rawBytes("HTTP/1.1 2"), resetSocket]],
    options: once,
    throws: unreachable,
  },
  {
    name: "hangs up inside the headers",
    responses: [[rawBytes("HTTP/1.1 200 OK\r\ncontent-ty"), endSocket]],
    options: once,
    throws: unreachable,
  },
  {
    name: "speaks no HTTP",
    responses: [[rawBytes("220 mail.example ESMTP\r\n\r\n"), stall]],
    options: once,
    throws: unreachable,
    connection: "closed",
  },
  {
    name: "sends more headers than anybody reads",
    responses: [[rawBytes(`HTTP/1.1 200 OK\r\nx-pad: ${"x".repeat(200_000)}\r\n\r\n`), stall]],
    options: once,
    throws: unreachable,
    connection: "closed",
  },
  {
    name: "sends two lengths that contradict each other",
    responses: [[rawBytes("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"), stall]],
    options: once,
    throws: unreachable,
    connection: "closed",
  },
  {
    name: "switches to a protocol that nobody asked for",
    responses: [[rawBytes("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), stall]],
    options: once,
    throws: unreachable,
    connection: "closed",
  },
  { name: "resets once, then answers", responses: [[resetSocket], httpHelloResponse], requests: 2, delivers: "Hello" },
  { name: "hangs up once, then answers", responses: [[endSocket], httpHelloResponse], requests: 2, delivers: "Hello" },
  {
    name: "sends early hints",
    responses: [after(rawBytes("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "trickles them, and gets there",
    responses: [({ json: { stream: streamed } }) => [byteByByte(goodBytes(streamed))]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "trickles them without an end",
    responses: [[byteByByte("HTTP/1.1 200 OK\r\nx-pad: "), stall]],
    options: { timeout: { response: SHORT_TIMEOUT_MS } },
    throws: { name: "TimeoutError", messageIncludes: [/response/i] },
    connection: "closed",
  },
  {
    name: "says nothing",
    responses: [[stall]],
    options: { timeout: { response: SHORT_TIMEOUT_MS } },
    throws: { name: "TimeoutError", messageIncludes: [/response/i] },
    connection: "closed",
  },
  {
    name: "says nothing, and the total runs out",
    responses: [[stall]],
    options: { timeout: SHORT_TIMEOUT_MS },
    throws: { name: "TimeoutError", messageIncludes: [/total/i] },
    connection: "closed",
  },
  {
    name: "says nothing, and the caller leaves",
    responses: [[stall]],
    abortAt: "request 1",
    throws: "reason",
    connection: "closed",
  },
]);

describeFailures("HTTP that is odd but right", ALL_CALLS, [
  {
    name: "bytes behind the declared length",
    responses: [({ json: { stream: streamed } }) => [rawBytes(`${goodBytes(streamed)}junk`)]],
    delivers: "Hello",
  },
  {
    name: "a server that closes at once",
    responses: [
      ({ json: { stream: streamed } }) => [
        rawBytes(goodBytes(streamed).replace("\r\n", "\r\nconnection: close\r\n")),
        endSocket,
      ],
    ],
    delivers: "Hello",
  },
  {
    name: "HTTP/1.0",
    responses: [
      ({ json: { stream: streamed } }) => [
        rawBytes(goodBytes(streamed).replace(/HTTP\/1.1(.*)content-length: \d+\r\n/s, "HTTP/1.0$1")),
        endSocket,
      ],
    ],
    delivers: "Hello",
  },
  {
    name: "a half-closed socket: the server is done writing, and stays",
    responses: [
      ({ json: { stream: streamed } }) => [
        responseHead(200),
        ...(streamed ? [HELLO_EVENTS, FINISH_EVENTS] : [JSON.stringify(completionBody("Hello"))]),
        endSocket,
        stall,
      ],
    ],
    delivers: "Hello",
  },
  {
    name: "HTTP chunks of one byte with extensions and trailers",
    responses: [
      ({ json: { stream: streamed } }) => [
        rawBytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        ...[...(streamed ? HELLO_EVENTS + FINISH_EVENTS : JSON.stringify(completionBody("Hello")))].map((byte) =>
          rawBytes(`1;a=b\r\n${byte}\r\n`),
        ),
        rawBytes("0\r\nx-trailer: 1\r\n\r\n"),
      ],
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "a status of its own without words",
    responses: [[rawBytes("HTTP/1.1 429\r\ncontent-length: 0\r\n\r\n")]],
    options: once,
    throws: { name: "RateLimitError", messageIncludes: ["429"] },
  },
]);

describeFailures("a half-closed stream", STREAMED_CALLS, [
  {
    name: "before its finish",
    responses: [[responseHead(200), HELLO_EVENTS, endSocket, stall]],
    delivers: "Hello",
    throws: { name: "StreamTruncatedError" },
  },
  {
    name: "after its finish",
    responses: [[responseHead(200), HELLO_EVENTS, sseEvent(finishChunk()), endSocket, stall]],
    delivers: "Hello",
  },
]);

describeFailures("a half-closed answer", NON_STREAMED, [
  {
    name: "before its end",
    responses: [[responseHead(200), JSON.stringify(completionBody("Hello")).slice(0, -1), endSocket, stall]],
    throws: { name: "InvalidResponseError" },
  },
]);

describeFailures("[DONE] and the end of the body", STREAMED_CALLS, [
  {
    name: "in one packet",
    responses: [[sseHead(), HELLO_EVENTS, rawBytes(`${chunked(sseEvent(finishChunk()) + DONE_EVENT)}0\r\n\r\n`)]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "in two, while the reader waits",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, waitForEvent("chunk 3"), endBody]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "the end never comes",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, stall]],
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "more comes, and no end",
    responses: [
      [sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, waitForEvent("chunk 3"), ": more\n\n", stall],
    ],
    delivers: "Hello",
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
    const leaks = startLeakCheck();
    const error = await call({ baseURL: await deadAddress(), apiKey: API_KEY, maxRetries: 1 }).catch(
      (caught: unknown) => caught,
    );
    expectError(error, { ...unreachable, attempts: 2, messageIncludes: ["127.0.0.1"], fields: { status: undefined } });
    await leaks.check();
  });

  it.each(Object.entries(calls))("%s: a port that fetch refuses", async (_, call) => {
    const error = await call({ baseURL: "http://127.0.0.1:1/v1", apiKey: API_KEY, maxRetries: 0 }).catch(
      (caught: unknown) => caught,
    );
    expectError(error, { ...unreachable, attempts: 1, messageIncludes: ["127.0.0.1"] });
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
