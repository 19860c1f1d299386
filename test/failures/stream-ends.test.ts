/** How a stream can end: complete, truncated, or with a broken connection. */

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

const emojiEvent = Buffer.from(sseEvent(contentChunk("🌍")));
const halfCharacter = emojiEvent.subarray(0, emojiEvent.indexOf(0xf0) + 2);

describeFailures("a complete stream that", STREAMED_CALLS, [
  {
    name: "ends after finish_reason without [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, finish)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "ends after [DONE] without finish_reason",
    responses: [httpSseResponse(HELLO_EVENTS, DONE_EVENT)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "contains nothing but [DONE]",
    responses: [httpSseResponse(DONE_EVENT)],
    onlyFor: ["stream"],
    connection: "kept",
  },
  {
    name: "is reset after finish_reason",
    responses: [[sseHead(), HELLO_EVENTS, finish, waitForEvent("chunk 3"), resetSocket]],
    delivers: "Hello",
  },
  {
    name: "is closed inside the body after finish_reason",
    responses: [[sseHead(), HELLO_EVENTS, finish, waitForEvent("chunk 3"), endSocket]],
    delivers: "Hello",
  },
  {
    name: "is reset after [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, finish + DONE_EVENT, waitForEvent("chunk 3"), resetSocket]],
    delivers: "Hello",
  },
  {
    name: "ends inside an event after finish_reason",
    responses: [httpSseResponse(HELLO_EVENTS, finish, sseEvent(usageChunk()).slice(0, 40))],
    delivers: "Hello",
  },
  {
    name: "sends nothing after finish_reason until timeout.idle ends it",
    responses: [[sseHead(), HELLO_EVENTS, finish, stall]],
    options: { timeout: { idle: SHORT_TIMEOUT_MS } },
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "has white space around [DONE]",
    responses: [[sseHead(), HELLO_EVENTS, finish, "data: \t [DONE]  \n\n", stall]],
    delivers: "Hello",
    connection: "closed",
  },
  {
    name: "ends after [DONE] without a line end",
    responses: [httpSseResponse(HELLO_EVENTS, "data: [DONE]")],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "ends after [DONE] and one line end",
    responses: [httpSseResponse(HELLO_EVENTS, "data: [DONE]\n")],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "ends inside the CRLF of its last blank line",
    responses: [httpSseResponse(HELLO_EVENTS, finish.replaceAll("\n", "\r\n").slice(0, -1))],
    delivers: "Hello",
  },
  {
    name: "ends inside the CRLF after its last event",
    responses: [httpSseResponse(HELLO_EVENTS, `${finish.trimEnd()}\r`)],
    delivers: "Hello",
  },
  {
    name: "ends without a line end after a last event of several data lines",
    responses: [
      httpSseResponse(HELLO_EVENTS, `data: ${JSON.stringify(finishChunk(), null, 1).replaceAll("\n", "\ndata: ")}`),
    ],
    delivers: "Hello",
  },
  {
    name: "has no declared length and ends with the connection",
    responses: [[responseHead(200, {}), HELLO_EVENTS, finish, endBody]],
    delivers: "Hello",
  },
  {
    name: "reports usage between finish_reason and [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, finish, sseEvent(usageChunk(7)), DONE_EVENT)],
    delivers: "Hello",
    connection: "kept",
    check: ({ chunks }) => expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 7 } }),
  },
]);

describeFailures("a truncated stream that", STREAMED_CALLS, [
  { name: "has an empty chunked body", responses: [httpSseResponse()], throws: truncated, connection: "kept" },
  { name: "has a body of length 0", responses: [httpResponse(200, "")], throws: truncated },
  {
    name: "contains nothing but comments",
    responses: [httpSseResponse(": ping\n\n".repeat(3))],
    throws: truncated,
    connection: "kept",
  },
  {
    name: "contains nothing but a usage chunk",
    responses: [httpSseResponse(sseEvent(usageChunk()))],
    throws: truncated,
    connection: "kept",
  },
  {
    name: "finishes only one of two choices",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent(contentChunk("Good", 1)), finish)],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: 'has finish_reason ""',
    responses: [httpSseResponse(sseEvent(chunk([{ index: 0, delta: { content: "Hello" }, finish_reason: "" }])))],
    delivers: "Hello",
    throws: truncated,
    check: ({ chunks }) => expect(chunks[0]?.choices[0]?.finish_reason).toBeNull(),
  },
  {
    name: "ends inside a character",
    responses: [httpSseResponse(HELLO_EVENTS, halfCharacter)],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "ends inside [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, "data: [DON")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "ends inside a field name",
    responses: [httpSseResponse(HELLO_EVENTS, "dat")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "ends inside a CRLF",
    responses: [httpSseResponse(HELLO_EVENTS.replaceAll("\n", "\r\n").slice(0, -1))],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "ends after a whole chunk without its blank line",
    responses: [httpSseResponse(HELLO_EVENTS.trimEnd())],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "ends with an unterminated event that is JSON but not an object",
    responses: [httpSseResponse(HELLO_EVENTS, "data: 1")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "ends with an unterminated comment",
    responses: [httpSseResponse(HELLO_EVENTS, ": bye")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "continues with HTML",
    responses: [httpSseResponse(HELLO_EVENTS, "<html>\n<p>Bad gateway: try later\n\n</html>\n\n")],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "has no declared length and ends with the connection",
    responses: [[responseHead(200, {}), HELLO_EVENTS, endBody]],
    delivers: "Hello",
    throws: truncated,
  },
  {
    name: "is longer than its Content-Length",
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
    name: "ends inside the arguments of a tool call",
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

describeFailures("a stream whose connection", STREAMED_CALLS, [
  {
    name: "ends without the last HTTP chunk",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), endSocket]],
    delivers: "Hello",
    throws: broken,
  },
  { name: "ends before any event", responses: [[sseHead(), waitForEvent("headers"), endSocket]], throws: broken },
  { name: "is reset before any event", responses: [[sseHead(), waitForEvent("headers"), resetSocket]], throws: broken },
  {
    name: "is reset inside a character",
    responses: [[sseHead(), `${HELLO_EVENTS}data: `, Uint8Array.of(0xf0, 0x9f), waitForEvent("chunk 2"), resetSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "is reset inside a CRLF",
    responses: [[sseHead(), HELLO_EVENTS.replaceAll("\n", "\r\n").slice(0, -1), waitForEvent("chunk 2"), resetSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "ends before the Content-Length is reached",
    responses: [[responseHead(200, { "content-length": "9999" }), HELLO_EVENTS, waitForEvent("chunk 2"), endSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "ends inside an HTTP chunk",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), rawBytes("ff\r\ndata: x"), endSocket]],
    delivers: "Hello",
    throws: broken,
  },
  {
    name: "carries an HTTP chunk longer than its declared length",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), rawBytes("2\r\ndata: x\r\n"), stall]],
    delivers: "Hello",
    throws: broken,
    connection: "closed",
  },
  {
    name: "carries an HTTP chunk whose length is not a number",
    responses: [[sseHead(), HELLO_EVENTS, waitForEvent("chunk 2"), rawBytes("many\r\ndata: x\r\n"), stall]],
    delivers: "Hello",
    throws: broken,
    connection: "closed",
  },
  {
    name: "carries a gzip body that is not gzip",
    responses: [[sseHead({ "content-encoding": "gzip" }), HELLO_EVENTS + FINISH_EVENTS, endBody]],
    throws: broken,
  },
]);
