/** How long a call waits before a retry, and which long attempts are not retried, with fake timers. */

import { describe, expect, it } from "vitest";
import { completion } from "../../src/index.js";
import { advanceTime, delayedResponse, observe, useFakeTime } from "../helpers/fake-time.js";
import { type Responder, recordedFetch } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { completionBody } from "../helpers/wire-chunks.js";
import { expectError } from "./expect-error.js";

const second = 1_000;
const base = { baseURL: "http://host.test/v1", apiKey: "some-key-of-ours" };

useFakeTime();

function status(code: number, headers: Record<string, string> = {}): Responder {
  return () => new Response("{}", { status: code, headers });
}

const rejects: Responder = () => Promise.reject(new TypeError("fetch failed"));
const hello: Responder = () => new Response(JSON.stringify(completionBody("Hello")));

describe("a wait before a retry", () => {
  /** Response headers, and the wait in ms that they ask for. */
  const accepted: [string, Record<string, string>, number][] = [
    ["Retry-After: 7", { "retry-after": "7" }, 7_000],
    ["Retry-After: 0", { "retry-after": "0" }, 0],
    ["Retry-After: 60", { "retry-after": "60" }, 60_000],
    ["retry-after-ms: 1500", { "retry-after-ms": "1500" }, 1_500],
    ["a Retry-After date", { "retry-after": "Thu, 01 Jan 2026 00:00:10 GMT" }, 10_000],
  ];

  it.each(accepted)("is as long as the server asks: %s", async (_, headers, ms) => {
    const fetch = recordedFetch(status(503, headers), hello);
    const call = observe(completion(REQUEST, { ...base, fetch }));
    await advanceTime(Math.max(0, ms - 1));
    if (ms > 0) expect(fetch.calls.length).toBe(1);
    await advanceTime(1);
    expect(fetch.calls.length).toBe(2);
    expect(call.state).toBe("fulfilled");
  });

  const tooLong: [string, Record<string, string>, number | undefined][] = [
    ["61 s", { "retry-after": "61" }, 61_000],
    ["60,001 ms", { "retry-after-ms": "60001" }, 60_001],
    ["a date in two minutes", { "retry-after": "Thu, 01 Jan 2026 00:02:00 GMT" }, 120_000],
    ["a number beyond any date", { "retry-after": "99999999999999999999" }, undefined],
  ];

  it.each(tooLong)(
    "is replaced by the error if the server asks for more than 60 s: %s",
    async (_, headers, retryAfter) => {
      const fetch = recordedFetch(status(429, headers), hello);
      const call = observe(completion(REQUEST, { ...base, fetch }));
      await advanceTime(0);
      expectError(call.value, { name: "RateLimitError", attempts: 1, fields: retryAfter ? { retryAfter } : {} });
    },
  );

  it.each([
    ["a date in the past", "Thu, 01 Jan 2015 00:00:00 GMT"],
    ["a negative number", "-5"],
    ["text", "soon"],
    ["an empty value", ""],
    ["NaN", "NaN"],
  ])("is at most 8 s if Retry-After is %s", async (_, value) => {
    const fetch = recordedFetch(status(503, { "retry-after": value }), hello);
    const call = observe(completion(REQUEST, { ...base, fetch }));
    await advanceTime(8_000);
    expect(call.state).toBe("fulfilled");
    expect(fetch.calls.length).toBe(2);
  });

  it("is 0.5 s, doubling to 8 s, with jitter, without Retry-After", async () => {
    const sentAt: number[] = [];
    const fetch = recordedFetch((call) => {
      sentAt.push(Date.now());
      return status(503)(call);
    });
    const call = observe(completion(REQUEST, { ...base, fetch, maxRetries: 6 }));
    await advanceTime(60 * second);
    expectError(call.value, { name: "InternalServerError", attempts: 7 });
    const waits = sentAt.slice(1).map((time, index) => time - (sentAt[index] ?? 0));
    for (const [index, wait] of waits.entries()) {
      const expected = Math.min(8_000, 500 * 2 ** index);
      expect(wait).toBeGreaterThanOrEqual(expected / 2);
      expect(wait).toBeLessThanOrEqual(expected * 1.5);
    }
  });
});

describe("a retry", () => {
  it.each([
    ["does not follow a fetch that was rejected after 61 s", delayedResponse(61 * second, rejects), 1],
    ["does not follow a 504 after 61 s", delayedResponse(61 * second, status(504)), 1],
    ["follows a fetch that was rejected after 59 s", delayedResponse(59 * second, rejects), 2],
    ["follows a 504 after 59 s", delayedResponse(59 * second, status(504)), 2],
    ["follows a 503 after 61 s", delayedResponse(61 * second, status(503)), 2],
    ["follows a 429 after 61 s", delayedResponse(61 * second, status(429)), 2],
  ])("%s", async (_, slow, requests) => {
    const fetch = recordedFetch(slow, hello);
    const call = observe(completion(REQUEST, { ...base, fetch }));
    await advanceTime(70 * second);
    expect(fetch.calls.length).toBe(requests);
    expect(call.state).toBe(requests === 1 ? "rejected" : "fulfilled");
    if (requests === 1) expectError(call.value, { name: ["APIConnectionError", "TimeoutError"], attempts: 1 });
  });
});
