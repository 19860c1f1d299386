/** A 200 to a streamed request that is not an event stream, and events over the size limit. */

import {
  byteByByte,
  endBody,
  endSocket,
  httpJsonResponse,
  httpResponse,
  httpSseResponse,
  repeatUntilClosed,
  responseHead,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { completionBody, contentChunk, FINISH_EVENTS, HELLO_EVENTS, sseEvent } from "../helpers/wire-chunks.js";
import { STREAMED_CALLS } from "./call-server.js";
import { describeFailures } from "./describe-failures.js";
import type { ExpectedError } from "./expect-error.js";

const truncated: ExpectedError = { name: "StreamTruncatedError" };
const invalid: ExpectedError = { name: "InvalidResponseError" };
const broken: ExpectedError = {
  name: "APIConnectionError",
  messageIncludes: ["the response body broke off"],
  cause: true,
};
const MiB = 1024 * 1024;

describeFailures("a 200 response to a streamed request with", STREAMED_CALLS, [
  {
    name: "a completion as JSON after white space",
    responses: [httpResponse(200, `\n  ${JSON.stringify(completionBody("Hello"), null, 2)}\n`)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "a completion as JSON declared as text/event-stream",
    responses: [[sseHead(), byteByByte(JSON.stringify(completionBody("Hello"))), endBody]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "a JSON array",
    responses: [httpJsonResponse(200, [completionBody("Hello")])],
    throws: { ...invalid, messageIncludes: ["200", "application/json"] },
  },
  {
    name: "JSON that ends early",
    responses: [httpResponse(200, JSON.stringify(completionBody("Hello")).slice(0, -20))],
    throws: { ...invalid, messageIncludes: ["200"] },
  },
  {
    name: "JSON cut off by a closed connection",
    responses: [
      [
        responseHead(200, { "content-length": "9999" }),
        JSON.stringify(completionBody("Hello")).slice(0, -20),
        waitForEvent("headers"),
        endSocket,
      ],
    ],
    throws: broken,
  },
  {
    name: "JSON with an error string",
    responses: [httpJsonResponse(200, { error: "no GPU left" })],
    throws: { name: "APIError", messageIncludes: ["no GPU left"] },
  },
  {
    name: "JSON with an error message that is not inside an error object",
    responses: [httpJsonResponse(200, { message: "no GPU left", code: 500 })],
    throws: { name: "APIError", messageIncludes: ["no GPU left"], fields: { code: 500 } },
  },
  {
    name: "10,000 characters of HTML, of which 500 are quoted,",
    responses: [httpResponse(200, `<p>${"x".repeat(10_000)}`)],
    throws: { ...invalid, messageIncludes: ["x".repeat(497)], messageExcludes: ["x".repeat(501)] },
  },
  {
    name: "endless HTML",
    responses: [[responseHead(200, { "content-type": "text/html" }), repeatUntilClosed(`<p>${"x".repeat(10_000)}`)]],
    throws: invalid,
    connection: "closed",
  },
  {
    name: "HTML after white space",
    responses: [httpResponse(200, "\n \t<html>", { "content-type": "text/html" })],
    throws: { ...invalid, messageIncludes: ["<html>"] },
  },
  { name: "plain text", responses: [httpResponse(200, "service is starting")], throws: truncated },
  {
    name: "status 204 instead",
    responses: [[responseHead(204)]],
    throws: { name: ["InvalidResponseError", "StreamTruncatedError"] },
  },
]);

describeFailures("a stream with", STREAMED_CALLS, [
  {
    name: "an event of 15 MiB",
    responses: [httpSseResponse(sseEvent(contentChunk("x".repeat(15 * MiB))), FINISH_EVENTS)],
    delivers: "x".repeat(15 * MiB),
    connection: "kept",
  },
  {
    name: "an endless line",
    responses: [[sseHead(), HELLO_EVENTS, "data: ", repeatUntilClosed("x".repeat(64 * 1024))]],
    delivers: "Hello",
    throws: invalid,
    connection: "closed",
  },
  {
    name: "an endless comment",
    responses: [[sseHead(), HELLO_EVENTS, ": ", repeatUntilClosed("x".repeat(64 * 1024))]],
    delivers: "Hello",
    throws: invalid,
    connection: "closed",
  },
  {
    name: "endless JSON",
    responses: [[responseHead(200), '{"choices":"', repeatUntilClosed("x".repeat(64 * 1024))]],
    throws: invalid,
    connection: "closed",
  },
  {
    name: "an event of endless data lines",
    responses: [[sseHead(), HELLO_EVENTS, repeatUntilClosed(`data: ${"x".repeat(64 * 1024)}\n`)]],
    delivers: "Hello",
    throws: invalid,
    connection: "closed",
  },
  {
    name: "an event of 17 MiB",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent(contentChunk("x".repeat(17 * MiB))), FINISH_EVENTS, stall]],
    delivers: "Hello",
    throws: invalid,
    connection: "closed",
  },
]);
