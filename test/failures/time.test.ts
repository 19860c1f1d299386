/** Time that runs out, and time that must not: a clock of the test's own, and a fetch in the process. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { collect, completion, type Options, stream } from "../../src/index.js";
import { flushEventLoop } from "../helpers/leak-check.js";
import {
  type BodyPiece,
  type FetchCall,
  pendingResponse,
  type Responder,
  recordedFetch,
  scriptedBody,
  sseResponse,
} from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import {
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
} from "../helpers/wire-chunks.js";
import { expectError } from "./expect-error.js";

const second = 1_000;
const day = 86_400 * second;
const modelApi = { ...REQUEST, model: "baseten/openai/gpt-oss-120b" };
const dedicated = { ...REQUEST, model: "baseten/abcd1234" };
const base = { baseURL: "http://host.test/v1", apiKey: "some-key-of-ours" };

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});

afterEach(() => {
  const left = vi.getTimerCount();
  vi.useRealTimers();
  expect(left, "timers left behind").toBe(0);
});

/** What a promise has come to so far. */
interface Watched {
  state: "pending" | "fulfilled" | "rejected";
  value: unknown;
}

function watched(promise: Promise<unknown>): Watched {
  const seen: Watched = { state: "pending", value: undefined };
  promise.then(
    (value) => Object.assign(seen, { state: "fulfilled", value }),
    (value) => Object.assign(seen, { state: "rejected", value }),
  );
  return seen;
}

/** Lets fake time pass, and all that follows from it. */
async function elapse(ms: number): Promise<void> {
  await flushEventLoop();
  await vi.advanceTimersByTimeAsync(ms);
  await flushEventLoop();
}

function later<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

/** A reply that comes late; an abort ends it. */
function late(ms: number, then: Responder): Responder {
  return (call: FetchCall) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(then(call)), ms);
      call.signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(call.signal?.reason);
      });
    });
}

function status(code: number, headers: Record<string, string> = {}): Responder {
  return () => new Response("{}", { status: code, headers });
}

const rejects: Responder = () => Promise.reject(new TypeError("fetch failed"));
const good: Responder = () => new Response(JSON.stringify(completionBody("Hello")));

/** Each piece comes so many ms after it was asked for. */
function* paced(ms: number, pieces: Iterable<string>): Generator<BodyPiece> {
  for (const piece of pieces) yield later(ms, piece);
}

describe("by default", () => {
  it.each([
    ["the Model API", modelApi, {}, 600 * second],
    ["a dedicated deployment", dedicated, {}, 1_260 * second],
    ["any other address", REQUEST, base, 1_260 * second],
  ])("headers of %s are waited for so long, and the request is not sent again", async (_, request, options, limit) => {
    const fetch = recordedFetch(pendingResponse());
    const call = watched(completion(request, { ...options, fetch }));
    await elapse(limit - 1);
    expect(call.state).toBe("pending");
    await elapse(1);
    expectError(call.value, {
      name: "TimeoutError",
      messageIncludes: [/response/i, /host\.test|baseten\.co/],
      attempts: 1,
    });
    await elapse(day);
    expect(fetch.calls.length).toBe(1);
    expect(fetch.calls[0]?.signal?.aborted).toBe(true);
  });

  it("a body may be silent for 120 s", async () => {
    const chunks = stream(REQUEST, {
      ...base,
      fetch: recordedFetch(sseResponse([HELLO_EVENTS, new Promise(() => {})])),
    });
    await chunks.next();
    await chunks.next();
    const next = watched(chunks.next());
    await elapse(120 * second - 1);
    expect(next.state).toBe("pending");
    await elapse(1);
    expectError(next.value, { name: "TimeoutError", messageIncludes: [/idle/i, "host.test"], attempts: 1 });
  });

  it("a body that shows life every 119 s may take for ever: comments are life", async () => {
    const pings = Array<string>(2_000).fill(": ping\n\n");
    const fetch = recordedFetch(
      () => new Response(scriptedBody(paced(119 * second, [...pings, HELLO_EVENTS, FINISH_EVENTS])).stream),
    );
    const call = watched(collect(stream(REQUEST, { ...base, fetch })));
    await elapse(3 * day);
    expect(call).toMatchObject({ state: "fulfilled", value: { choices: [{ message: { content: "Hello" } }] } });
  });

  it("a slow reader never times out", async () => {
    const chunks = stream(REQUEST, {
      ...base,
      fetch: recordedFetch(sseResponse([sseEvent(contentChunk("a")), sseEvent(contentChunk("b")), FINISH_EVENTS])),
    });
    const seen = [];
    for await (const { choices } of chunks) {
      seen.push(choices[0]?.delta.content);
      await elapse(day);
    }
    expect(seen.slice(0, 2)).toEqual(["a", "b"]);
  });

  it("the end may lag behind [DONE] by 50 ms; then the body is cancelled", async () => {
    const answer = scriptedBody([HELLO_EVENTS + sseEvent(finishChunk()) + DONE_EVENT, new Promise(() => {})]);
    const call = watched(
      collect(stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(answer.stream)) })),
    );
    await elapse(50);
    expect(call.state).toBe("fulfilled");
    expect(answer.state).toBe("cancelled");
  });
});

describe("timeout", () => {
  /** A limit, and how the reply and the body's pieces are spread in time under it. */
  const fits: [string, Options["timeout"], number, number][] = [
    ["a number lifts response and idle", 2_000 * second, 1_500 * second, 200 * second],
    ["Infinity is none", Number.POSITIVE_INFINITY, 50 * day, 20 * day],
    ["2^31 is none", 2 ** 31, 50 * day, 20 * day],
    [
      "Infinity for each",
      { response: Number.POSITIVE_INFINITY, idle: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY },
      50 * day,
      20 * day,
    ],
    ["2^31 for each", { response: 2 ** 31, idle: 2 ** 31, total: 2 ** 31 }, 50 * day, 20 * day],
    ["the largest there is", { response: 2 ** 31 - 1, idle: 2 ** 31 - 1, total: 2 ** 31 - 1 }, 10 * day, 4 * day],
    [
      "undefined parts are the defaults",
      { response: undefined, idle: undefined, total: undefined },
      1_200 * second,
      100 * second,
    ],
  ];

  it.each(fits)("%s", async (_, timeout, headers, pace) => {
    const fetch = recordedFetch(
      late(headers, () => new Response(scriptedBody(paced(pace, [HELLO_EVENTS, FINISH_EVENTS])).stream)),
    );
    const call = watched(collect(stream(REQUEST, { ...base, fetch, timeout })));
    await elapse(headers + 3 * pace);
    expect(call).toMatchObject({ state: "fulfilled", value: { choices: [{ message: { content: "Hello" } }] } });
  });

  it("response runs anew for each attempt", async () => {
    const fetch = recordedFetch(
      late(90, status(503, { "retry-after": "0" })),
      late(90, status(503, { "retry-after": "0" })),
      late(90, good),
    );
    const call = watched(completion(REQUEST, { ...base, fetch, timeout: { response: 100 } }));
    await elapse(300);
    expect(call.state).toBe("fulfilled");
  });

  it("response runs from the asking for the key", async () => {
    const fetch = recordedFetch(late(60, good));
    const apiKey = () => later(60, "some-key-of-ours");
    const call = watched(completion(REQUEST, { ...base, apiKey, fetch, timeout: { response: 100 } }));
    await elapse(100);
    expectError(call.value, { name: "TimeoutError", messageIncludes: [/response/i] });
  });

  it("total covers retries", async () => {
    const fetch = recordedFetch(late(90, status(503, { "retry-after": "0" })));
    const call = watched(completion(REQUEST, { ...base, fetch, maxRetries: 9, timeout: 200 }));
    await elapse(200);
    expectError(call.value, { name: "TimeoutError", messageIncludes: [/total/i], attempts: 3 });
  });

  it("total runs while a body shows life", async () => {
    const pings = Array<string>(100).fill(": ping\n\n");
    const fetch = recordedFetch(() => new Response(scriptedBody(paced(30, [HELLO_EVENTS, ...pings])).stream));
    const call = watched(collect(stream(REQUEST, { ...base, fetch, timeout: { total: 1_000 } })));
    await elapse(1_000);
    expectError(call.value, { name: "TimeoutError", messageIncludes: [/total/i, "host.test"], attempts: 1 });
    expect(call.value).toMatchObject({ partial: { choices: [{ message: { content: "Hello" } }] } });
    await elapse(30);
  });

  it("total runs while the reader pauses; what came before is delivered before the failure", async () => {
    const answer = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const chunks = stream(REQUEST, {
      ...base,
      fetch: recordedFetch(() => new Response(answer.stream)),
      timeout: 1_000,
    });
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("Hel");
    await elapse(2_000);
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("lo");
    expectError(await chunks.next().catch((error: unknown) => error), {
      name: "TimeoutError",
      messageIncludes: [/total/i],
    });
    expect((await chunks.next()).done).toBe(true);
  });

  it("total that runs out after the finish ends the stream well", async () => {
    const fetch = recordedFetch(sseResponse([HELLO_EVENTS + sseEvent(finishChunk()), new Promise(() => {})]));
    const call = watched(collect(stream(REQUEST, { ...base, fetch, timeout: 1_000 })));
    await elapse(1_000);
    expect(call).toMatchObject({ state: "fulfilled", value: { choices: [{ message: { content: "Hello" } }] } });
  });

  it("total outlasts a wait, or the wait is not begun: the server's error is thrown", async () => {
    const fetch = recordedFetch(status(429, { "retry-after": "5" }), good);
    const call = watched(completion(REQUEST, { ...base, fetch, timeout: 4_000 }));
    await elapse(0);
    expectError(call.value, { name: "RateLimitError", attempts: 1, fields: { retryAfter: 5_000 } });
    const patient = watched(
      completion(REQUEST, { ...base, fetch: recordedFetch(status(429, { "retry-after": "5" }), good), timeout: 6_000 }),
    );
    await elapse(5_000);
    expect(patient.state).toBe("fulfilled");
  });

  it.each(["response", "idle", "total"] as const)(
    "%s: a fetch that ignores its signal ends all the same",
    async (limit) => {
      const deaf = () => new ReadableStream({ pull: () => new Promise(() => {}), cancel: () => new Promise(() => {}) });
      const fetch = recordedFetch(limit === "response" ? pendingResponse(true) : () => new Response(deaf()));
      const options = { ...base, fetch, timeout: { [limit]: 100 } };
      const calls = [completion(REQUEST, options), stream(REQUEST, options).next()].map(watched);
      await elapse(100);
      for (const { value } of calls)
        expectError(value, { name: "TimeoutError", messageIncludes: [new RegExp(limit, "i")], attempts: 1 });
    },
  );
});

describe("a wait before a retry", () => {
  /** `Retry-After` and the like, and how long it makes the client wait. */
  const obeyed: [string, Record<string, string>, number][] = [
    ["seconds", { "retry-after": "7" }, 7_000],
    ["no seconds", { "retry-after": "0" }, 0],
    ["60 s", { "retry-after": "60" }, 60_000],
    ["ms", { "retry-after-ms": "1500" }, 1_500],
    ["a date", { "retry-after": "Thu, 01 Jan 2026 00:00:10 GMT" }, 10_000],
  ];

  it.each(obeyed)("is what the server says: %s", async (_, headers, ms) => {
    const fetch = recordedFetch(status(503, headers), good);
    const call = watched(completion(REQUEST, { ...base, fetch }));
    await elapse(Math.max(0, ms - 1));
    if (ms > 0) expect(fetch.calls.length).toBe(1);
    await elapse(1);
    expect(fetch.calls.length).toBe(2);
    expect(call.state).toBe("fulfilled");
  });

  const refused: [string, Record<string, string>, number | undefined][] = [
    ["61 s", { "retry-after": "61" }, 61_000],
    ["60,001 ms", { "retry-after-ms": "60001" }, 60_001],
    ["a date in two minutes", { "retry-after": "Thu, 01 Jan 2026 00:02:00 GMT" }, 120_000],
    ["a number beyond all clocks", { "retry-after": "99999999999999999999" }, undefined],
  ];

  it.each(refused)("is not begun if the server asks for more than 60 s: %s", async (_, headers, retryAfter) => {
    const fetch = recordedFetch(status(429, headers), good);
    const call = watched(completion(REQUEST, { ...base, fetch }));
    await elapse(0);
    expectError(call.value, { name: "RateLimitError", attempts: 1, fields: retryAfter ? { retryAfter } : {} });
  });

  it.each([
    ["a date in the past", "Thu, 01 Jan 2015 00:00:00 GMT"],
    ["a negative number", "-5"],
    ["no number and no date", "soon"],
    ["nothing", ""],
    ["NaN", "NaN"],
  ])("is never longer than 8 s if the server asks for %s", async (_, value) => {
    const fetch = recordedFetch(status(503, { "retry-after": value }), good);
    const call = watched(completion(REQUEST, { ...base, fetch }));
    await elapse(8_000);
    expect(call.state).toBe("fulfilled");
    expect(fetch.calls.length).toBe(2);
  });

  it("is 0.5 s, doubling to 8 s, with jitter, if the server says nothing", async () => {
    const at: number[] = [];
    const fetch = recordedFetch((call) => {
      at.push(Date.now());
      return status(503)(call);
    });
    const call = watched(completion(REQUEST, { ...base, fetch, maxRetries: 6 }));
    await elapse(60 * second);
    expectError(call.value, { name: "InternalServerError", attempts: 7 });
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, wait] of waits.entries()) {
      const expected = Math.min(8_000, 500 * 2 ** index);
      expect(wait).toBeGreaterThanOrEqual(expected / 2);
      expect(wait).toBeLessThanOrEqual(expected * 1.5);
    }
  });
});

describe("an attempt that took long", () => {
  it.each([
    ["a rejected fetch after 61 s", late(61 * second, rejects), 1],
    ["a 504 after 61 s", late(61 * second, status(504)), 1],
    ["a rejected fetch after 59 s", late(59 * second, rejects), 2],
    ["a 504 after 59 s", late(59 * second, status(504)), 2],
    ["a 503 after 61 s", late(61 * second, status(503)), 2],
    ["a 429 after 61 s", late(61 * second, status(429)), 2],
  ])("%s", async (_, slow, requests) => {
    const fetch = recordedFetch(slow, good);
    const call = watched(completion(REQUEST, { ...base, fetch }));
    await elapse(70 * second);
    expect(fetch.calls.length).toBe(requests);
    expect(call.state).toBe(requests === 1 ? "rejected" : "fulfilled");
    if (requests === 1) expectError(call.value, { name: ["APIConnectionError", "TimeoutError"], attempts: 1 });
  });
});

describe("the runtime's own time limit", () => {
  const undici = (code: string): Error =>
    Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) });

  it("for headers is a TimeoutError that is not retried, and says what helps", async () => {
    const error = undici("UND_ERR_HEADERS_TIMEOUT");
    const fetch = recordedFetch(() => Promise.reject(error));
    const call = watched(completion(REQUEST, { ...base, fetch }));
    await elapse(60 * second);
    expectError(call.value, {
      name: "TimeoutError",
      messageIncludes: ["collect(stream(request))", /wake/i, "host.test"],
      attempts: 1,
      fields: { cause: error },
    });
  });

  it("for a body is a TimeoutError behind what was delivered", async () => {
    const fetch = recordedFetch(sseResponse([HELLO_EVENTS, undici("UND_ERR_BODY_TIMEOUT")]));
    const call = watched(collect(stream(REQUEST, { ...base, fetch })));
    await elapse(0);
    expectError(call.value, { name: "TimeoutError", attempts: 1 });
    expect(call.value).toMatchObject({ partial: { choices: [{ message: { content: "Hello" } }] } });
    const whole = watched(
      completion(REQUEST, { ...base, fetch: recordedFetch(sseResponse(['{"id":', undici("UND_ERR_BODY_TIMEOUT")])) }),
    );
    await elapse(60 * second);
    expectError(whole.value, { name: "TimeoutError", attempts: 1 });
  });
});
