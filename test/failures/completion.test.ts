/** What the body of a 200 response to `completion` can be. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { ChatCompletion } from "../../src/index.js";
import {
  byteByByte,
  endBody,
  endSocket,
  httpJsonResponse,
  httpResponse,
  resetSocket,
  responseHead,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { API_KEY } from "../helpers/requests.js";
import { SHORT_TIMEOUT_MS } from "../helpers/server.js";
import { completionBody, FINISH_EVENTS, HELLO_EVENTS } from "../helpers/wire-chunks.js";
import { NON_STREAMED } from "./call-server.js";
import { describeFailures, type FailureCase } from "./describe-failures.js";
import type { ExpectedError } from "./expect-error.js";

const invalid: ExpectedError = { name: "InvalidResponseError" };
const broken: ExpectedError = {
  name: "APIConnectionError",
  messageIncludes: ["the response body broke off"],
  cause: true,
};

/** A 200 response with this body, which is not a completion. */
function notACompletion(
  name: string,
  body: string,
  throws: ExpectedError = { ...invalid, messageIncludes: ["200"] },
): FailureCase {
  return {
    name,
    responses: [httpResponse(200, body, { "content-type": "application/json" })],
    throws,
    connection: "kept",
  };
}

describeFailures("a 200 response", NON_STREAMED, [
  notACompletion("with an empty body", ""),
  notACompletion("of nothing but white space", " \n"),
  notACompletion("of null", "null"),
  notACompletion("of a number", "42"),
  notACompletion("of a string", '"hello"'),
  notACompletion("of an array", "[]"),
  notACompletion("of an empty object", "{}"),
  notACompletion("with choices: null", '{"choices":null}'),
  notACompletion("with choices as an object", '{"choices":{}}'),
  notACompletion("of a completion that ends early", JSON.stringify(completionBody("Hello")).slice(0, -9), {
    ...invalid,
    messageIncludes: ["200", "application/json", '"Hello"'],
  }),
  notACompletion("of an event stream", HELLO_EVENTS + FINISH_EVENTS),
  notACompletion("of HTML", "<p>Sign in", { ...invalid, messageIncludes: ["200", "application/json", "<p>Sign in"] }),
  notACompletion("of 10,000 characters of HTML, of which 500 are quoted,", `<p>${"x".repeat(10_000)}`, {
    ...invalid,
    messageIncludes: ["x".repeat(497)],
    messageExcludes: ["x".repeat(501)],
  }),
  notACompletion("with an error string", '{"error":"no GPU left"}', {
    name: "APIError",
    messageIncludes: ["no GPU left"],
  }),
  notACompletion("with an error object", '{"error":{"message":"no GPU left","code":"x"}}', {
    name: "APIError",
    messageIncludes: ["no GPU left"],
    fields: { code: "x" },
  }),
  notACompletion("with an empty error object", '{"error":{}}', { name: "APIError" }),
  notACompletion("with an error beside choices", JSON.stringify(completionBody("Hello", { error: "no GPU left" })), {
    name: "APIError",
    messageIncludes: ["no GPU left"],
  }),
  notACompletion("with an error message that is not inside an error object", '{"message":"no GPU left","code":500}', {
    name: "APIError",
    messageIncludes: ["no GPU left"],
    fields: { code: 500 },
  }),
  notACompletion("with an error that repeats the API key", `{"error":"bad ${API_KEY}"}`, {
    name: "APIError",
    messageIncludes: ["bad ***"],
  }),
  { name: "replaced by a 204", responses: [[responseHead(204)]], throws: invalid },
  {
    name: "cut off by a closed connection",
    responses: [[responseHead(200, { "content-length": "999" }), '{"id":', waitForEvent("headers"), endSocket]],
    throws: broken,
  },
  {
    name: "cut off by a connection reset",
    responses: [[responseHead(200, { "content-length": "999" }), '{"id":', waitForEvent("headers"), resetSocket]],
    throws: broken,
  },
  {
    name: "cut off between HTTP chunks",
    responses: [[sseHead(), '{"id":', waitForEvent("headers"), endSocket]],
    throws: broken,
  },
  {
    name: "declared as gzip that is not gzip",
    responses: [[sseHead({ "content-encoding": "gzip" }), JSON.stringify(completionBody("Hello")), endBody]],
    throws: broken,
  },
  {
    name: "that sends nothing for longer than timeout.idle",
    responses: [[responseHead(200, { "content-length": "999" }), '{"id":', stall]],
    options: { timeout: { idle: SHORT_TIMEOUT_MS } },
    throws: { name: "TimeoutError", messageIncludes: [/idle/i] },
    connection: "closed",
  },
]);

/** A completion with this choice, and what the choice must be when it is returned. */
function normalizedChoice(name: string, choice: object, expected: object): FailureCase {
  return {
    name,
    outcome: `is returned with ${JSON.stringify(expected)}`,
    responses: [httpJsonResponse(200, { ...completionBody(""), choices: [choice] })],
    check: ({ value }) => expect((value as ChatCompletion).choices[0]).toMatchObject(expected),
  };
}

describeFailures("a 200 response", NON_STREAMED, [
  {
    name: "of more than 64 Mi characters, sent as 70 KB of gzip,",
    responses: [[responseHead(200, { "content-encoding": "gzip" }), gzipSync(Buffer.alloc(65 * 2 ** 20, " ")), stall]],
    throws: { name: "InvalidResponseError", messageIncludes: ["larger than 64 Mi characters"] },
    connection: "closed",
  },
]);

describeFailures("a completion", NON_STREAMED, [
  {
    name: "with white space around it",
    responses: [httpResponse(200, `\n ${JSON.stringify(completionBody("Hello"))}\n`)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "with content type text/html",
    responses: [httpJsonResponse(200, completionBody("Hello"), { "content-type": "text/html" })],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "with a byte order mark",
    responses: [httpResponse(200, `\uFEFF${JSON.stringify(completionBody("Hello"))}`)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: 'with "error": null',
    responses: [httpJsonResponse(200, completionBody("Hello", { error: null }))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "with a message field beside choices",
    responses: [httpJsonResponse(200, completionBody("Hello", { message: "hi" }))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "sent byte by byte",
    responses: [[sseHead(), byteByByte(JSON.stringify(completionBody("Grüße 🌍"))), endBody]],
    delivers: "Grüße 🌍",
    connection: "kept",
  },
  {
    name: "in gzip",
    responses: [httpResponse(200, gzipSync(JSON.stringify(completionBody("Hello"))), { "content-encoding": "gzip" })],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "without a declared length",
    responses: [[responseHead(200), JSON.stringify(completionBody("Hello")), endBody]],
    delivers: "Hello",
  },
  normalizedChoice(
    'with finish_reason ""',
    { index: 0, message: { content: "" }, finish_reason: "" },
    { finish_reason: null },
  ),
  normalizedChoice(
    "with message.reasoning",
    { index: 0, message: { content: "", reasoning: "Hm." } },
    { message: { reasoning: "Hm.", reasoning_content: "Hm." } },
  ),
  normalizedChoice(
    "with tool call arguments as an object",
    {
      index: 0,
      message: {
        content: "",
        tool_calls: [{ id: "c1", type: "function", function: { name: "pay", arguments: { eur: 1 } } }],
      },
    },
    { message: { tool_calls: [{ function: { name: "pay", arguments: '{"eur":1}' } }] } },
  ),
]);

describeFailures("a request", NON_STREAMED, [
  {
    name: "with stream_options is sent without them and",
    request: { stream_options: { include_usage: true } },
    responses: [
      ({ json: body }) =>
        "stream_options" in body || "stream" in body
          ? httpJsonResponse(400, { error: "no" })
          : httpJsonResponse(200, completionBody("Hello")),
    ],
    delivers: "Hello",
  },
]);
