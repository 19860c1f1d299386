import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { getRetryDelay } from "../../src/http/retry.js";
import { BasetenError, completion, type Options, stream } from "../../src/index.js";
import { catchBasetenError } from "../helpers/catch-error.js";
import { clearEnvironment } from "../helpers/environment.js";
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
const http = (ms: number) => new Date(NOW + ms).toUTCString();

interface Case {
  status?: number;
  headers?: Record<string, string>;
  error?: unknown;
  isLate?: boolean;
  retries?: number;
  maxRetries?: number;
}

function delay({ status, headers = {}, error, isLate = false, retries = 0, maxRetries = 2 }: Case): number | undefined {
  const response = status === undefined ? undefined : new Response(null, { status, headers });
  return getRetryDelay({ response, error, isLate }, retries, maxRetries);
}

const rejected = new BasetenError("APIConnectionError", "inference.baseten.co: fetch failed");

describe("whether there is a retry", () => {
  it.each([408, 429, 500, 502, 503, 504, 529])("%i: yes", (status) => {
    expect(delay({ status })).toBeGreaterThan(0);
  });

  it.each([400, 401, 402, 403, 404, 405, 409, 413, 418, 422, 425, 501, 505, 520, 599])("%i: no", (status) => {
    expect(delay({ status })).toBe(undefined);
    expect(delay({ status, headers: { "retry-after": "1" } })).toBe(undefined);
  });

  it("a rejected fetch: yes", () => {
    expect(delay({ error: rejected })).toBeGreaterThan(0);
  });

  it.each([
    new BasetenError("TimeoutError", "ours"),
    new BasetenError("InvalidResponseError", "a redirect"),
    new BasetenError("AuthenticationError", "no key"),
    new DOMException("gone", "AbortError"),
    "a reason",
    undefined,
  ])("%s: no", (error) => {
    expect(delay({ error })).toBe(undefined);
  });

  it.each<[Case, boolean]>([
    [{ status: 504, isLate: true }, false],
    [{ status: 504, isLate: true, headers: { "retry-after": "1" } }, false],
    [{ error: rejected, isLate: true }, false],
    [{ status: 503, isLate: true }, true],
    [{ status: 429, isLate: true }, true],
    [{ status: 500, isLate: true }, true],
  ])("%j: %s, since work that took long has probably begun", (given, yes) => {
    expect(delay(given) !== undefined).toBe(yes);
  });

  it.each<[number, number, boolean]>([
    [0, 0, false],
    [0, 1, true],
    [1, 1, false],
    [1, 2, true],
    [2, 2, false],
    [9, 10, true],
  ])("after %i retries of %i: %s", (retries, maxRetries, yes) => {
    for (const outcome of [{ status: 503 }, { error: rejected }, { status: 429, headers: { "retry-after": "1" } }]) {
      expect(delay({ ...outcome, retries, maxRetries }) !== undefined).toBe(yes);
    }
  });
});

describe("how long it waits if the server says", () => {
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
    [{ "retry-after": http(5_000) }, 5_000],
    [{ "retry-after": http(60_000) }, 60_000],
    [{ "retry-after": http(61_000) }, undefined],
    [{ "retry-after": http(-5_000) }, 0],
    [{ "retry-after": http(86_400_000) }, undefined],
  ])("%j: %s ms, without jitter, and none if that is too long", (headers, ms) => {
    for (const status of [408, 429, 500, 502, 503, 504, 529]) expect(delay({ status, headers })).toBe(ms);
    expect(delay({ status: 429, headers, retries: 1 })).toBe(ms);
  });

  it.each(["soon", "", "-5", "NaN", "Infinity", "0x10", "1e3", "5 s", "1,5"])(
    "%j is no time: it waits as without",
    (value) => {
      vi.spyOn(Math, "random").mockReturnValue(0.5);
      expect(delay({ status: 429, headers: { "retry-after": value } })).toBe(delay({ status: 429 }));
      expect(delay({ status: 429, headers: { "retry-after-ms": value } })).toBe(delay({ status: 429 }));
    },
  );
});

describe("how long it waits if the server does not say", () => {
  const bases = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];

  it.each(bases.map((base, retries) => [retries, base]))(
    "after %i retries about %i ms, with jitter",
    (retries = 0, base = 0) => {
      const random = vi.spyOn(Math, "random");
      const delays = [0, 0.25, 0.5, 0.999_999].map((value) => {
        random.mockReturnValue(value);
        return delay({ status: 503, retries, maxRetries: 99 }) ?? Number.NaN;
      });
      for (const ms of delays) {
        expect(ms).toBeGreaterThanOrEqual(base / 2);
        expect(ms).toBeLessThanOrEqual(base);
      }
      expect(new Set(delays).size).toBe(4);
    },
  );

  it("never more than 8 s, however many retries there are", () => {
    expect(delay({ status: 503, retries: 5_000, maxRetries: 9_999 })).toBeLessThanOrEqual(8_000);
  });
});

describe("the schedule of a call", () => {
  const request = { model: MODEL_SLUG, messages };
  const busy = (headers: Record<string, string> = {}) => jsonResponse({ error: "busy" }, 503, headers);
  const refused: Responder = () => Promise.reject(new TypeError("fetch failed"));
  const late =
    (ms: number, reply: Responder): Responder =>
    async (call) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return reply(call);
    };

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
    vi.spyOn(Math, "random").mockReturnValue(0);
  });

  function started(
    fetch: RecordedFetch,
    options: Options = {},
  ): { call: Promise<unknown>; state: { error?: unknown; value?: unknown } } {
    const state: { error?: unknown; value?: unknown } = {};
    const call = completion(request, { apiKey: API_KEY, fetch, ...options }).then(
      (value) => {
        state.value = value;
      },
      (error: unknown) => {
        state.error = error;
      },
    );
    return { call, state };
  }

  it.each<[string, Responder, number[]]>([
    ["backs off", busy(), [500, 1_000]],
    ["backs off after a rejected fetch, too", refused, [500, 1_000]],
    ["obeys seconds", busy({ "retry-after": "3" }), [3_000, 3_000]],
    ["obeys ms", busy({ "retry-after-ms": "40" }), [40, 40]],
    ["obeys a minute", busy({ "retry-after": "60" }), [60_000, 60_000]],
    ["obeys a date, which does not move", busy({ "retry-after": http(9_000) }), [9_000, 0]],
  ])("%s", async (_, answer, waits) => {
    const fetch = recordedFetch(answer);
    const { call, state } = started(fetch);
    await vi.advanceTimersByTimeAsync(0);
    for (const [attempt, ms] of waits.entries()) {
      expect(fetch.calls.length).toBe(attempt + 1);
      if (ms > 0) await vi.advanceTimersByTimeAsync(ms - 1);
      if (ms > 0) expect(fetch.calls.length).toBe(attempt + 1);
      await vi.advanceTimersByTimeAsync(1);
    }
    await call;
    expect(fetch.calls.length).toBe(3);
    expect(state.error).toMatchObject({ attempts: 3 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends with the first success", async () => {
    const fetch = recordedFetch(busy(), refused, jsonResponse(completionBody("Hello")));
    const { call, state } = started(fetch);
    await vi.advanceTimersByTimeAsync(1_500);
    await call;
    expect(state.value).toMatchObject({ choices: [{ message: { content: "Hello" } }] });
    expect(fetch.calls.length).toBe(3);
  });

  it.each<[string, Record<string, string>, number]>([
    ["seconds", { "retry-after": "61" }, 61_000],
    ["a date", { "retry-after": http(3_600_000) }, 3_600_000],
    ["ms", { "retry-after-ms": "90000" }, 90_000],
  ])(
    "a server that asks for too long in %s gets none: the error is thrown at once, and says how long",
    async (_, headers, retryAfter) => {
      const fetch = recordedFetch(jsonResponse({ error: "later" }, 429, headers));
      const error = await catchBasetenError(() => completion(request, { apiKey: API_KEY, fetch }));
      expect(error).toMatchObject({ name: "RateLimitError", attempts: 1, retryAfter });
      expect(fetch.calls.length).toBe(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it.each<[string, Record<string, string>, number, boolean]>([
    ["as long as the rest of it", { "retry-after": "5" }, 5_000, false],
    ["longer", { "retry-after": "6" }, 5_000, false],
    ["shorter", { "retry-after": "4" }, 5_000, true],
    ["of its own longer", {}, 400, false],
  ])("a wait that is %s than total: the server's error unless it is shorter", async (_, headers, total, waits) => {
    const fetch = recordedFetch(busy(headers), jsonResponse(completionBody("Hello")));
    const { state } = started(fetch, { timeout: { total } });
    await vi.advanceTimersByTimeAsync(0);
    if (waits) expect(state).toEqual({});
    else expect(state.error).toMatchObject({ name: "InternalServerError", status: 503, attempts: 1 });
    await vi.advanceTimersByTimeAsync(total);
    expect(fetch.calls.length).toBe(waits ? 2 : 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, Responder, number, number]>([
    ["a 504 after 59 s", jsonResponse({}, 504), 59_000, 2],
    ["a 504 after 61 s", jsonResponse({}, 504), 61_000, 1],
    ["a rejected fetch after 59 s", refused, 59_000, 2],
    ["a rejected fetch after 61 s", refused, 61_000, 1],
    ["a 503 after 61 s", busy(), 61_000, 2],
  ])("%s", async (_, answer, ms, attempts) => {
    const fetch = recordedFetch(late(ms, answer), jsonResponse(completionBody("Hello")));
    const { call } = started(fetch);
    await vi.advanceTimersByTimeAsync(ms + 500);
    await call;
    expect(fetch.calls.length).toBe(attempts);
  });

  it("response is per attempt, total for all of them", async () => {
    const fetch = recordedFetch(late(900, busy({ "retry-after-ms": "100" })));
    const { call, state } = started(fetch, { timeout: { response: 1_000, total: 2_500 } });
    await vi.advanceTimersByTimeAsync(2_499);
    expect(state).toEqual({});
    expect(fetch.calls.length).toBe(3);
    await vi.advanceTimersByTimeAsync(1);
    await call;
    expect(state.error).toMatchObject({ name: "TimeoutError", attempts: 3, message: expect.stringContaining("total") });
  });

  it("none follows our own timeout", async () => {
    const fetch = recordedFetch(pendingResponse());
    const { call, state } = started(fetch, { timeout: { response: 100 } });
    await vi.advanceTimersByTimeAsync(100);
    await call;
    expect(state.error).toMatchObject({
      name: "TimeoutError",
      attempts: 1,
      message: expect.stringContaining("response"),
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetch.calls.length).toBe(1);
  });

  it("an attempt without a response is not described by the response of the one before", async () => {
    const fetch = recordedFetch(busy(), refused);
    const { call, state } = started(fetch, { maxRetries: 1 });
    await vi.advanceTimersByTimeAsync(500);
    await call;
    expect(state.error).toMatchObject({ name: "APIConnectionError", attempts: 2, status: undefined });
    expect(state.error).not.toHaveProperty("headers");
  });

  it("the unread body of an attempt is cancelled before the next", async () => {
    const bodies = [scriptedBody(["busy", new Promise(() => {})]), scriptedBody(["busy", new Promise(() => {})])];
    const seen: string[] = [];
    const turn =
      (at: number): Responder =>
      () => {
        seen.push(...bodies.slice(0, at).map(({ state }) => state));
        return new Response(bodies[at]?.stream, { status: 503 });
      };
    const fetch = recordedFetch(turn(0), turn(1), jsonResponse(completionBody("Hello")));
    const { call } = started(fetch);
    await vi.advanceTimersByTimeAsync(1_500);
    await call;
    expect(seen).toEqual(["cancelled"]);
    expect(bodies.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  });

  it("a body whose cancel fails keeps nothing from going on", async () => {
    const cancel = () => Promise.reject(new Error("too late"));
    const fetch = recordedFetch(
      () => new Response(new ReadableStream({ cancel }), { status: 503 }),
      jsonResponse(completionBody("Hello")),
    );
    const { call, state } = started(fetch);
    await vi.advanceTimersByTimeAsync(500);
    await call;
    expect(state.value).toBeDefined();
  });

  it("a wait ends at once on abort, with the reason", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(busy({ "retry-after": "30" }));
    const { call, state } = started(fetch, { signal: controller.signal });
    await vi.advanceTimersByTimeAsync(10);
    const reason = new Error("enough");
    controller.abort(reason);
    await call;
    expect(state.error).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    expect(fetch.calls.length).toBe(1);
  });

  it("a stream has the same", async () => {
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
  ])("none follows the headers of a 2xx: %s", async (_, answer) => {
    const fetch = recordedFetch(answer);
    const { call, state } = started(fetch);
    await vi.advanceTimersByTimeAsync(60_000);
    await call;
    expect(state.error).toMatchObject({ attempts: 1 });
    expect(fetch.calls.length).toBe(1);
  });
});
