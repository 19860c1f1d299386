/** What a server can answer instead of a 200: errors by status and by body, and redirects. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { hello, json, KEY } from "../helpers/chat.js";
import { drip, end, endless, fin, head, reset, type Script, SHORT, stall, until, whole } from "../helpers/server.js";
import { ALL, type Failure, type Row, table } from "./run.js";

const invalid: Failure = { name: "InvalidResponseError" };
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
    answers: [[head(400, { "content-type": "text/plain" }), endless("x".repeat(10_000))]],
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
    options: { timeout: { idle: SHORT } },
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
    answers: [[head(302, { location: "/elsewhere" }), endless("x".repeat(10_000))]],
    fails: invalid,
    connection: "closed",
  },
]);
