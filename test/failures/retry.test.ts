/** What is sent again, how often, and what is not. */

import { describe, expect, it } from "vitest";
import { completion } from "../../src/index.js";
import {
  endBody,
  httpHelloResponse,
  httpJsonResponse,
  type ResponseScript,
  repeatUntilClosed,
  resetSocket,
  responseHead,
  sseHead,
  waitForEvent,
} from "../helpers/http-response.js";
import { recordedFetch, scriptedBody } from "../helpers/recorded-fetch.js";
import { API_KEY, REQUEST } from "../helpers/requests.js";
import { completionBody } from "../helpers/wire-chunks.js";
import { ALL_CALLS } from "./call-server.js";
import { describeFailures, type FailureCase, withServer } from "./describe-failures.js";
import { expectError } from "./expect-error.js";

/** A failure that asks to come back at once. */
function busy(status: number): ResponseScript {
  return httpJsonResponse(status, { error: "busy" }, { "retry-after-ms": "1" });
}

const names: Record<number, string> = {
  408: "TimeoutError",
  429: "RateLimitError",
  500: "InternalServerError",
  502: "InternalServerError",
  503: "InternalServerError",
  504: "TimeoutError",
};

describeFailures("a failure that may pass", ALL_CALLS, [
  ...Object.keys(names).map(
    (code): FailureCase => ({
      name: `${code}, then an answer`,
      responses: [busy(Number(code)), httpHelloResponse],
      requests: 2,
      delivers: "Hello",
    }),
  ),
  ...Object.entries(names).map(
    ([code, name]): FailureCase => ({
      name: `${code} for ever`,
      responses: [busy(Number(code))],
      requests: 3,
      throws: { name, messageIncludes: [code, "busy"], fields: { status: Number(code), retryAfter: 1 } },
    }),
  ),
  {
    name: "twice, then an answer",
    responses: [busy(503), busy(429), httpHelloResponse],
    requests: 3,
    delivers: "Hello",
  },
  {
    name: "each time another: the last is told",
    responses: [busy(503), busy(500), busy(429)],
    requests: 3,
    throws: { name: "RateLimitError" },
  },
  {
    name: "then one that will not",
    responses: [busy(503), httpJsonResponse(401, { error: "no" })],
    requests: 2,
    throws: { name: "AuthenticationError" },
  },
  {
    name: "but nobody wants retries",
    responses: [busy(503), httpHelloResponse],
    options: { maxRetries: 0 },
    throws: { name: "InternalServerError" },
  },
  {
    name: "nine times, if the caller says so",
    responses: [...Array<ResponseScript>(9).fill(busy(503)), httpHelloResponse],
    options: { maxRetries: 9 },
    requests: 10,
    delivers: "Hello",
  },
  {
    name: "with a body without an end",
    responses: [
      [responseHead(503, { "retry-after-ms": "1" }), repeatUntilClosed("x".repeat(10_000))],
      httpHelloResponse,
    ],
    requests: 2,
    delivers: "Hello",
  },
  {
    name: "with Retry-After: 0",
    responses: [httpJsonResponse(503, {}, { "retry-after": "0" }), httpHelloResponse],
    requests: 2,
    delivers: "Hello",
  },
  {
    name: "with a date in the past",
    responses: [httpJsonResponse(503, {}, { "retry-after": "Thu, 01 Jan 2015 00:00:00 GMT" }), httpHelloResponse],
    requests: 2,
    delivers: "Hello",
  },
]);

describeFailures("a failure that will not pass", ALL_CALLS, [
  ...[400, 401, 402, 403, 404, 405, 409, 413, 418, 422, 425, 501, 505, 529].map(
    (code): FailureCase => ({
      name: String(code),
      responses: [httpJsonResponse(code, { error: "no" }, { "retry-after-ms": "1" }), httpHelloResponse],
      throws: { name: nameOf(code), fields: { status: code } },
      connection: "kept",
    }),
  ),
  {
    name: "a 200 that breaks",
    responses: [[sseHead(), waitForEvent("headers"), resetSocket], httpHelloResponse],
    throws: { name: "APIConnectionError" },
  },
  {
    name: "a 200 that reports an error",
    responses: [httpJsonResponse(200, { error: "no" }), httpHelloResponse],
    throws: { name: "APIError" },
  },
  {
    name: "a 200 that is a page",
    responses: [[responseHead(200, { "transfer-encoding": "chunked" }), "<html>", endBody], httpHelloResponse],
    throws: { name: "InvalidResponseError" },
  },
]);

function nameOf(code: number): string {
  const known: Record<number, string> = {
    401: "AuthenticationError",
    402: "PaymentRequiredError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
  };
  return known[code] ?? (code < 500 ? "BadRequestError" : "InternalServerError");
}

describe("before a retry", () => {
  it("the unread body of the attempt is cancelled", async () => {
    const unread = scriptedBody(["x".repeat(100), "y"]);
    const fetch = recordedFetch(
      () => new Response(unread.stream, { status: 503, headers: { "retry-after": "0" } }),
      () => {
        expect(unread.state).toBe("cancelled");
        return new Response(JSON.stringify(completionBody("Hello")));
      },
    );
    expect((await completion(REQUEST, { fetch, baseURL: "http://host.test" })).choices[0]?.message.content).toBe(
      "Hello",
    );
    expect(fetch.calls.length).toBe(2);
  });

  it("the key is asked for again, and the request is the same", () =>
    withServer([busy(503), busy(503), httpHelloResponse], async (server, options) => {
      let asked = 0;
      await completion(REQUEST, { ...options, apiKey: async () => `${API_KEY}-${++asked}` });
      expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
        [1, 2, 3].map((n) => `Bearer ${API_KEY}-${n}`),
      );
      expect(new Set(server.requests.map(({ body: sent }) => sent)).size).toBe(1);
    }));

  it("each attempt's own key is hidden in what the server says of it", () =>
    withServer([busy(503), httpJsonResponse(401, { error: `bad ${API_KEY}-2` })], async (_, options) => {
      let asked = 0;
      const apiKey = () => `${API_KEY}-${++asked}`;
      const error = await completion(REQUEST, { ...options, apiKey }).catch((caught: unknown) => caught);
      expectError(error, { name: "AuthenticationError", messageIncludes: ["bad ***"], attempts: 2 }, 2);
    }));
});
