/** What is sent again, how often, and what is not. */

import { describe, expect, it } from "vitest";
import { completion } from "../../src/index.js";
import { hello, json, KEY, REQUEST, reply } from "../helpers/chat.js";
import { body, fake } from "../helpers/fake.js";
import { end, endless, events, head, reset, type Script, until } from "../helpers/server.js";
import { ALL, against, expectError, type Row, table } from "./run.js";

/** A failure that asks to come back at once. */
function busy(status: number): Script {
  return json(status, { error: "busy" }, { "retry-after-ms": "1" });
}

const names: Record<number, string> = {
  408: "TimeoutError",
  429: "RateLimitError",
  500: "InternalServerError",
  502: "InternalServerError",
  503: "InternalServerError",
  504: "TimeoutError",
};

table("a failure that may pass", ALL, [
  ...Object.keys(names).map(
    (code): Row => ({
      name: `${code}, then an answer`,
      answers: [busy(Number(code)), hello],
      requests: 2,
      gives: "Hello",
    }),
  ),
  ...Object.entries(names).map(
    ([code, name]): Row => ({
      name: `${code} for ever`,
      answers: [busy(Number(code))],
      requests: 3,
      fails: { name, says: [code, "busy"], fields: { status: Number(code), retryAfter: 1 } },
    }),
  ),
  { name: "twice, then an answer", answers: [busy(503), busy(429), hello], requests: 3, gives: "Hello" },
  {
    name: "each time another: the last is told",
    answers: [busy(503), busy(500), busy(429)],
    requests: 3,
    fails: { name: "RateLimitError" },
  },
  {
    name: "then one that will not",
    answers: [busy(503), json(401, { error: "no" })],
    requests: 2,
    fails: { name: "AuthenticationError" },
  },
  {
    name: "but nobody wants retries",
    answers: [busy(503), hello],
    options: { maxRetries: 0 },
    fails: { name: "InternalServerError" },
  },
  {
    name: "nine times, if the caller says so",
    answers: [...Array<Script>(9).fill(busy(503)), hello],
    options: { maxRetries: 9 },
    requests: 10,
    gives: "Hello",
  },
  {
    name: "with a body without an end",
    answers: [[head(503, { "retry-after-ms": "1" }), endless("x".repeat(10_000))], hello],
    requests: 2,
    gives: "Hello",
  },
  { name: "with Retry-After: 0", answers: [json(503, {}, { "retry-after": "0" }), hello], requests: 2, gives: "Hello" },
  {
    name: "with a date in the past",
    answers: [json(503, {}, { "retry-after": "Thu, 01 Jan 2015 00:00:00 GMT" }), hello],
    requests: 2,
    gives: "Hello",
  },
]);

table("a failure that will not pass", ALL, [
  ...[400, 401, 402, 403, 404, 405, 409, 413, 418, 422, 425, 501, 505, 529].map(
    (code): Row => ({
      name: String(code),
      answers: [json(code, { error: "no" }, { "retry-after-ms": "1" }), hello],
      fails: { name: nameOf(code), fields: { status: code } },
      connection: "kept",
    }),
  ),
  {
    name: "a 200 that breaks",
    answers: [[events(), until("headers"), reset], hello],
    fails: { name: "APIConnectionError" },
  },
  { name: "a 200 that reports an error", answers: [json(200, { error: "no" }), hello], fails: { name: "APIError" } },
  {
    name: "a 200 that is a page",
    answers: [[head(200, { "transfer-encoding": "chunked" }), "<html>", end], hello],
    fails: { name: "InvalidResponseError" },
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
    const unread = body(["x".repeat(100), "y"]);
    const fetch = fake(
      () => new Response(unread.stream, { status: 503, headers: { "retry-after": "0" } }),
      () => {
        expect(unread.state).toBe("cancelled");
        return new Response(JSON.stringify(reply("Hello")));
      },
    );
    expect((await completion(REQUEST, { fetch, baseURL: "http://host.test" })).choices[0]?.message.content).toBe(
      "Hello",
    );
    expect(fetch.calls.length).toBe(2);
  });

  it("the key is asked for again, and the request is the same", () =>
    against([busy(503), busy(503), hello], async (server, options) => {
      let asked = 0;
      await completion(REQUEST, { ...options, apiKey: async () => `${KEY}-${++asked}` });
      expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
        [1, 2, 3].map((n) => `Bearer ${KEY}-${n}`),
      );
      expect(new Set(server.requests.map(({ body: sent }) => sent)).size).toBe(1);
    }));

  it("each attempt's own key is hidden in what the server says of it", () =>
    against([busy(503), json(401, { error: `bad ${KEY}-2` })], async (_, options) => {
      let asked = 0;
      const apiKey = () => `${KEY}-${++asked}`;
      const error = await completion(REQUEST, { ...options, apiKey }).catch((caught: unknown) => caught);
      expectError(error, { name: "AuthenticationError", says: ["bad ***"], attempts: 2 }, 2);
    }));
});
