/** Network failures before the response headers, unusual but valid HTTP, and the end of a connection. */

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
const noRetries = { maxRetries: 0 };

/** The bytes of a whole response that says "Hello", with its head. */
function helloBytes(streamed: unknown): string {
  const body = streamed ? HELLO_EVENTS + FINISH_EVENTS : JSON.stringify(completionBody("Hello"));
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A response that says "Hello", after these steps. */
function helloAfter(...before: ResponseScript): ScriptedResponse {
  return ({ json: { stream: streamed } }) => [...before, rawBytes(helloBytes(streamed))];
}

describeFailures("a request whose server", ALL_CALLS, [
  {
    name: "resets the connection before the headers",
    responses: [[resetSocket]],
    options: noRetries,
    throws: unreachable,
  },
  {
    name: "closes the connection before the headers",
    responses: [[endSocket]],
    options: noRetries,
    throws: unreachable,
  },
  {
    name: "resets the connection inside the status line",
    responses: [[rawBytes("HTTP/1.1 2"), resetSocket]],
    options: noRetries,
    throws: unreachable,
  },
  {
    name: "closes the connection inside the headers",
    responses: [[rawBytes("HTTP/1.1 200 OK\r\ncontent-ty"), endSocket]],
    options: noRetries,
    throws: unreachable,
  },
  {
    name: "does not speak HTTP",
    responses: [[rawBytes("220 mail.example ESMTP\r\n\r\n"), stall]],
    options: noRetries,
    throws: unreachable,
    connection: "closed",
  },
  {
    name: "sends 200,000 characters of headers",
    responses: [[rawBytes(`HTTP/1.1 200 OK\r\nx-pad: ${"x".repeat(200_000)}\r\n\r\n`), stall]],
    options: noRetries,
    throws: unreachable,
    connection: "closed",
  },
  {
    name: "sends two different Content-Length headers",
    responses: [[rawBytes("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"), stall]],
    options: noRetries,
    throws: unreachable,
    connection: "closed",
  },
  {
    name: "switches protocols without being asked",
    responses: [[rawBytes("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), stall]],
    options: noRetries,
    throws: unreachable,
    connection: "closed",
  },
  {
    name: "resets the first connection, then answers",
    responses: [[resetSocket], httpHelloResponse],
    requests: 2,
    delivers: "Hello",
  },
  {
    name: "closes the first connection, then answers",
    responses: [[endSocket], httpHelloResponse],
    requests: 2,
    delivers: "Hello",
  },
  {
    name: "sends 103 Early Hints first",
    responses: [helloAfter(rawBytes("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "sends its response byte by byte",
    responses: [({ json: { stream: streamed } }) => [byteByByte(helloBytes(streamed))]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "never finishes its headers, at timeout.response",
    responses: [[byteByByte("HTTP/1.1 200 OK\r\nx-pad: "), stall]],
    options: { timeout: { response: SHORT_TIMEOUT_MS } },
    throws: { name: "TimeoutError", messageIncludes: [/response/i] },
    connection: "closed",
  },
  {
    name: "never answers, at timeout.response",
    responses: [[stall]],
    options: { timeout: { response: SHORT_TIMEOUT_MS } },
    throws: { name: "TimeoutError", messageIncludes: [/response/i] },
    connection: "closed",
  },
  {
    name: "never answers, at timeout.total",
    responses: [[stall]],
    options: { timeout: SHORT_TIMEOUT_MS },
    throws: { name: "TimeoutError", messageIncludes: [/total/i] },
    connection: "closed",
  },
  {
    name: "never answers, on abort",
    responses: [[stall]],
    abortAt: "request 1",
    throws: "abort reason",
    connection: "closed",
  },
]);

describeFailures("a response with", ALL_CALLS, [
  {
    name: "bytes after its Content-Length",
    responses: [({ json: { stream: streamed } }) => [rawBytes(`${helloBytes(streamed)}junk`)]],
    delivers: "Hello",
  },
  {
    name: "connection: close",
    responses: [
      ({ json: { stream: streamed } }) => [
        rawBytes(helloBytes(streamed).replace("\r\n", "\r\nconnection: close\r\n")),
        endSocket,
      ],
    ],
    delivers: "Hello",
  },
  {
    name: "HTTP/1.0",
    responses: [
      ({ json: { stream: streamed } }) => [
        rawBytes(helloBytes(streamed).replace(/HTTP\/1.1(.*)content-length: \d+\r\n/s, "HTTP/1.0$1")),
        endSocket,
      ],
    ],
    delivers: "Hello",
  },
  {
    name: "a half-closed socket after it",
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
    name: "HTTP chunks of one byte, chunk extensions and trailers",
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
    name: "status 429, no reason phrase and no body",
    responses: [[rawBytes("HTTP/1.1 429\r\ncontent-length: 0\r\n\r\n")]],
    options: noRetries,
    throws: { name: "RateLimitError", messageIncludes: ["429"] },
  },
]);

describeFailures("a stream whose server stops writing but keeps the socket", STREAMED_CALLS, [
  {
    name: "before finish_reason",
    responses: [[responseHead(200), HELLO_EVENTS, endSocket, stall]],
    delivers: "Hello",
    throws: { name: "StreamTruncatedError" },
  },
  {
    name: "after finish_reason",
    responses: [[responseHead(200), HELLO_EVENTS, sseEvent(finishChunk()), endSocket, stall]],
    delivers: "Hello",
  },
]);

describeFailures("a response whose server stops writing but keeps the socket", NON_STREAMED, [
  {
    name: "before the end of its JSON",
    responses: [[responseHead(200), JSON.stringify(completionBody("Hello")).slice(0, -1), endSocket, stall]],
    throws: { name: "InvalidResponseError" },
  },
]);

describeFailures("a stream whose body", STREAMED_CALLS, [
  {
    name: "ends in the same packet as [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, rawBytes(`${httpChunk(sseEvent(finishChunk()) + DONE_EVENT)}0\r\n\r\n`)]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "ends in a packet after [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, waitForEvent("chunk 3"), endBody]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "does not end after [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, stall]],
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "goes on after [DONE] and does not end",
    responses: [
      [sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, waitForEvent("chunk 3"), ": more\n\n", stall],
    ],
    delivers: "Hello",
    connection: "closed",
  },
]);

function httpChunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

describe("without a server", () => {
  const calls = {
    completion: (options: object) => completion(REQUEST, options),
    stream: (options: object) => stream(REQUEST, options).next(),
  };

  it.each(Object.entries(calls))(
    "%s rejects with APIConnectionError if nothing listens at the port",
    async (_, call) => {
      const leaks = startLeakCheck();
      const error = await call({ baseURL: await unusedAddress(), apiKey: API_KEY, maxRetries: 1 }).catch(
        (caught: unknown) => caught,
      );
      expectError(error, {
        ...unreachable,
        attempts: 2,
        messageIncludes: ["127.0.0.1"],
        fields: { status: undefined },
      });
      await leaks.check();
    },
  );

  it.each(Object.entries(calls))("%s rejects with APIConnectionError if fetch blocks the port", async (_, call) => {
    const error = await call({ baseURL: "http://127.0.0.1:1/v1", apiKey: API_KEY, maxRetries: 0 }).catch(
      (caught: unknown) => caught,
    );
    expectError(error, { ...unreachable, attempts: 1, messageIncludes: ["127.0.0.1"] });
  });
});

/** An address of this machine at which nothing listens. */
async function unusedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}
