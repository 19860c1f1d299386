/** Which failures are retried, how often, and what a retry sends. */

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
import { expectServerError } from "./expect-error.js";

/** An error response that allows an immediate retry. */
function retryNow(status: number): ResponseScript {
  return httpJsonResponse(status, { error: "busy" }, { "retry-after-ms": "1" });
}

const errorNames: Record<number, string> = {
  408: "TimeoutError",
  429: "RateLimitError",
  500: "InternalServerError",
  502: "InternalServerError",
  503: "InternalServerError",
  504: "TimeoutError",
  529: "InternalServerError",
};

describeFailures("a request that is answered with", ALL_CALLS, [
  ...Object.keys(errorNames).map(
    (code): FailureCase => ({
      name: `status ${code} and then a completion`,
      responses: [retryNow(Number(code)), httpHelloResponse],
      requests: 2,
      delivers: "Hello",
    }),
  ),
  ...Object.entries(errorNames).map(
    ([code, name]): FailureCase => ({
      name: `status ${code} each time`,
      responses: [retryNow(Number(code))],
      requests: 3,
      throws: { name, messageIncludes: [code, "busy"], fields: { status: Number(code), retryAfter: 1 } },
    }),
  ),
  {
    name: "503, then 429, then a completion",
    responses: [retryNow(503), retryNow(429), httpHelloResponse],
    requests: 3,
    delivers: "Hello",
  },
  {
    name: "503, then 500, then 429",
    responses: [retryNow(503), retryNow(500), retryNow(429)],
    requests: 3,
    throws: { name: "RateLimitError" },
  },
  {
    name: "503 and then 401",
    responses: [retryNow(503), httpJsonResponse(401, { error: "no" })],
    requests: 2,
    throws: { name: "AuthenticationError" },
  },
  {
    name: "503 with maxRetries: 0",
    responses: [retryNow(503), httpHelloResponse],
    options: { maxRetries: 0 },
    throws: { name: "InternalServerError" },
  },
  {
    name: "503 nine times and then a completion, with maxRetries: 9,",
    responses: [...Array<ResponseScript>(9).fill(retryNow(503)), httpHelloResponse],
    options: { maxRetries: 9 },
    requests: 10,
    delivers: "Hello",
  },
  {
    name: "503 with an endless body and then a completion",
    responses: [
      [responseHead(503, { "retry-after-ms": "1" }), repeatUntilClosed("x".repeat(10_000))],
      httpHelloResponse,
    ],
    requests: 2,
    delivers: "Hello",
  },
  {
    name: "503 with Retry-After: 0 and then a completion",
    responses: [httpJsonResponse(503, {}, { "retry-after": "0" }), httpHelloResponse],
    requests: 2,
    delivers: "Hello",
  },
  {
    name: "503 with a Retry-After date in the past and then a completion",
    responses: [httpJsonResponse(503, {}, { "retry-after": "Thu, 01 Jan 2015 00:00:00 GMT" }), httpHelloResponse],
    requests: 2,
    delivers: "Hello",
  },
]);

describeFailures("a request that is answered with", ALL_CALLS, [
  ...[400, 401, 402, 403, 404, 405, 409, 413, 418, 422, 425, 501, 505].map(
    (code): FailureCase => ({
      name: `status ${code}, which is not retried,`,
      responses: [httpJsonResponse(code, { error: "no" }, { "retry-after-ms": "1" }), httpHelloResponse],
      throws: { name: errorNameFor(code), fields: { status: code } },
      connection: "kept",
    }),
  ),
  {
    name: "a 200 whose connection is reset, which is not retried,",
    responses: [[sseHead(), waitForEvent("headers"), resetSocket], httpHelloResponse],
    throws: { name: "APIConnectionError" },
  },
  {
    name: "a 200 with an error in its body, which is not retried,",
    responses: [httpJsonResponse(200, { error: "no" }), httpHelloResponse],
    throws: { name: "APIError" },
  },
  {
    name: "a 200 with HTML, which is not retried,",
    responses: [[responseHead(200, { "transfer-encoding": "chunked" }), "<html>", endBody], httpHelloResponse],
    throws: { name: "InvalidResponseError" },
  },
]);

function errorNameFor(code: number): string {
  const known: Record<number, string> = {
    401: "AuthenticationError",
    402: "PaymentRequiredError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
  };
  return known[code] ?? (code < 500 ? "BadRequestError" : "InternalServerError");
}

describe("before a retry", () => {
  it("the unread body of the failed attempt is cancelled", async () => {
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

  it("apiKey() is called again, and the body that is sent is the same", () =>
    withServer([retryNow(503), retryNow(503), httpHelloResponse], async (server, options) => {
      let keyCalls = 0;
      await completion(REQUEST, { ...options, apiKey: async () => `${API_KEY}-${++keyCalls}` });
      expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
        [1, 2, 3].map((n) => `Bearer ${API_KEY}-${n}`),
      );
      expect(new Set(server.requests.map(({ body: sent }) => sent)).size).toBe(1);
    }));

  it("and after it each attempt's own key is redacted in the server's message", () =>
    withServer([retryNow(503), httpJsonResponse(401, { error: `bad ${API_KEY}-2` })], async (_, options) => {
      let keyCalls = 0;
      const apiKey = () => `${API_KEY}-${++keyCalls}`;
      const error = await completion(REQUEST, { ...options, apiKey }).catch((caught: unknown) => caught);
      expectServerError(error, { name: "AuthenticationError", messageIncludes: ["bad ***"], attempts: 2 });
    }));
});
