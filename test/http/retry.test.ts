import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { getRetryDelay } from "../../src/http/retry.js";
import { BasetenError, completion, type Options, stream } from "../../src/index.js";
import { catchBasetenError } from "../helpers/catch-error.js";
import { clearEnvironment } from "../helpers/environment.js";
import { delayedResponse, observe, type PromiseState } from "../helpers/fake-time.js";
import {
  jsonResponse,
  pendingResponse,
  type RecordedFetch,
  type Responder,
  recordedFetch,
  scriptedBody,
  sseResponse,
} from "../helpers/recorded-fetch.js";
import { API_KEY, MODEL_SLUG, messages } from "../helpers/requests.js";
import { completionBody, contentChunk, DONE_EVENT, sseEvent } from "../helpers/wire-chunks.js";

clearEnvironment();
afterEach(() => void vi.useRealTimers());

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
/** A date as HTTP writes it, this many ms after {@link NOW}. */
const httpDate = (ms: number) => new Date(NOW + ms).toUTCString();

/** A failed attempt, and the retries before it. */
interface FailedAttempt {
  status?: number;
  headers?: Record<string, string>;
  error?: unknown;
  isLate?: boolean;
  retries?: number;
  maxRetries?: number;
}

function retryDelay(attempt: FailedAttempt): number | undefined {
  const { status, headers = {}, error, isLate = false, retries = 0, maxRetries = 2 } = attempt;
  const response = status === undefined ? undefined : new Response(null, { status, headers });
  return getRetryDelay({ response, error, isLate }, retries, maxRetries);
}

const rejected = new BasetenError("APIConnectionError", "inference.baseten.co: fetch failed");

describe("an attempt that ended with", () => {
  it.each([408, 429, 500, 502, 503, 504, 529])("status %i is retried", (status) => {
    expect(retryDelay({ status })).toBeGreaterThan(0);
  });

  it.each([400, 401, 402, 403, 404, 405, 409, 413, 418, 422, 425, 501, 505, 520, 599])(
    "status %i is not retried, even with Retry-After",
    (status) => {
      expect(retryDelay({ status })).toBe(undefined);
      expect(retryDelay({ status, headers: { "retry-after": "1" } })).toBe(undefined);
    },
  );

  it("a rejected fetch is retried", () => {
    expect(retryDelay({ error: rejected })).toBeGreaterThan(0);
  });

  it.each([
    new BasetenError("TimeoutError", "ours"),
    new BasetenError("InvalidResponseError", "a redirect"),
    new BasetenError("AuthenticationError", "no key"),
    new DOMException("gone", "AbortError"),
    "a reason",
    undefined,
  ])("%s is not retried", (error) => {
    expect(retryDelay({ error })).toBe(undefined);
  });

  it.each<[FailedAttempt, "retried" | "not retried"]>([
    [{ status: 504, isLate: true }, "not retried"],
    [{ status: 504, isLate: true, headers: { "retry-after": "1" } }, "not retried"],
    [{ error: rejected, isLate: true }, "not retried"],
    [{ status: 503, isLate: true }, "retried"],
    [{ status: 429, isLate: true }, "retried"],
    [{ status: 500, isLate: true }, "retried"],
  ])("%j is %s: work that took more than 60 s has probably begun", (attempt, outcome) => {
    expect(retryDelay(attempt) === undefined ? "not retried" : "retried").toBe(outcome);
  });

  it.each<[number, number, "retried" | "not retried"]>([
    [0, 0, "not retried"],
    [0, 1, "retried"],
    [1, 1, "not retried"],
    [1, 2, "retried"],
    [2, 2, "not retried"],
    [9, 10, "retried"],
  ])("any failure after %i of %i retries is %s", (retries, maxRetries, outcome) => {
    for (const failure of [{ status: 503 }, { error: rejected }, { status: 429, headers: { "retry-after": "1" } }]) {
      const delay = retryDelay({ ...failure, retries, maxRetries });
      expect(delay === undefined ? "not retried" : "retried").toBe(outcome);
    }
  });
});

describe("the wait before a retry, if the server gives a time,", () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW }));

  it.each<[Record<string, string>, number | undefined]>([
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "1.5" }, 1_500],
    [{ "retry-after": "60" }, 60_000],
    [{ "retry-after": "61" }, undefined],
    [{ "retry-after": "120" }, undefined],
    [{ "retry-after-ms": "0" }, 0],
    [{ "retry-after-ms": "250" }, 250],
    [{ "retry-after-ms": "60000" }, 60_000],
    [{ "retry-after-ms": "60001" }, undefined],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "retry-after-ms": "soon", "retry-after": "7" }, 7_000],
    [{ "retry-after": httpDate(5_000) }, 5_000],
    [{ "retry-after": httpDate(60_000) }, 60_000],
    [{ "retry-after": httpDate(61_000) }, undefined],
    [{ "retry-after": httpDate(-5_000) }, 0],
    [{ "retry-after": httpDate(86_400_000) }, undefined],
  ])("is that time without jitter, and no retry follows a longer one than 60 s: %j, %s ms", (headers, ms) => {
    for (const status of [408, 429, 500, 502, 503, 504, 529]) expect(retryDelay({ status, headers })).toBe(ms);
    expect(retryDelay({ status: 429, headers, retries: 1 })).toBe(ms);
  });

  it.each(["soon", "", "-5", "NaN", "Infinity", "0x10", "1e3", "5 s", "1,5"])(
    "is the backoff if the time %j is invalid",
    (value) => {
      vi.spyOn(Math, "random").mockReturnValue(0.5);
      expect(retryDelay({ status: 429, headers: { "retry-after": value } })).toBe(retryDelay({ status: 429 }));
      expect(retryDelay({ status: 429, headers: { "retry-after-ms": value } })).toBe(retryDelay({ status: 429 }));
    },
  );
});

describe("the wait before a retry, if the server gives no time,", () => {
  const bases = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];

  it.each(bases.map((base, retries) => [retries, base]))(
    "after %i retries is at most %i ms, with jitter",
    (retries = 0, base = 0) => {
      const random = vi.spyOn(Math, "random");
      const delays = [0, 0.25, 0.5, 0.999_999].map((value) => {
        random.mockReturnValue(value);
        return retryDelay({ status: 503, retries, maxRetries: 99 }) ?? Number.NaN;
      });
      for (const ms of delays) {
        expect(ms).toBeGreaterThanOrEqual(base / 2);
        expect(ms).toBeLessThanOrEqual(base);
      }
      expect(new Set(delays).size).toBe(4);
    },
  );

  it("is never more than 8 s, however many retries there were", () => {
    expect(retryDelay({ status: 503, retries: 5_000, maxRetries: 9_999 })).toBeLessThanOrEqual(8_000);
  });
});

describe("the retries of a call", () => {
  const request = { model: MODEL_SLUG, messages };
  const busy = (headers: Record<string, string> = {}) => jsonResponse({ error: "busy" }, 503, headers);
  const refused: Responder = () => Promise.reject(new TypeError("fetch failed"));

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
    vi.spyOn(Math, "random").mockReturnValue(0);
  });

  /** Starts a completion; `end` resolves when it has ended, however it has. */
  function startCompletion(fetch: RecordedFetch, options: Options = {}): { end: Promise<unknown>; call: PromiseState } {
    const promise = completion(request, { apiKey: API_KEY, fetch, ...options });
    return { end: Promise.allSettled([promise]), call: observe(promise) };
  }

  it.each<[string, Responder, number[]]>([
    ["wait 0.5 s and then 1 s", busy(), [500, 1_000]],
    ["wait as long after a rejected fetch", refused, [500, 1_000]],
    ["obey Retry-After in seconds", busy({ "retry-after": "3" }), [3_000, 3_000]],
    ["obey retry-after-ms", busy({ "retry-after-ms": "40" }), [40, 40]],
    ["obey a Retry-After of a minute", busy({ "retry-after": "60" }), [60_000, 60_000]],
    [
      "obey a Retry-After date, which does not move with the attempts",
      busy({ "retry-after": httpDate(9_000) }),
      [9_000, 0],
    ],
  ])("%s", async (_, answer, waits) => {
    const fetch = recordedFetch(answer);
    const { end, call } = startCompletion(fetch);
    await vi.advanceTimersByTimeAsync(0);
    for (const [attempt, ms] of waits.entries()) {
      expect(fetch.calls.length).toBe(attempt + 1);
      if (ms > 0) await vi.advanceTimersByTimeAsync(ms - 1);
      if (ms > 0) expect(fetch.calls.length).toBe(attempt + 1);
      await vi.advanceTimersByTimeAsync(1);
    }
    await end;
    expect(fetch.calls.length).toBe(3);
    expect(call.value).toMatchObject({ attempts: 3 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("end with the first success", async () => {
    const fetch = recordedFetch(busy(), refused, jsonResponse(completionBody("Hello")));
    const { end, call } = startCompletion(fetch);
    await vi.advanceTimersByTimeAsync(1_500);
    await end;
    expect(call.value).toMatchObject({ choices: [{ message: { content: "Hello" } }] });
    expect(fetch.calls.length).toBe(3);
  });

  it.each<[string, Record<string, string>, number]>([
    ["seconds", { "retry-after": "61" }, 61_000],
    ["a date", { "retry-after": httpDate(3_600_000) }, 3_600_000],
    ["ms", { "retry-after-ms": "90000" }, 90_000],
  ])(
    "do not begin if the server asks for more than 60 s in %s: the error is thrown at once, and says how long",
    async (_, headers, retryAfter) => {
      const fetch = recordedFetch(jsonResponse({ error: "later" }, 429, headers));
      const error = await catchBasetenError(() => completion(request, { apiKey: API_KEY, fetch }));
      expect(error).toMatchObject({ name: "RateLimitError", attempts: 1, retryAfter });
      expect(fetch.calls.length).toBe(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it.each<[string, Record<string, string>, number, boolean]>([
    ["a wait as long as timeout.total", { "retry-after": "5" }, 5_000, false],
    ["a wait longer than timeout.total", { "retry-after": "6" }, 5_000, false],
    ["a wait shorter than timeout.total", { "retry-after": "4" }, 5_000, true],
    ["a backoff longer than timeout.total", {}, 400, false],
  ])("begin only after a wait that ends before timeout.total: %s", async (_, headers, total, waits) => {
    const fetch = recordedFetch(busy(headers), jsonResponse(completionBody("Hello")));
    const { call } = startCompletion(fetch, { timeout: { total } });
    await vi.advanceTimersByTimeAsync(0);
    if (waits) expect(call.state).toBe("pending");
    else expect(call.value).toMatchObject({ name: "InternalServerError", status: 503, attempts: 1 });
    await vi.advanceTimersByTimeAsync(total);
    expect(fetch.calls.length).toBe(waits ? 2 : 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, Responder, number, number]>([
    ["follow a 504 after 59 s", jsonResponse({}, 504), 59_000, 2],
    ["do not follow a 504 after 61 s", jsonResponse({}, 504), 61_000, 1],
    ["follow a rejected fetch after 59 s", refused, 59_000, 2],
    ["do not follow a rejected fetch after 61 s", refused, 61_000, 1],
    ["follow a 503 after 61 s", busy(), 61_000, 2],
  ])("%s", async (_, answer, ms, attempts) => {
    const fetch = recordedFetch(delayedResponse(ms, answer), jsonResponse(completionBody("Hello")));
    const { end } = startCompletion(fetch);
    await vi.advanceTimersByTimeAsync(ms + 500);
    await end;
    expect(fetch.calls.length).toBe(attempts);
  });

  it("have timeout.response each, and timeout.total together", async () => {
    const fetch = recordedFetch(delayedResponse(900, busy({ "retry-after-ms": "100" })));
    const { end, call } = startCompletion(fetch, { timeout: { response: 1_000, total: 2_500 } });
    await vi.advanceTimersByTimeAsync(2_499);
    expect(call.state).toBe("pending");
    expect(fetch.calls.length).toBe(3);
    await vi.advanceTimersByTimeAsync(1);
    await end;
    expect(call.value).toMatchObject({ name: "TimeoutError", attempts: 3, message: expect.stringContaining("total") });
  });

  it("do not follow timeout.response", async () => {
    const fetch = recordedFetch(pendingResponse());
    const { end, call } = startCompletion(fetch, { timeout: { response: 100 } });
    await vi.advanceTimersByTimeAsync(100);
    await end;
    expect(call.value).toMatchObject({
      name: "TimeoutError",
      attempts: 1,
      message: expect.stringContaining("response"),
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetch.calls.length).toBe(1);
  });

  it("that end without a response throw an error without the status and headers of the attempt before", async () => {
    const fetch = recordedFetch(busy(), refused);
    const { end, call } = startCompletion(fetch, { maxRetries: 1 });
    await vi.advanceTimersByTimeAsync(500);
    await end;
    expect(call.value).toMatchObject({ name: "APIConnectionError", attempts: 2, status: undefined });
    expect(call.value).not.toHaveProperty("headers");
  });

  it("begin after the unread body of the attempt before was cancelled", async () => {
    const bodies = [scriptedBody(["busy", new Promise(() => {})]), scriptedBody(["busy", new Promise(() => {})])];
    const seen: string[] = [];
    const turn =
      (at: number): Responder =>
      () => {
        seen.push(...bodies.slice(0, at).map(({ state }) => state));
        return new Response(bodies[at]?.stream, { status: 503 });
      };
    const fetch = recordedFetch(turn(0), turn(1), jsonResponse(completionBody("Hello")));
    const { end } = startCompletion(fetch);
    await vi.advanceTimersByTimeAsync(1_500);
    await end;
    expect(seen).toEqual(["cancelled"]);
    expect(bodies.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  });

  it("go on if the body of the attempt before fails to cancel", async () => {
    const cancel = () => Promise.reject(new Error("too late"));
    const fetch = recordedFetch(
      () => new Response(new ReadableStream({ cancel }), { status: 503 }),
      jsonResponse(completionBody("Hello")),
    );
    const { end, call } = startCompletion(fetch);
    await vi.advanceTimersByTimeAsync(500);
    await end;
    expect(call.state).toBe("fulfilled");
  });

  it("end at once if the call is aborted during a wait, with the signal's reason", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(busy({ "retry-after": "30" }));
    const { end, call } = startCompletion(fetch, { signal: controller.signal });
    await vi.advanceTimersByTimeAsync(10);
    const reason = new Error("enough");
    controller.abort(reason);
    await end;
    expect(call.value).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    expect(fetch.calls.length).toBe(1);
  });

  it("of a stream wait as those of a completion", async () => {
    const fetch = recordedFetch(
      busy({ "retry-after": "2" }),
      sseResponse([sseEvent(contentChunk("Hello")), DONE_EVENT]),
    );
    const chunks = stream(request, { apiKey: API_KEY, fetch });
    const first = chunks.next();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(fetch.calls.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await first).value).toMatchObject({ choices: [{ delta: { content: "Hello" } }] });
    expect(fetch.calls.length).toBe(2);
    await chunks.return(undefined);
  });

  it.each<[string, Responder]>([
    ["a 200 that is no completion", jsonResponse("<html>")],
    ["an error inside a 200", jsonResponse({ error: "overloaded" })],
    ["a body that breaks off", sseResponse(["{", new TypeError("terminated")])],
  ])("do not follow the headers of a 2xx: %s", async (_, answer) => {
    const fetch = recordedFetch(answer);
    const { end, call } = startCompletion(fetch);
    await vi.advanceTimersByTimeAsync(60_000);
    await end;
    expect(call.value).toMatchObject({ attempts: 1 });
    expect(fetch.calls.length).toBe(1);
  });
});
