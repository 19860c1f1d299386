/** What a 200 to a completion can hold. */

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
const broken: ExpectedError = { name: "APIConnectionError", cause: true };

/** A 200 with this body is no completion. */
function refused(
  name: string,
  body: string,
  failure: ExpectedError = { ...invalid, messageIncludes: ["200"] },
): FailureCase {
  return {
    name,
    responses: [httpResponse(200, body, { "content-type": "application/json" })],
    throws: failure,
    connection: "kept",
  };
}

describeFailures("a 200", NON_STREAMED, [
  refused("that is empty", ""),
  refused("that is white space", " \n"),
  refused("that is null", "null"),
  refused("that is a number", "42"),
  refused("that is a string", '"hello"'),
  refused("that is an array", "[]"),
  refused("that is an empty object", "{}"),
  refused("whose choices are null", '{"choices":null}'),
  refused("whose choices are an object", '{"choices":{}}'),
  refused("that is cut off", JSON.stringify(completionBody("Hello")).slice(0, -9), {
    ...invalid,
    messageIncludes: ["200", "application/json", '"Hello"'],
  }),
  refused("that is an event stream", HELLO_EVENTS + FINISH_EVENTS),
  refused("that is HTML", "<p>Sign in", { ...invalid, messageIncludes: ["200", "application/json", "<p>Sign in"] }),
  refused("that is 10,000 characters of HTML", `<p>${"x".repeat(10_000)}`, {
    ...invalid,
    messageIncludes: ["x".repeat(497)],
    messageExcludes: ["x".repeat(501)],
  }),
  refused("that is an error as a string", '{"error":"no GPU left"}', {
    name: "APIError",
    messageIncludes: ["no GPU left"],
  }),
  refused("that is an error as an object", '{"error":{"message":"no GPU left","code":"x"}}', {
    name: "APIError",
    messageIncludes: ["no GPU left"],
    fields: { code: "x" },
  }),
  refused("that is an error which says nothing", '{"error":{}}', { name: "APIError" }),
  refused("that is an error beside choices", JSON.stringify(completionBody("Hello", { error: "no GPU left" })), {
    name: "APIError",
    messageIncludes: ["no GPU left"],
  }),
  refused("that is a flat error", '{"message":"no GPU left","code":500}', {
    name: "APIError",
    messageIncludes: ["no GPU left"],
    fields: { code: 500 },
  }),
  refused("that is an error with the key in it", `{"error":"bad ${API_KEY}"}`, {
    name: "APIError",
    messageIncludes: ["bad ***"],
  }),
  { name: "that is 204", responses: [[responseHead(204)]], throws: invalid },
  {
    name: "that breaks off by FIN",
    responses: [[responseHead(200, { "content-length": "999" }), '{"id":', waitForEvent("headers"), endSocket]],
    throws: broken,
  },
  {
    name: "that breaks off by a reset",
    responses: [[responseHead(200, { "content-length": "999" }), '{"id":', waitForEvent("headers"), resetSocket]],
    throws: broken,
  },
  {
    name: "that breaks off between HTTP chunks",
    responses: [[sseHead(), '{"id":', waitForEvent("headers"), endSocket]],
    throws: broken,
  },
  {
    name: "that is no gzip",
    responses: [[sseHead({ "content-encoding": "gzip" }), JSON.stringify(completionBody("Hello")), endBody]],
    throws: broken,
  },
  {
    name: "that falls silent",
    responses: [[responseHead(200, { "content-length": "999" }), '{"id":', stall]],
    options: { timeout: { idle: SHORT_TIMEOUT_MS } },
    throws: { name: "TimeoutError", messageIncludes: [/idle/i] },
    connection: "closed",
  },
]);

/** What a completion becomes. */
function normal(name: string, choice: object, seen: object): FailureCase {
  return {
    name,
    responses: [httpJsonResponse(200, { ...completionBody(""), choices: [choice] })],
    check: ({ value }) => expect((value as ChatCompletion).choices[0]).toMatchObject(seen),
  };
}

describeFailures("a good 200", NON_STREAMED, [
  {
    name: "with white space around",
    responses: [httpResponse(200, `\n ${JSON.stringify(completionBody("Hello"))}\n`)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "with a content type that lies",
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
    name: "with a message beside choices",
    responses: [httpJsonResponse(200, completionBody("Hello", { message: "hi" }))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "one byte at a time",
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
    name: "of no declared length",
    responses: [[responseHead(200), JSON.stringify(completionBody("Hello")), endBody]],
    delivers: "Hello",
  },
  normal(
    "whose finish_reason is empty",
    { index: 0, message: { content: "" }, finish_reason: "" },
    { finish_reason: null },
  ),
  normal(
    "that calls it reasoning",
    { index: 0, message: { content: "", reasoning: "Hm." } },
    { message: { reasoning: "Hm.", reasoning_content: "Hm." } },
  ),
  normal(
    "whose arguments are an object",
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

describeFailures("a server that asks for stream_options to be left out", NON_STREAMED, [
  {
    name: "gets none with a completion",
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
