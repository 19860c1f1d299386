/** The failures that clients are compared by: what a stream of chat chunks can meet, and what a correct client makes of it. */

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
import { expectError } from "./expect-error.js";

const truncated = { name: "StreamTruncatedError" };
const page = "<!doctype html><title>Sign in</title><p>The proxy wants your password.</p>";

const referenceCases: readonly FailureCase[] = [
  {
    name: "closes with neither finish nor [DONE]",
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
    name: "leaves out the last blank line, after [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent(finishChunk()), DONE_EVENT.trimEnd())],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "leaves out the last blank line, after the finish",
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
    name: "breaks the socket mid-stream",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), resetSocket]],
    delivers: "Hello",
    throws: { name: "APIConnectionError", cause: true },
  },
  {
    name: "sends an error event, an object",
    responses: [
      [
        sseHead(),
        HELLO_EVENTS,
        sseEvent({ error: { message: "GPU on fire", type: "server_error", code: 507, param: "n" } }),
        stall,
      ],
    ],
    delivers: "Hello",
    throws: {
      name: "APIError",
      messageIncludes: ["GPU on fire"],
      fields: { code: 507, type: "server_error", param: "n" },
    },
    connection: "closed",
  },
  {
    name: "sends an error event, a string",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent({ error: "GPU on fire" }), stall]],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU on fire"] },
    connection: "closed",
  },
  {
    name: 'sends "error": null in good chunks',
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
    name: "sends one event that is no JSON",
    responses: [[sseHead(), HELLO_EVENTS, "data: {oops\n\n", stall]],
    delivers: "Hello",
    throws: { name: "InvalidResponseError" },
    connection: "closed",
  },
  {
    name: "answers 200 with HTML",
    responses: [httpResponse(200, page, { "content-type": "text/html; charset=utf-8" })],
    throws: { name: "InvalidResponseError", messageIncludes: ["200", "text/html", "The proxy wants your password."] },
  },
  {
    name: "answers 200 with HTML that claims to be an event stream",
    responses: [httpResponse(200, page, { "content-type": "text/event-stream" })],
    throws: {
      name: "InvalidResponseError",
      messageIncludes: ["200", "text/event-stream", "The proxy wants your password."],
    },
  },
  {
    name: "answers 200 with JSON: a completion",
    responses: [httpJsonResponse(200, completionBody("Hello"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "answers 200 with JSON: no completion",
    responses: [httpJsonResponse(200, { status: "ok" })],
    throws: { name: "InvalidResponseError", messageIncludes: ["200", "application/json", '{"status":"ok"}'] },
  },
  {
    name: "answers 200 with JSON: an error",
    responses: [httpJsonResponse(200, { error: { message: "no GPU left", code: "no_gpu" } })],
    throws: { name: "APIError", messageIncludes: ["no GPU left"], fields: { code: "no_gpu" } },
  },
  {
    name: "keeps the socket open after [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, FINISH_EVENTS, stall]],
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "falls silent mid-stream",
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
    throws: "reason",
    connection: "closed",
  },
  {
    name: "is left with break",
    responses: [[sseHead(), HELLO_EVENTS, stall]],
    breakAtChunk: 2,
    delivers: "Hello",
    connection: "closed",
    onlyFor: ["stream"],
  },
  {
    name: "uses CRLF",
    responses: [httpSseResponse((HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r\n"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "uses CR",
    responses: [httpSseResponse((HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r"))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "starts with a BOM",
    responses: [httpSseResponse(`\uFEFF${HELLO_EVENTS}${FINISH_EVENTS}`)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "sends one event as several data lines",
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
    name: "cuts a character",
    responses: [httpSseResponse(byteByByte(sseEvent(contentChunk("Grüße, 世界 🌍"))), FINISH_EVENTS)],
    delivers: "Grüße, 世界 🌍",
    connection: "kept",
  },
  {
    name: "asks for Retry-After: 120",
    responses: [httpJsonResponse(429, { error: "slow down" }, { "retry-after": "120" })],
    throws: {
      name: "RateLimitError",
      messageIncludes: ["429", "slow down"],
      fields: { status: 429, retryAfter: 120_000 },
    },
    connection: "kept",
  },
  {
    name: "redirects",
    responses: [
      [responseHead(307, { location: "/elsewhere", "content-length": "0" })],
      httpJsonResponse(200, completionBody("stolen")),
    ],
    throws: { name: "InvalidResponseError", fields: { status: 307 } },
  },
  {
    name: "sends two choices",
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
      const texts = (value as { choices: { message: { content: string } }[] } | undefined)?.choices;
      if (texts && texts[1]?.message.content !== "Goodbye") throw new Error(`mixed up: ${JSON.stringify(texts)}`);
      if (chunks.length !== 7) throw new Error(`${chunks.length} chunks`);
    },
  },
];

describeFailures("the server", STREAMED_CALLS, referenceCases);

describe("a redirect to another origin", () => {
  it.each([301, 302, 303, 307, 308])("%i: neither key nor prompt is sent on", async (status) => {
    const thief = await startServer(httpHelloResponse);
    const server = await startServer([responseHead(status, { location: `${thief.origin}/v1`, "content-length": "0" })]);
    try {
      for (const call of [completion(REQUEST, serverOptions(server)), stream(REQUEST, serverOptions(server)).next()]) {
        const error = await call.catch((caught: unknown) => caught);
        expectError(error, { name: "InvalidResponseError", attempts: 1, fields: { status } }, 1);
      }
      expect(thief.openedConnections).toBe(0);
    } finally {
      await server.close();
      await thief.close();
    }
  });
});
