import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { completion, type Options, stream } from "../../src/index.js";
import { clearEnvironment } from "../helpers/environment.js";
import { countAbortListeners } from "../helpers/leak-check.js";
import {
  type BodyPiece,
  jsonResponse,
  pendingResponse,
  type RecordedFetch,
  type Responder,
  recordedFetch,
  scriptedBody,
} from "../helpers/recorded-fetch.js";
import { API_KEY, MODEL_SLUG, messages } from "../helpers/requests.js";
import { completionBody, contentChunk, DONE_EVENT, finishChunk, sseEvent } from "../helpers/wire-chunks.js";

clearEnvironment();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const request = { model: MODEL_SLUG, messages };

interface Outcome {
  value?: unknown;
  error?: unknown;
}

function watched(promise: Promise<unknown>): Outcome {
  const outcome: Outcome = {};
  promise.then(
    (value) => Object.assign(outcome, { value }),
    (error: unknown) => Object.assign(outcome, { error }),
  );
  return outcome;
}

const within = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A body whose pieces are `ms` apart; the promises begin when they are asked for. */
function* paced(ms: number, pieces: BodyPiece[]): Generator<BodyPiece> {
  for (const piece of pieces) {
    yield within(ms);
    yield piece;
  }
}

function streaming(pieces: Iterable<BodyPiece>, options: Options = {}) {
  const source = scriptedBody(pieces);
  const fetch = recordedFetch(() => new Response(source.stream));
  return { source, fetch, chunks: stream(request, { apiKey: API_KEY, maxRetries: 0, fetch, ...options }) };
}

/** A response as React Native's own fetch gives it. */
const bodiless =
  (text: () => Promise<string>, status = 200): Responder =>
  () =>
    Object.defineProperties(new Response(null, { status }), { body: { value: undefined }, text: { value: text } });

const timeout = (name: string, more: object = {}) => ({
  name: "TimeoutError",
  message: expect.stringContaining(name),
  ...more,
});

describe("response", () => {
  it("counts from the asking for the key, and sends nothing after that", async () => {
    const fetch = recordedFetch(jsonResponse(completionBody("Hello")));
    let give: (key: string) => void = () => {};
    const apiKey = () =>
      new Promise<string>((resolve) => {
        give = resolve;
      });
    const call = watched(completion(request, { apiKey, fetch, timeout: { response: 500 } }));
    await vi.advanceTimersByTimeAsync(499);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject(timeout("response", { attempts: 0 }));
    give(API_KEY);
    await vi.advanceTimersByTimeAsync(1);
    expect(fetch.calls).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("begins anew with each attempt", async () => {
    const late = async (): Promise<Response> => {
      await within(400);
      return jsonResponse({}, 503, { "retry-after-ms": "0" })();
    };
    const fetch = recordedFetch(late);
    const call = watched(completion(request, { apiKey: API_KEY, fetch, timeout: { response: 500 } }));
    await vi.advanceTimersByTimeAsync(1_500);
    expect(call.error).toMatchObject({ name: "InternalServerError", attempts: 3 });
  });

  it("does not count the wait for a retry", async () => {
    const fetch = recordedFetch(
      jsonResponse({}, 503, { "retry-after-ms": "2000" }),
      jsonResponse(completionBody("Hello")),
    );
    const call = watched(completion(request, { apiKey: API_KEY, fetch, timeout: { response: 500 } }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(call).toEqual({ value: expect.objectContaining({ object: "chat.completion" }) });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is over when headers come: a body may take as long as it lives", async () => {
    const { chunks } = streaming(
      paced(90, [sseEvent(contentChunk("a")), sseEvent(contentChunk("b")), sseEvent(finishChunk()), DONE_EVENT]),
      {
        timeout: { response: 100, idle: 100 },
      },
    );
    for (const content of ["a", "b"]) {
      const next = chunks.next();
      await vi.advanceTimersByTimeAsync(90);
      expect((await next).value?.choices[0]?.delta.content).toBe(content);
    }
    await chunks.return(undefined);
  });

  it("leaves no timer of a wait for a retry that an abort has ended", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(jsonResponse({}, 503, { "retry-after-ms": "2000" }));
    const call = watched(completion(request, { apiKey: API_KEY, fetch, signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(1_000);
    controller.abort("enough");
    await vi.advanceTimersByTimeAsync(0);
    expect(call).toEqual({ error: "enough" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("aborts the fetch that it ends", async () => {
    const fetch = recordedFetch(pendingResponse());
    const call = watched(completion(request, { apiKey: API_KEY, fetch, timeout: { response: 100 } }));
    await vi.advanceTimersByTimeAsync(100);
    expect(call.error).toMatchObject(timeout("response"));
    expect(fetch.calls[0]?.signal?.aborted).toBe(true);
  });
});

describe("idle", () => {
  it("counts comments as life", async () => {
    const { chunks } = streaming(
      paced(90, [...Array.from({ length: 20 }, () => ": ping\n\n"), sseEvent(contentChunk("a"))]),
      {
        timeout: { idle: 100 },
      },
    );
    const next = chunks.next();
    await vi.advanceTimersByTimeAsync(21 * 90);
    expect((await next).value?.choices[0]?.delta.content).toBe("a");
    await chunks.return(undefined);
  });

  it("never runs while the reader is busy", async () => {
    const { chunks } = streaming(
      [sseEvent(contentChunk("a")), sseEvent(contentChunk("b")), sseEvent(finishChunk()), DONE_EVENT],
      {
        timeout: { idle: 100 },
      },
    );
    await chunks.next();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("b");
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect((await chunks.next()).done).toBe(false);
    const end = chunks.next();
    await vi.advanceTimersByTimeAsync(50);
    expect(await end).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, Responder]>([
    ["a body that stops", () => new Response(scriptedBody(['{"id":', new Promise(() => {})]).stream)],
    ["a body that never starts", () => new Response(scriptedBody([new Promise(() => {})]).stream)],
    ["a text() that never ends", bodiless(() => new Promise(() => {}))],
  ])("ends a completion with %s", async (_, answer) => {
    const call = watched(
      completion(request, { apiKey: API_KEY, fetch: recordedFetch(answer), timeout: { idle: 100 } }),
    );
    await vi.advanceTimersByTimeAsync(99);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject(timeout("idle", { status: 200, attempts: 1 }));
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, (options: Options) => Promise<unknown>]>([
    ["completion", (options) => completion(request, options)],
    ["stream", (options) => stream(request, options).next()],
  ])("gives an error as far as its body came: %s", async (_, ask) => {
    const stuck = () => new Response(scriptedBody(["no luck", new Promise(() => {})]).stream, { status: 400 });
    const call = watched(ask({ apiKey: API_KEY, fetch: recordedFetch(stuck), timeout: { idle: 100 } }));
    await vi.advanceTimersByTimeAsync(100);
    expect(call.error).toMatchObject({
      name: "BadRequestError",
      status: 400,
      message: "400 from inference.baseten.co: no luck",
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("total", () => {
  it("is wall time: a slow reader's too, after every chunk that came", async () => {
    const { source, chunks } = streaming(
      [sseEvent(contentChunk("a")) + sseEvent(contentChunk("b")) + sseEvent(contentChunk("c")), new Promise(() => {})],
      {
        timeout: 1_000,
      },
    );
    await chunks.next();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("b");
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("c");
    await expect(chunks.next()).rejects.toMatchObject(timeout("total"));
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    expect(source.state).toBe("cancelled");
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, () => RecordedFetch]>([
    ["headers", () => recordedFetch(pendingResponse())],
    ["a body", () => recordedFetch(() => new Response(scriptedBody(['{"id":', new Promise(() => {})]).stream))],
    [
      "an error's body",
      () => recordedFetch(() => new Response(scriptedBody(["no", new Promise(() => {})]).stream, { status: 400 })),
    ],
    ["a text()", () => recordedFetch(bodiless(() => new Promise(() => {})))],
  ])("ends the wait for %s", async (_, make) => {
    const call = watched(completion(request, { apiKey: API_KEY, fetch: make(), timeout: { total: 1_000 } }));
    await vi.advanceTimersByTimeAsync(999);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject(timeout("total"));
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, string]>([
    ["an error", sseEvent({ error: "enough" })],
    ["an error behind the finish", sseEvent(finishChunk()) + sseEvent({ error: "enough" })],
  ])("that runs out while %s waits to be told does not hide it", async (_, rest) => {
    const { chunks } = streaming([sseEvent(contentChunk("a")) + rest, new Promise(() => {})], { timeout: 1_000 });
    await chunks.next();
    await vi.advanceTimersByTimeAsync(1_000);
    const told = async () => {
      for await (const _ of chunks);
    };
    await expect(told()).rejects.toMatchObject({ name: "APIError" });
  });

  it("after the last finish_reason spoils nothing", async () => {
    const { chunks } = streaming([sseEvent(contentChunk("a")), sseEvent(finishChunk()), new Promise(() => {})], {
      timeout: 1_000,
    });
    await chunks.next();
    await chunks.next();
    const end = chunks.next();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await end).toEqual({ done: true, value: undefined });
  });

  it("as a number lifts the other two out of its way", async () => {
    const fetch = recordedFetch(pendingResponse());
    const call = watched(completion(request, { apiKey: API_KEY, fetch, timeout: 5_000_000 }));
    await vi.advanceTimersByTimeAsync(4_999_999);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject(timeout("total"));
  });

  it("may be as long as a timer can", async () => {
    const longest = 2 ** 31 - 1;
    const call = watched(
      completion(request, { apiKey: API_KEY, fetch: recordedFetch(pendingResponse()), timeout: longest }),
    );
    await vi.advanceTimersByTimeAsync(longest - 1);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject(timeout("total"));
  });
});

describe("the end behind [DONE]", () => {
  it("is waited for 50 ms at most", async () => {
    const { source, fetch, chunks } = streaming([sseEvent(contentChunk("a")), DONE_EVENT, new Promise(() => {})]);
    await chunks.next();
    const end = watched(chunks.next());
    await vi.advanceTimersByTimeAsync(49);
    expect([end, source.state]).toEqual([{}, "open"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(end.value).toEqual({ done: true, value: undefined });
    expect([source.state, fetch.calls[0]?.signal?.aborted]).toEqual(["cancelled", true]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a response without a body", () => {
  it("is read by text(), its errors too", async () => {
    const good = completion(request, {
      apiKey: API_KEY,
      fetch: recordedFetch(bodiless(async () => JSON.stringify(completionBody("Hello")))),
    });
    expect(await good).toEqual(completionBody("Hello"));
    const bad = watched(
      completion(request, { apiKey: API_KEY, fetch: recordedFetch(bodiless(async () => '{"error":"no luck"}', 400)) }),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(bad.error).toMatchObject({ name: "BadRequestError", message: "400 from inference.baseten.co: no luck" });
  });

  it("that breaks off is an APIConnectionError", async () => {
    const cause = new TypeError("Network request failed");
    const call = watched(
      completion(request, { apiKey: API_KEY, fetch: recordedFetch(bodiless(() => Promise.reject(cause))) }),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(call.error).toMatchObject({ name: "APIConnectionError", status: 200, cause });
  });

  it("is left at once on abort", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(bodiless(() => new Promise(() => {})));
    const call = watched(completion(request, { apiKey: API_KEY, fetch, signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(10);
    const reason = new Error("enough");
    controller.abort(reason);
    await vi.advanceTimersByTimeAsync(0);
    expect(call.error).toBe(reason);
    expect([vi.getTimerCount(), countAbortListeners(controller.signal)]).toEqual([0, 0]);
  });
});

describe("a signal that lives for a thousand calls", () => {
  it("keeps no listener, and no timer is left", async () => {
    const { signal } = new AbortController();
    const options: Options = { apiKey: API_KEY, signal, timeout: 5_000, maxRetries: 0 };
    for (let call = 0; call < 250; call++) {
      await completion(request, { ...options, fetch: recordedFetch(jsonResponse(completionBody("Hello"))) });
      await completion(request, { ...options, fetch: recordedFetch(jsonResponse("no luck", 400)) }).catch(() => {});
      await completion(request, { ...options, timeout: 0 }).catch(() => {});
      for await (const _ of stream(request, {
        ...options,
        fetch: recordedFetch(() => new Response(sseEvent(contentChunk("a")) + DONE_EVENT)),
      }))
        break;
    }
    expect([vi.getTimerCount(), countAbortListeners(signal)]).toEqual([0, 0]);
  });
});

it("no attempt, and no wait before one, leaves a listener on the signal that fetch gets", async () => {
  const counts: number[] = [];
  const fetch = recordedFetch(({ signal }) => {
    counts.push(countAbortListeners(signal as AbortSignal));
    return new Response("{}", { status: 503 });
  });
  const call = watched(completion(request, { apiKey: API_KEY, fetch, maxRetries: 4 }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(call.error).toMatchObject({ attempts: 5 });
  expect(new Set(counts)).toEqual(new Set([counts[0]]));
});
