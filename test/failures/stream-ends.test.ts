/** How a stream can end: well, cut short, or broken. */

import { expect } from "vitest";
import {
  endBody,
  endSocket,
  httpResponse,
  httpSseResponse,
  rawBytes,
  resetSocket,
  responseHead,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { SHORT_TIMEOUT_MS } from "../helpers/server.js";
import {
  chunk,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
  usageChunk,
} from "../helpers/wire-chunks.js";
import { STREAMED_CALLS } from "./call-server.js";
import { describeFailures } from "./describe-failures.js";
import type { ExpectedError } from "./expect-error.js";

const truncated: ExpectedError = { name: "StreamTruncatedError" };
const broken: ExpectedError = { name: "APIConnectionError", cause: true };
const finish = sseEvent(finishChunk());

const globe = Buffer.from(sseEvent(contentChunk("🌍")));
const halfCharacter = globe.subarray(0, globe.indexOf(0xf0) + 2);

describeFailures("what ends a stream well", STREAMED_CALLS, [
  {
    name: "the finish, then a proper end without [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, finish)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "[DONE] without a finish",
    responses: [httpSseResponse(HELLO_EVENTS, DONE_EVENT)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "[DONE] and nothing else",
    responses: [httpSseResponse(DONE_EVENT)],
    onlyFor: ["stream"],
    connection: "kept",
  },
  {
    name: "the finish, then a reset",
    responses: [[sseHead(), HELLO_EVENTS, finish, waitForEvent("chunk 3"), resetSocket]],
    delivers: "Hello",
  },
  {
    name: "the finish, then a FIN inside the body",
    responses: [[sseHead(), HELLO_EVENTS, finish, waitForEvent("chunk 3"), endSocket]],
    delivers: "Hello",
  },
  {
    name: "[DONE], then a reset",
    responses: [[sseHead(), HELLO_EVENTS, finish + DONE_EVENT, waitForEvent("chunk 3"), resetSocket]],
    delivers: "Hello",
  },
  {
    name: "the finish, then half an event",
    responses: [httpSseResponse(HELLO_EVENTS, finish, sseEvent(usageChunk()).slice(0, 40))],
    delivers: "Hello",
  },
  {
    name: "the finish, then silence",
    responses: [[sseHead(), HELLO_EVENTS, finish, stall]],
    options: { timeout: { idle: SHORT_TIMEOUT_MS } },
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "white space around [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, finish, "data: \t [DONE]  \n\n", stall]],
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "[DONE] without any line end",
    responses: [httpSseResponse(HELLO_EVENTS, "data: [DONE]")],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "[DONE] and one line end",
    responses: [httpSseResponse(HELLO_EVENTS, "data: [DONE]\n")],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "a last blank line cut inside its CRLF",
    responses: [httpSseResponse(HELLO_EVENTS, finish.replaceAll("\n", "\r\n").slice(0, -1))],
    delivers: "Hello",
  },
  {
    name: "a whole last event cut inside its CRLF",
    responses: [httpSseResponse(HELLO_EVENTS, `${finish.trimEnd()}\r`)],
    delivers: "Hello",
  },
  {
    name: "a whole last event of several data lines",
    responses: [
      httpSseResponse(HELLO_EVENTS, `data: ${JSON.stringify(finishChunk(), null, 1).replaceAll("\n", "\ndata: ")}`),
    ],
    delivers: "Hello",
  },
  {
    name: "a body of no declared length that just closes",
    responses: [[responseHead(200, {}), HELLO_EVENTS, finish, endBody]],
    delivers: "Hello",
  },
  {
    name: "usage after the finish, and [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, finish, sseEvent(usageChunk(7)), DONE_EVENT)],
    delivers: "Hello",
    connection: "kept",
    check: ({ chunks }) => expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 7 } }),
  },
]);

describeFailures("what cuts a stream short", STREAMED_CALLS, [
  { name: "nothing at all", responses: [httpSseResponse()], throws: truncated, connection: "kept" },
  { name: "an empty body of length 0", responses: [httpResponse(200, "")], throws: truncated },
  {
    name: "comments and nothing else",
    responses: [httpSseResponse(": ping\n\n".repeat(3))],
    throws: truncated,
    connection: "kept",
  },
  {
    name: "a usage chunk and nothing else",
    responses: [httpSseResponse(sseEvent(usageChunk()))],
    throws: truncated,
    connection: "kept",
  },
  {
    name: "one of two choices unfinished",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent(contentChunk("Good", 1)), finish)],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: 'finish_reason "" is no finish',
    responses: [httpSseResponse(sseEvent(chunk([{ index: 0, delta: { content: "Hello" }, finish_reason: "" }])))],
    delivers: "Hello",
    throws: truncated,
    check: ({ chunks }) => expect(chunks[0]?.choices[0]?.finish_reason).toBeNull(),
  },
  {
    name: "a cut inside a character",
    responses: [httpSseResponse(HELLO_EVENTS, halfCharacter)],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a cut inside [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, "data: [DON")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a cut inside a field's name",
    responses: [httpSseResponse(HELLO_EVENTS, "dat")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a cut inside a CRLF",
    responses: [httpSseResponse(HELLO_EVENTS.replaceAll("\n", "\r\n").slice(0, -1))],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a cut behind a whole chunk that lacks its blank line",
    responses: [httpSseResponse(HELLO_EVENTS.trimEnd())],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a last event that is JSON but no object",
    responses: [httpSseResponse(HELLO_EVENTS, "data: 1")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a last event that is a comment",
    responses: [httpSseResponse(HELLO_EVENTS, ": bye")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "HTML midway",
    responses: [httpSseResponse(HELLO_EVENTS, "<html>\n<p>Bad gateway: try later\n\n</html>\n\n")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a body of no declared length that just closes",
    responses: [[responseHead(200, {}), HELLO_EVENTS, endBody]],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a Content-Length that is too small",
    responses: [
      [
        responseHead(200, { "content-length": String(HELLO_EVENTS.length) }),
        rawBytes(HELLO_EVENTS + FINISH_EVENTS),
        stall,
      ],
    ],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "a cut inside the arguments of a tool call",
    responses: [
      httpSseResponse(
        sseEvent(
          chunk([
            {
              index: 0,
              delta: {
                tool_calls: [
                  { index: 0, id: "c1", type: "function", function: { name: "pay", arguments: '{"eur":1' } },
                ],
              },
              finish_reason: null,
            },
          ]),
        ),
      ),
    ],
    throws: truncated,
    check: ({ error, chunks }) => {
      const call = (error as { partial?: { choices: { message: unknown }[] } }).partial?.choices[0]?.message;
      if (call) expect(call).toMatchObject({ tool_calls: [{ function: { name: "pay", arguments: '{"eur":1' } }] });
      expect(chunks.length).toBe(1);
    },
  },
]);

describeFailures("what breaks a stream", STREAMED_CALLS, [
  {
    name: "a FIN without the last HTTP chunk",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), endSocket]],
    delivers: "Hello",
    throws: broken,
  },
  { name: "a FIN before any event", responses: [[sseHead(), waitForEvent("headers"), endSocket]], throws: broken },
  { name: "a reset before any event", responses: [[sseHead(), waitForEvent("headers"), resetSocket]], throws: broken },
  {
    name: "a reset inside a character",
    responses: [[sseHead(), `${HELLO_EVENTS}data: `, Uint8Array.of(0xf0, 0x9f), waitForEvent("chunk 2"), resetSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "a reset inside a CRLF",
    responses: [[sseHead(), HELLO_EVENTS.replaceAll("\n", "\r\n").slice(0, -1), waitForEvent("chunk 2"), resetSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "a Content-Length that is too large",
    responses: [[responseHead(200, { "content-length": "9999" }), HELLO_EVENTS, waitForEvent("chunk 2"), endSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "an HTTP chunk that is shorter than it says",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), rawBytes("ff\r\ndata: x"), endSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "an HTTP chunk that is longer than it says",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), rawBytes("2\r\ndata: x\r\n"), stall]],
    delivers: "Hello",
    throws: broken,
    connection: "closed",
  },
  {
    name: "an HTTP chunk whose length is no number",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), rawBytes("many\r\ndata: x\r\n"), stall]],
    delivers: "Hello",
    throws: broken,
    connection: "closed",
  },
  {
    name: "gzip that is no gzip",
    responses: [[sseHead({ "content-encoding": "gzip" }), HELLO_EVENTS + FINISH_EVENTS, endBody]],
    throws: broken,
  },
]);
