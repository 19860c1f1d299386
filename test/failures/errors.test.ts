/** What a server can answer instead of a 200: errors by status and by body, and redirects. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import {
  byteByByte,
  endBody,
  endSocket,
  httpHelloResponse,
  httpJsonResponse,
  httpResponse,
  type ResponseScript,
  repeatUntilClosed,
  resetSocket,
  responseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { API_KEY } from "../helpers/requests.js";
import { SHORT_TIMEOUT_MS } from "../helpers/server.js";
import { ALL_CALLS } from "./call-server.js";
import { describeFailures, type FailureCase } from "./describe-failures.js";
import type { ExpectedError } from "./expect-error.js";

const invalid: ExpectedError = { name: "InvalidResponseError" };
const once = { maxRetries: 0 };

/** One status, asked once, and the error's name. */
function status(code: number, name: string, words = "the server's words"): FailureCase {
  return {
    name: `${code}: ${words}`,
    responses: [httpJsonResponse(code, { error: { message: words } })],
    options: once,
    throws: { name, messageIncludes: [String(code), words], fields: { status: code } },
    connection: "kept",
  };
}

describeFailures("a status", ALL_CALLS, [
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

describeFailures("a context window that is too small", ALL_CALLS, [
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
function shape(
  name: string,
  answer: ResponseScript,
  says: string[],
  fields: Record<string, unknown> = {},
): FailureCase {
  const fails = { name: "RateLimitError", says: ["429", ...says], fields: { status: 429, ...fields } };
  return { name, responses: [answer], options: once, throws: fails };
}

describeFailures("an error's body", ALL_CALLS, [
  shape("a string", httpJsonResponse(429, { error: "slow down", error_code: "rate_limited" }), ["slow down"], {
    code: "rate_limited",
  }),
  shape(
    "an object",
    httpJsonResponse(429, { error: { message: "slow down", type: "tokens", param: "n", code: 7 } }),
    ["slow down"],
    { type: "tokens", param: "n", code: 7 },
  ),
  shape(
    "flat",
    httpJsonResponse(429, { message: "slow down", type: "Too Many", code: 429, request_id: "r9" }),
    ["slow down"],
    {
      type: "Too Many",
      code: 429,
      requestId: "r9",
    },
  ),
  shape(
    "of /messages",
    httpJsonResponse(429, { type: "error", request_id: "r9", error: { type: "rate", message: "slow down" } }),
    ["slow down"],
    { type: "rate", requestId: "r9" },
  ),
  shape("plain text", httpResponse(429, "slow down", { "content-type": "text/plain" }), ["slow down"], {
    body: "slow down",
  }),
  shape("HTML", httpResponse(429, "<h1>slow down</h1>", { "content-type": "text/html" }), ["slow down"]),
  shape("empty", httpResponse(429, ""), []),
  shape("JSON that is null", httpJsonResponse(429, null), []),
  shape("JSON whose error is null", httpJsonResponse(429, { error: null }), []),
  shape("JSON whose message is a number", httpJsonResponse(429, { error: { message: 7 } }), []),
  shape("JSON that is an array", httpJsonResponse(429, ["slow down"]), []),
  shape(
    "that breaks off by FIN",
    [responseHead(429, { "content-length": "99" }), '{"error":"slow do', waitForEvent("headers"), endSocket],
    ["slow do"],
  ),
  shape(
    "that breaks off by a reset",
    [responseHead(429, { "content-length": "99" }), waitForEvent("headers"), resetSocket],
    [],
  ),
  shape("that ends inside its JSON", httpResponse(429, '{"error":"slow do'), ["slow do"]),
  shape(
    "that is trickled",
    [responseHead(429, { "transfer-encoding": "chunked" }), byteByByte('{"error":"slow down"}'), endBody],
    ["slow down"],
  ),
  shape("gzip", httpResponse(429, gzipSync('{"error":"slow down"}'), { "content-encoding": "gzip" }), ["slow down"]),
  shape("no gzip", httpResponse(429, '{"error":"slow down"}', { "content-encoding": "gzip" }), []),
  shape("with a byte order mark", httpResponse(429, '\uFEFF{"error":"slow down"}'), ["slow down"]),
]);

describeFailures("an error answer", ALL_CALLS, [
  {
    name: "without an end is read up to 64 KiB",
    responses: [[responseHead(400, { "content-type": "text/plain" }), repeatUntilClosed("x".repeat(10_000))]],
    throws: { name: "BadRequestError", messageIncludes: ["x".repeat(500)], messageExcludes: ["x".repeat(501)] },
    connection: "closed",
    check: ({ error }) => {
      const { body } = error as { body?: string };
      expect(body?.length).toBeGreaterThan(60_000);
      expect(body?.length).toBeLessThanOrEqual(65_536);
    },
  },
  {
    name: "whose body never comes",
    responses: [[responseHead(400, { "content-length": "99" }), stall]],
    options: { timeout: { idle: SHORT_TIMEOUT_MS } },
    throws: { name: ["BadRequestError", "TimeoutError"] },
    connection: "closed",
  },
  {
    name: "with a reason phrase: it is not shown",
    responses: [[responseHead(429, { "content-length": "0" }, "Enhance Your Calm")]],
    options: once,
    throws: { name: "RateLimitError", messageExcludes: ["Enhance Your Calm"] },
  },
  {
    name: "with Baseten's request id",
    responses: [httpJsonResponse(400, { error: "no" }, { "x-request-id": "outer", "x-baseten-request-id": "inner" })],
    throws: { name: "BadRequestError", fields: { requestId: "inner" } },
  },
  {
    name: "with a request id",
    responses: [httpJsonResponse(400, { error: "no" }, { "x-request-id": "outer" })],
    throws: { name: "BadRequestError", fields: { requestId: "outer" } },
    check: ({ error }) => expect((error as { headers?: Headers }).headers?.get("x-request-id")).toBe("outer"),
  },
  {
    name: "that repeats the key everywhere",
    responses: [
      httpJsonResponse(
        401,
        { error: { message: `no ${API_KEY}`, type: API_KEY, param: API_KEY, code: API_KEY } },
        { "x-echo": `Bearer ${API_KEY}` },
      ),
    ],
    throws: {
      name: "AuthenticationError",
      messageIncludes: ["no ***"],
      fields: { type: "***", param: "***", code: "***" },
    },
    check: ({ error }) => {
      const { body, headers } = error as { body?: string; headers?: Headers };
      expect(body).not.toContain(API_KEY);
      expect(headers?.get("x-echo")).toBe("Bearer ***");
    },
  },
  {
    name: "that repeats the key at the cut of the message",
    responses: [httpJsonResponse(401, { error: "x".repeat(490) + API_KEY })],
    throws: { name: "AuthenticationError", messageExcludes: [API_KEY.slice(0, 8)] },
  },
  {
    name: "that repeats the key at the cap of the body",
    responses: [httpResponse(401, "x".repeat(65_536 - 10) + API_KEY)],
    throws: { name: "AuthenticationError" },
    check: ({ error }) => expect((error as { body?: string }).body).not.toContain(API_KEY.slice(0, 8)),
  },
  {
    name: "to a stream is JSON, though it claims to be an event stream",
    responses: [httpJsonResponse(400, { error: "no" }, { "content-type": "text/event-stream" })],
    throws: { name: "BadRequestError", messageIncludes: ["400", "no"] },
  },
]);

describeFailures("a redirect", ALL_CALLS, [
  ...[300, 301, 302, 303, 304, 305, 307, 308].map(
    (code): FailureCase => ({
      name: String(code),
      responses: [
        [responseHead(code, { location: "/elsewhere", ...(code === 304 ? {} : { "content-length": "0" }) })],
        httpHelloResponse,
      ],
      throws: { ...invalid, fields: { status: code } },
    }),
  ),
  {
    name: "302 without an address",
    responses: [httpResponse(302, "moved")],
    throws: { ...invalid, fields: { status: 302 } },
  },
  {
    name: "302 with a body without an end",
    responses: [[responseHead(302, { location: "/elsewhere" }), repeatUntilClosed("x".repeat(10_000))]],
    throws: invalid,
    connection: "closed",
  },
]);
