/** What a server can answer instead of a completion: errors by status and body, and 200s that are no completion. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { ChatCompletion } from "../../src/index.js";
import { FINISH, HELLO, hello, json, KEY, reply } from "../helpers/chat.js";
import { drip, end, endless, events, fin, head, reset, type Script, stall, until, whole } from "../helpers/server.js";
import { ALL, type Failure, type Row, table, WHOLE } from "./run.js";

const invalid: Failure = { name: "InvalidResponseError" };
const broken: Failure = { name: "APIConnectionError", cause: true };
const once = { maxRetries: 0 };

/** One status, asked once, and the error's name. */
function status(code: number, name: string, words = "the server's words"): Row {
  return {
    name: `${code}: ${words}`,
    answers: [json(code, { error: { message: words } })],
    options: once,
    fails: { name, says: [String(code), words], fields: { status: code } },
    connection: "kept",
  };
}

table("a status", ALL, [
  status(400, "BadRequestError"),
  status(401, "AuthenticationError"),
  status(402, "PaymentRequiredError"),
  status(403, "PermissionDeniedError"),
  status(403, "AuthenticationError", "please check the api-key you provided"),
  status(404, "NotFoundError"),
  status(405, "BadRequestError"),
  status(408, "TimeoutError"),
  status(409, "BadRequestError"),
  status(413, "BadRequestError"),
  status(418, "BadRequestError"),
  status(422, "BadRequestError"),
  status(429, "RateLimitError"),
  status(451, "BadRequestError"),
  status(500, "InternalServerError"),
  status(501, "InternalServerError"),
  status(502, "InternalServerError"),
  status(503, "InternalServerError"),
  status(504, "TimeoutError"),
  status(529, "InternalServerError"),
]);

table("a context window that is too small", ALL, [
  status(400, "ContextWindowExceededError", "This model's maximum context length is 8192 tokens."),
  status(413, "ContextWindowExceededError", "prompt EXCEEDS the available context size"),
  status(422, "ContextWindowExceededError", "`inputs` tokens + `max_new_tokens` must be <= 4096"),
  status(400, "ContextWindowExceededError", "You exceed context limit of the model"),
  status(400, "ContextWindowExceededError", "the maximum context limit is 4096"),
  status(400, "ContextWindowExceededError", "string too long. Expected a string with maximum length 100"),
  status(400, "ContextWindowExceededError", "The prompt is longer than the model's context length"),
  status(400, "ContextWindowExceededError", "Input tokens exceed the configured limit of 1000"),
  status(400, "ContextWindowExceededError", "Request exceeds the available context size, try increasing it"),
  status(400, "ContextWindowExceededError", "This exceeds the maximum number of tokens allowed"),
  status(400, "ContextWindowExceededError", "current length is 9000 while limit is 8192"),
  status(400, "ContextWindowExceededError", "maximum input length is 8192 tokens"),
  status(429, "RateLimitError", "maximum context length of your tier"),
  status(500, "InternalServerError", "maximum context length"),
]);

/** An error of 429 with this body, and what of it must be found. */
function shape(name: string, answer: Script, says: string[], fields: Record<string, unknown> = {}): Row {
  const fails = { name: "RateLimitError", says: ["429", ...says], fields: { status: 429, ...fields } };
  return { name, answers: [answer], options: once, fails };
}

table("an error's body", ALL, [
  shape("a string", json(429, { error: "slow down", error_code: "rate_limited" }), ["slow down"], {
    code: "rate_limited",
  }),
  shape(
    "an object",
    json(429, { error: { message: "slow down", type: "tokens", param: "n", code: 7 } }),
    ["slow down"],
    { type: "tokens", param: "n", code: 7 },
  ),
  shape("flat", json(429, { message: "slow down", type: "Too Many", code: 429, request_id: "r9" }), ["slow down"], {
    type: "Too Many",
    code: 429,
    requestId: "r9",
  }),
  shape(
    "of /messages",
    json(429, { type: "error", request_id: "r9", error: { type: "rate", message: "slow down" } }),
    ["slow down"],
    { type: "rate", requestId: "r9" },
  ),
  shape("plain text", whole(429, "slow down", { "content-type": "text/plain" }), ["slow down"], { body: "slow down" }),
  shape("HTML", whole(429, "<h1>slow down</h1>", { "content-type": "text/html" }), ["slow down"]),
  shape("empty", whole(429, ""), []),
  shape("JSON that is null", json(429, null), []),
  shape("JSON whose error is null", json(429, { error: null }), []),
  shape("JSON whose message is a number", json(429, { error: { message: 7 } }), []),
  shape("JSON that is an array", json(429, ["slow down"]), []),
  shape(
    "that breaks off by FIN",
    [head(429, { "content-length": "99" }), '{"error":"slow do', until("headers"), fin],
    ["slow do"],
  ),
  shape("that breaks off by a reset", [head(429, { "content-length": "99" }), until("headers"), reset], []),
  shape("that ends inside its JSON", whole(429, '{"error":"slow do'), ["slow do"]),
  shape(
    "that is trickled",
    [head(429, { "transfer-encoding": "chunked" }), drip('{"error":"slow down"}'), end],
    ["slow down"],
  ),
  shape("gzip", whole(429, gzipSync('{"error":"slow down"}'), { "content-encoding": "gzip" }), ["slow down"]),
  shape("no gzip", whole(429, '{"error":"slow down"}', { "content-encoding": "gzip" }), []),
  shape("with a byte order mark", whole(429, '\uFEFF{"error":"slow down"}'), ["slow down"]),
]);

table("an error answer", ALL, [
  {
    name: "without an end is read up to 64 KiB",
    answers: [[head(400, { "content-type": "text/plain" }), endless("x".repeat(1_000))]],
    fails: { name: "BadRequestError", says: ["x".repeat(500)], hides: ["x".repeat(501)] },
    connection: "closed",
    check: ({ error }) => {
      const { body } = error as { body?: string };
      expect(body?.length).toBeGreaterThan(60_000);
      expect(body?.length).toBeLessThanOrEqual(65_536);
    },
  },
  {
    name: "whose body never comes",
    answers: [[head(400, { "content-length": "99" }), stall]],
    options: { timeout: { idle: 150 } },
    fails: { name: ["BadRequestError", "TimeoutError"] },
    connection: "closed",
  },
  {
    name: "with a reason phrase: it is not shown",
    answers: [[head(429, { "content-length": "0" }, "Enhance Your Calm")]],
    options: once,
    fails: { name: "RateLimitError", hides: ["Enhance Your Calm"] },
  },
  {
    name: "with Baseten's request id",
    answers: [json(400, { error: "no" }, { "x-request-id": "outer", "x-baseten-request-id": "inner" })],
    fails: { name: "BadRequestError", fields: { requestId: "inner" } },
  },
  {
    name: "with a request id",
    answers: [json(400, { error: "no" }, { "x-request-id": "outer" })],
    fails: { name: "BadRequestError", fields: { requestId: "outer" } },
    check: ({ error }) => expect((error as { headers?: Headers }).headers?.get("x-request-id")).toBe("outer"),
  },
  {
    name: "that repeats the key everywhere",
    answers: [
      json(401, { error: { message: `no ${KEY}`, type: KEY, param: KEY, code: KEY } }, { "x-echo": `Bearer ${KEY}` }),
    ],
    fails: { name: "AuthenticationError", says: ["no ***"], fields: { type: "***", param: "***", code: "***" } },
    check: ({ error }) => {
      const { body, headers } = error as { body?: string; headers?: Headers };
      expect(body).not.toContain(KEY);
      expect(headers?.get("x-echo")).toBe("Bearer ***");
    },
  },
  {
    name: "that repeats the key at the cut of the message",
    answers: [json(401, { error: "x".repeat(490) + KEY })],
    fails: { name: "AuthenticationError", hides: [KEY.slice(0, 8)] },
  },
  {
    name: "that repeats the key at the cap of the body",
    answers: [whole(401, "x".repeat(65_536 - 10) + KEY)],
    fails: { name: "AuthenticationError" },
    check: ({ error }) => expect((error as { body?: string }).body).not.toContain(KEY.slice(0, 8)),
  },
  {
    name: "to a stream is JSON, though it claims to be an event stream",
    answers: [json(400, { error: "no" }, { "content-type": "text/event-stream" })],
    fails: { name: "BadRequestError", says: ["400", "no"] },
  },
]);

table("a redirect", ALL, [
  ...[300, 301, 302, 303, 304, 305, 307, 308].map(
    (code): Row => ({
      name: String(code),
      answers: [[head(code, { location: "/elsewhere", ...(code === 304 ? {} : { "content-length": "0" }) })], hello],
      fails: { ...invalid, fields: { status: code } },
    }),
  ),
  { name: "302 without an address", answers: [whole(302, "moved")], fails: { ...invalid, fields: { status: 302 } } },
  {
    name: "302 with a body without an end",
    answers: [[head(302, { location: "/elsewhere" }), endless("x".repeat(1_000))]],
    fails: invalid,
    connection: "closed",
  },
]);

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
    options: { timeout: { idle: 150 } },
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
