/** The failures of a chat completion stream by which clients are compared, and what a correct client does in each. */

import { describe, expect, it } from "vitest";
import { completion, stream } from "../../src/index.js";
import {
  byteByByte,
  httpHelloResponse,
  httpJsonResponse,
  httpResponse,
  httpSseResponse,
  resetSocket,
  responseHead,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { REQUEST } from "../helpers/requests.js";
import { SHORT_TIMEOUT_MS, startServer } from "../helpers/server.js";
import {
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
  usageChunk,
} from "../helpers/wire-chunks.js";
import { STREAMED_CALLS, serverOptions } from "./call-server.js";
import { describeFailures, type FailureCase } from "./describe-failures.js";
import { expectServerError } from "./expect-error.js";

const truncated = { name: "StreamTruncatedError" };
const page = "<!doctype html><title>Sign in</title><p>Sign in to continue.</p>";

const referenceCases: readonly FailureCase[] = [
  {
    name: "ends without finish_reason or [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS)],
    delivers: "Hello",
    throws: truncated,
    connection: "kept",
  },
  {
    name: "ends inside an event",
    responses: [httpSseResponse(HELLO_EVENTS, 'data: {"id":"chat-1","choi')],
    delivers: "Hello",
    throws: truncated,
    connection: "kept",
  },
  {
    name: "ends after [DONE] without the last blank line",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent(finishChunk()), DONE_EVENT.trimEnd())],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "ends after finish_reason without the last blank line",
    responses: [
      httpSseResponse(
        sseEvent(contentChunk("Hel")),
        sseEvent({
          ...finishChunk(),
          choices: [{ index: 0, delta: { content: "lo" }, finish_reason: "stop" }],
        }).trimEnd(),
      ),
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "is cut off by a connection reset",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), resetSocket]],
    delivers: "Hello",
    throws: { name: "APIConnectionError", cause: true },
  },
  {
    name: "contains an error object",
    responses: [
      [
        sseHead(),
        HELLO_EVENTS,
        sseEvent({ error: { message: "GPU failure", type: "server_error", code: 507, param: "n" } }),
        stall,
      ],
    ],
    delivers: "Hello",
    throws: {
      name: "APIError",
      messageIncludes: ["GPU failure"],
      fields: { code: 507, type: "server_error", param: "n" },
    },
    connection: "closed",
  },
  {
    name: "contains an error string",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent({ error: "GPU failure" }), stall]],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU failure"] },
    connection: "closed",
  },
  {
    name: 'has "error": null in its chunks',
    responses: [
      httpSseResponse(
        ...[contentChunk("Hel"), contentChunk("lo"), finishChunk()].map((chunk) => sseEvent({ ...chunk, error: null })),
        DONE_EVENT,
      ),
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "contains an event that is not JSON",
    responses: [[sseHead(), HELLO_EVENTS, "data: {oops\n\n", stall]],
    delivers: "Hello",
    throws: { name: "InvalidResponseError" },
    connection: "closed",
  },
  {
    name: "is answered with HTML and status 200",
    responses: [httpResponse(200, page, { "content-type": "text/html; charset=utf-8" })],
    throws: { name: "InvalidResponseError", messageIncludes: ["200", "text/html", "Sign in to continue."] },
  },
  {
    name: "is answered with HTML declared as text/event-stream",
    responses: [httpResponse(200, page, { "content-type": "text/event-stream" })],
    throws: {
      name: "InvalidResponseError",
      messageIncludes: ["200", "text/event-stream", "Sign in to continue."],
    },
  },
  {
    name: "is answered with a whole completion as JSON",
    responses: [httpJsonResponse(200, completionBody("Hello"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "is answered with JSON that is not a completion",
    responses: [httpJsonResponse(200, { status: "ok" })],
    throws: { name: "InvalidResponseError", messageIncludes: ["200", "application/json", '{"status":"ok"}'] },
  },
  {
    name: "is answered with an error as JSON and status 200",
    responses: [httpJsonResponse(200, { error: { message: "no GPU left", code: "no_gpu" } })],
    throws: { name: "APIError", messageIncludes: ["no GPU left"], fields: { code: "no_gpu" } },
  },
  {
    name: "keeps its connection open after [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, FINISH_EVENTS, stall]],
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "sends nothing for longer than timeout.idle",
    responses: [[sseHead(), HELLO_EVENTS, stall]],
    options: { timeout: { idle: SHORT_TIMEOUT_MS } },
    delivers: "Hello",
    throws: { name: "TimeoutError", messageIncludes: [/idle/i] },
    connection: "closed",
  },
  {
    name: "is aborted by the caller",
    responses: [[sseHead(), HELLO_EVENTS, stall]],
    abortAt: "chunk 2",
    delivers: "Hello",
    throws: "abort reason",
    connection: "closed",
  },
  {
    name: "is left with break",
    outcome: "closes the connection",
    responses: [[sseHead(), HELLO_EVENTS, stall]],
    breakAtChunk: 2,
    delivers: "Hello",
    connection: "closed",
    onlyFor: ["stream"],
  },
  {
    name: "ends its lines with CRLF",
    responses: [httpSseResponse((HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r\n"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "ends its lines with CR",
    responses: [httpSseResponse((HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "starts with a byte order mark",
    responses: [httpSseResponse(`\uFEFF${HELLO_EVENTS}${FINISH_EVENTS}`)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "splits an event over several data lines",
    responses: [
      httpSseResponse(
        `data: ${JSON.stringify(contentChunk("Hello"), null, 1).replaceAll("\n", "\ndata: ")}\n\n`,
        FINISH_EVENTS,
      ),
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "arrives byte by byte, cut inside characters",
    responses: [httpSseResponse(byteByByte(sseEvent(contentChunk("Grüße, 世界 🌍"))), FINISH_EVENTS)],
    delivers: "Grüße, 世界 🌍",
    connection: "kept",
  },
  {
    name: "is answered with 429 and Retry-After: 120",
    responses: [httpJsonResponse(429, { error: "slow down" }, { "retry-after": "120" })],
    throws: {
      name: "RateLimitError",
      messageIncludes: ["429", "slow down"],
      fields: { status: 429, retryAfter: 120_000 },
    },
    connection: "kept",
  },
  {
    name: "is redirected",
    responses: [
      [responseHead(307, { location: "/elsewhere", "content-length": "0" })],
      httpJsonResponse(200, completionBody("stolen")),
    ],
    throws: { name: "InvalidResponseError", fields: { status: 307 } },
  },
  {
    name: "interleaves two choices",
    request: { n: 2 },
    responses: [
      httpSseResponse(
        sseEvent(contentChunk("Hel")),
        sseEvent(contentChunk("Good", 1)),
        sseEvent(contentChunk("lo")),
        sseEvent(contentChunk("bye", 1)),
        sseEvent(finishChunk()),
        sseEvent(finishChunk("length", 1)),
        sseEvent(usageChunk()),
        DONE_EVENT,
      ),
    ],
    delivers: "Hello",
    connection: "kept",
    check: ({ value, chunks }) => {
      const choices = (value as { choices: { message: { content: string } }[] } | undefined)?.choices;
      if (choices) expect(choices[1]?.message.content).toBe("Goodbye");
      expect(chunks.length).toBe(7);
    },
  },
];

describeFailures("a stream that", STREAMED_CALLS, referenceCases);

describe("a redirect to another origin", () => {
  it.each([301, 302, 303, 307, 308])("with status %i sends neither the key nor the prompt there", async (status) => {
    const otherServer = await startServer(httpHelloResponse);
    const server = await startServer([
      responseHead(status, { location: `${otherServer.origin}/v1`, "content-length": "0" }),
    ]);
    try {
      for (const call of [completion(REQUEST, serverOptions(server)), stream(REQUEST, serverOptions(server)).next()]) {
        const error = await call.catch((caught: unknown) => caught);
        expectServerError(error, { name: "InvalidResponseError", fields: { status } });
      }
      expect(otherServer.openedConnections).toBe(0);
    } finally {
      await server.close();
      await otherServer.close();
    }
  });
});
