/** What a 200 to a completion can hold. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { ChatCompletion } from "../../src/index.js";
import { FINISH, HELLO, json, KEY, reply } from "../helpers/chat.js";
import { drip, end, events, fin, head, reset, SHORT, stall, until, whole } from "../helpers/server.js";
import { type Failure, type Row, table, WHOLE } from "./run.js";

const invalid: Failure = { name: "InvalidResponseError" };
const broken: Failure = { name: "APIConnectionError", cause: true };

/** A 200 with this body is no completion. */
function refused(name: string, body: string, failure: Failure = { ...invalid, says: ["200"] }): Row {
  return {
    name,
    answers: [whole(200, body, { "content-type": "application/json" })],
    fails: failure,
    connection: "kept",
  };
}

table("a 200", WHOLE, [
  refused("that is empty", ""),
  refused("that is white space", " \n"),
  refused("that is null", "null"),
  refused("that is a number", "42"),
  refused("that is a string", '"hello"'),
  refused("that is an array", "[]"),
  refused("that is an empty object", "{}"),
  refused("whose choices are null", '{"choices":null}'),
  refused("whose choices are an object", '{"choices":{}}'),
  refused("that is cut off", JSON.stringify(reply("Hello")).slice(0, -9), {
    ...invalid,
    says: ["200", "application/json", '"Hello"'],
  }),
  refused("that is an event stream", HELLO + FINISH),
  refused("that is HTML", "<p>Sign in", { ...invalid, says: ["200", "application/json", "<p>Sign in"] }),
  refused("that is 10,000 characters of HTML", `<p>${"x".repeat(10_000)}`, {
    ...invalid,
    says: ["x".repeat(497)],
    hides: ["x".repeat(501)],
  }),
  refused("that is an error as a string", '{"error":"no GPU left"}', { name: "APIError", says: ["no GPU left"] }),
  refused("that is an error as an object", '{"error":{"message":"no GPU left","code":"x"}}', {
    name: "APIError",
    says: ["no GPU left"],
    fields: { code: "x" },
  }),
  refused("that is an error which says nothing", '{"error":{}}', { name: "APIError" }),
  refused("that is an error beside choices", JSON.stringify(reply("Hello", { error: "no GPU left" })), {
    name: "APIError",
    says: ["no GPU left"],
  }),
  refused("that is a flat error", '{"message":"no GPU left","code":500}', {
    name: "APIError",
    says: ["no GPU left"],
    fields: { code: 500 },
  }),
  refused("that is an error with the key in it", `{"error":"bad ${KEY}"}`, { name: "APIError", says: ["bad ***"] }),
  { name: "that is 204", answers: [[head(204)]], fails: invalid },
  {
    name: "that breaks off by FIN",
    answers: [[head(200, { "content-length": "999" }), '{"id":', until("headers"), fin]],
    fails: broken,
  },
  {
    name: "that breaks off by a reset",
    answers: [[head(200, { "content-length": "999" }), '{"id":', until("headers"), reset]],
    fails: broken,
  },
  {
    name: "that breaks off between HTTP chunks",
    answers: [[events(), '{"id":', until("headers"), fin]],
    fails: broken,
  },
  {
    name: "that is no gzip",
    answers: [[events({ "content-encoding": "gzip" }), JSON.stringify(reply("Hello")), end]],
    fails: broken,
  },
  {
    name: "that falls silent",
    answers: [[head(200, { "content-length": "999" }), '{"id":', stall]],
    options: { timeout: { idle: SHORT } },
    fails: { name: "TimeoutError", says: [/idle/i] },
    connection: "closed",
  },
]);

/** What a completion becomes. */
function normal(name: string, choice: object, seen: object): Row {
  return {
    name,
    answers: [json(200, { ...reply(""), choices: [choice] })],
    check: ({ value }) => expect((value as ChatCompletion).choices[0]).toMatchObject(seen),
  };
}

table("a good 200", WHOLE, [
  {
    name: "with white space around",
    answers: [whole(200, `\n ${JSON.stringify(reply("Hello"))}\n`)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "with a content type that lies",
    answers: [json(200, reply("Hello"), { "content-type": "text/html" })],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "with a byte order mark",
    answers: [whole(200, `\uFEFF${JSON.stringify(reply("Hello"))}`)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: 'with "error": null',
    answers: [json(200, reply("Hello", { error: null }))],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "with a message beside choices",
    answers: [json(200, reply("Hello", { message: "hi" }))],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "one byte at a time",
    answers: [[events(), drip(JSON.stringify(reply("Grüße 🌍"))), end]],
    gives: "Grüße 🌍",
    connection: "kept",
  },
  {
    name: "in gzip",
    answers: [whole(200, gzipSync(JSON.stringify(reply("Hello"))), { "content-encoding": "gzip" })],
    gives: "Hello",
    connection: "kept",
  },
  { name: "of no declared length", answers: [[head(200), JSON.stringify(reply("Hello")), end]], gives: "Hello" },
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

table("a server that asks for stream_options to be left out", WHOLE, [
  {
    name: "gets none with a completion",
    request: { stream_options: { include_usage: true } },
    answers: [
      ({ json: body }) =>
        "stream_options" in body || "stream" in body ? json(400, { error: "no" }) : json(200, reply("Hello")),
    ],
    gives: "Hello",
  },
]);
