/** Error responses, by status and by body, and redirects. */

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
const noRetries = { maxRetries: 0 };

/** A response with this status and message, and the name of the error. */
function status(code: number, name: string, message = "the server's message"): FailureCase {
  return {
    name: `with status ${code} and the message "${message}"`,
    responses: [httpJsonResponse(code, { error: { message } })],
    options: noRetries,
    throws: { name, messageIncludes: [String(code), message], fields: { status: code } },
    connection: "kept",
  };
}

describeFailures("an error response", ALL_CALLS, [
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

describeFailures("a response about the context window", ALL_CALLS, [
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

/** A 429 response, and the text and the fields that the error must have. */
function rateLimited(
  name: string,
  response: ResponseScript,
  messageIncludes: string[],
  fields: Record<string, unknown> = {},
): FailureCase {
  return {
    name,
    responses: [response],
    options: noRetries,
    throws: {
      name: "RateLimitError",
      messageIncludes: ["429", ...messageIncludes],
      fields: { status: 429, ...fields },
    },
  };
}

describeFailures("a 429 response whose body is", ALL_CALLS, [
  rateLimited(
    "JSON with an error string",
    httpJsonResponse(429, { error: "slow down", error_code: "rate_limited" }),
    ["slow down"],
    {
      code: "rate_limited",
    },
  ),
  rateLimited(
    "JSON with an error object",
    httpJsonResponse(429, { error: { message: "slow down", type: "tokens", param: "n", code: 7 } }),
    ["slow down"],
    { type: "tokens", param: "n", code: 7 },
  ),
  rateLimited(
    "JSON with a message and no error object",
    httpJsonResponse(429, { message: "slow down", type: "Too Many", code: 429, request_id: "r9" }),
    ["slow down"],
    {
      type: "Too Many",
      code: 429,
      requestId: "r9",
    },
  ),
  rateLimited(
    "in the format of /messages",
    httpJsonResponse(429, { type: "error", request_id: "r9", error: { type: "rate", message: "slow down" } }),
    ["slow down"],
    { type: "rate", requestId: "r9" },
  ),
  rateLimited("plain text", httpResponse(429, "slow down", { "content-type": "text/plain" }), ["slow down"], {
    body: "slow down",
  }),
  rateLimited("HTML", httpResponse(429, "<h1>slow down</h1>", { "content-type": "text/html" }), ["slow down"]),
  rateLimited("empty", httpResponse(429, ""), []),
  rateLimited("JSON that is null", httpJsonResponse(429, null), []),
  rateLimited("JSON whose error is null", httpJsonResponse(429, { error: null }), []),
  rateLimited("JSON whose message is a number", httpJsonResponse(429, { error: { message: 7 } }), []),
  rateLimited("JSON that is an array", httpJsonResponse(429, ["slow down"]), []),
  rateLimited(
    "cut off by a closed connection",
    [responseHead(429, { "content-length": "99" }), '{"error":"slow do', waitForEvent("headers"), endSocket],
    ["slow do"],
  ),
  rateLimited(
    "cut off by a connection reset",
    [responseHead(429, { "content-length": "99" }), waitForEvent("headers"), resetSocket],
    [],
  ),
  rateLimited("JSON that ends early", httpResponse(429, '{"error":"slow do'), ["slow do"]),
  rateLimited(
    "sent byte by byte",
    [responseHead(429, { "transfer-encoding": "chunked" }), byteByByte('{"error":"slow down"}'), endBody],
    ["slow down"],
  ),
  rateLimited("in gzip", httpResponse(429, gzipSync('{"error":"slow down"}'), { "content-encoding": "gzip" }), [
    "slow down",
  ]),
  rateLimited(
    "declared as gzip and is not",
    httpResponse(429, '{"error":"slow down"}', { "content-encoding": "gzip" }),
    [],
  ),
  rateLimited("JSON with a byte order mark", httpResponse(429, '\uFEFF{"error":"slow down"}'), ["slow down"]),
]);

describeFailures("an error response", ALL_CALLS, [
  {
    name: "with an endless body, read up to 64 KiB,",
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
    name: "whose body never arrives",
    responses: [[responseHead(400, { "content-length": "99" }), stall]],
    options: { timeout: { idle: SHORT_TIMEOUT_MS } },
    throws: { name: ["BadRequestError", "TimeoutError"] },
    connection: "closed",
  },
  {
    name: "with a reason phrase, which the message leaves out,",
    responses: [[responseHead(429, { "content-length": "0" }, "Slow Down")]],
    options: noRetries,
    throws: { name: "RateLimitError", messageExcludes: ["Slow Down"] },
  },
  {
    name: "with x-baseten-request-id, which takes precedence over x-request-id,",
    responses: [httpJsonResponse(400, { error: "no" }, { "x-request-id": "outer", "x-baseten-request-id": "inner" })],
    throws: { name: "BadRequestError", fields: { requestId: "inner" } },
  },
  {
    name: "with x-request-id",
    responses: [httpJsonResponse(400, { error: "no" }, { "x-request-id": "outer" })],
    throws: { name: "BadRequestError", fields: { requestId: "outer" } },
    check: ({ error }) => expect((error as { headers?: Headers }).headers?.get("x-request-id")).toBe("outer"),
  },
  {
    name: "that repeats the API key in its body and headers",
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
    name: "that repeats the API key where the message is cut",
    responses: [httpJsonResponse(401, { error: "x".repeat(490) + API_KEY })],
    throws: { name: "AuthenticationError", messageExcludes: [API_KEY.slice(0, 8)] },
  },
  {
    name: "that repeats the API key where the body is cut",
    responses: [httpResponse(401, "x".repeat(65_536 - 10) + API_KEY)],
    throws: { name: "AuthenticationError" },
    check: ({ error }) => expect((error as { body?: string }).body).not.toContain(API_KEY.slice(0, 8)),
  },
  {
    name: "with JSON declared as text/event-stream",
    responses: [httpJsonResponse(400, { error: "no" }, { "content-type": "text/event-stream" })],
    throws: { name: "BadRequestError", messageIncludes: ["400", "no"] },
  },
]);

describeFailures("a redirect", ALL_CALLS, [
  ...[300, 301, 302, 303, 304, 305, 307, 308].map(
    (code): FailureCase => ({
      name: `with status ${code}`,
      responses: [
        [responseHead(code, { location: "/elsewhere", ...(code === 304 ? {} : { "content-length": "0" }) })],
        httpHelloResponse,
      ],
      throws: { ...invalid, fields: { status: code } },
    }),
  ),
  {
    name: "with status 302 and no Location",
    responses: [httpResponse(302, "moved")],
    throws: { ...invalid, fields: { status: 302 } },
  },
  {
    name: "with an endless body",
    responses: [[responseHead(302, { location: "/elsewhere" }), repeatUntilClosed("x".repeat(10_000))]],
    throws: invalid,
    connection: "closed",
  },
]);
