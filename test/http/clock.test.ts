import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { completion, type Options, stream } from "../../src/index.js";
import { clearEnvironment } from "../helpers/environment.js";
import { delay, delayedPieces, observe } from "../helpers/fake-time.js";
import { countAbortListeners } from "../helpers/leak-check.js";
import {
  jsonResponse,
  pendingResponse,
  type RecordedFetch,
  type Responder,
  recordedFetch,
  type ScriptedPiece,
  scriptedBody,
} from "../helpers/recorded-fetch.js";
import { API_KEY, MODEL_SLUG, messages } from "../helpers/requests.js";
import { completionBody, contentChunk, DONE_EVENT, finishChunk, sseEvent } from "../helpers/wire-chunks.js";

clearEnvironment();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const request = { model: MODEL_SLUG, messages };

/** A stream whose body is these pieces, one for each read. */
function startStream(pieces: Iterable<ScriptedPiece>, options: Options = {}) {
  const source = scriptedBody(pieces);
  const fetch = recordedFetch(() => new Response(source.stream));
  return { source, fetch, chunks: stream(request, { apiKey: API_KEY, maxRetries: 0, fetch, ...options }) };
}

/** A response as React Native's own fetch gives it. */
const bodilessResponse =
  (text: () => Promise<string>, status = 200): Responder =>
  () =>
    Object.defineProperties(new Response(null, { status }), { body: { value: undefined }, text: { value: text } });

/** The error of a call whose limit of this name has expired. */
const timeoutError = (name: string, more: object = {}) => ({
  name: "TimeoutError",
  message: expect.stringContaining(name),
  ...more,
});

describe("timeout.response", () => {
  it("includes the wait for the function apiKey, and nothing is sent after it", async () => {
    const fetch = recordedFetch(jsonResponse(completionBody("Hello")));
    let give: (key: string) => void = () => {};
    const apiKey = () =>
      new Promise<string>((resolve) => {
        give = resolve;
      });
    const call = observe(completion(request, { apiKey, fetch, timeout: { response: 500 } }));
    await vi.advanceTimersByTimeAsync(499);
    expect(call.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(call.value).toMatchObject(timeoutError("response", { attempts: 0 }));
    give(API_KEY);
    await vi.advanceTimersByTimeAsync(1);
    expect(fetch.calls).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("starts again with each attempt", async () => {
    const late = async (): Promise<Response> => {
      return delay(400, jsonResponse({}, 503, { "retry-after-ms": "0" })());
    };
    const fetch = recordedFetch(late);
    const call = observe(completion(request, { apiKey: API_KEY, fetch, timeout: { response: 500 } }));
    await vi.advanceTimersByTimeAsync(1_500);
    expect(call.value).toMatchObject({ name: "InternalServerError", attempts: 3 });
  });

  it("does not include the wait before a retry", async () => {
    const fetch = recordedFetch(
      jsonResponse({}, 503, { "retry-after-ms": "2000" }),
      jsonResponse(completionBody("Hello")),
    );
    const call = observe(completion(request, { apiKey: API_KEY, fetch, timeout: { response: 500 } }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(call).toEqual({ state: "fulfilled", value: expect.objectContaining({ object: "chat.completion" }) });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends when the headers come: the body may take longer", async () => {
    const { chunks } = startStream(
      delayedPieces(90, [
        sseEvent(contentChunk("a")),
        sseEvent(contentChunk("b")),
        sseEvent(finishChunk()),
        DONE_EVENT,
      ]),
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

  it("leaves no timer when an abort ends the wait before a retry", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(jsonResponse({}, 503, { "retry-after-ms": "2000" }));
    const call = observe(completion(request, { apiKey: API_KEY, fetch, signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(1_000);
    controller.abort("enough");
    await vi.advanceTimersByTimeAsync(0);
    expect(call).toEqual({ state: "rejected", value: "enough" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("aborts the fetch when it expires", async () => {
    const fetch = recordedFetch(pendingResponse());
    const call = observe(completion(request, { apiKey: API_KEY, fetch, timeout: { response: 100 } }));
    await vi.advanceTimersByTimeAsync(100);
    expect(call.value).toMatchObject(timeoutError("response"));
    expect(fetch.calls[0]?.signal?.aborted).toBe(true);
  });
});

describe("timeout.idle", () => {
  it("is reset by comments", async () => {
    const { chunks } = startStream(
      delayedPieces(90, [...Array.from({ length: 20 }, () => ": ping\n\n"), sseEvent(contentChunk("a"))]),
      {
        timeout: { idle: 100 },
      },
    );
    const next = chunks.next();
    await vi.advanceTimersByTimeAsync(21 * 90);
    expect((await next).value?.choices[0]?.delta.content).toBe("a");
    await chunks.return(undefined);
  });

  it("does not run between reads, however slow the consumer is", async () => {
    const { chunks } = startStream(
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
    ["a text() that never ends", bodilessResponse(() => new Promise(() => {}))],
  ])("ends a completion with %s", async (_, answer) => {
    const call = observe(
      completion(request, { apiKey: API_KEY, fetch: recordedFetch(answer), timeout: { idle: 100 } }),
    );
    await vi.advanceTimersByTimeAsync(99);
    expect(call.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(call.value).toMatchObject(timeoutError("idle", { status: 200, attempts: 1 }));
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, (options: Options) => Promise<unknown>]>([
    ["completion", (options) => completion(request, options)],
    ["stream", (options) => stream(request, options).next()],
  ])("that expires in an error's body throws that error, with the text so far: %s", async (_, call) => {
    const stuck = () => new Response(scriptedBody(["no luck", new Promise(() => {})]).stream, { status: 400 });
    const outcome = observe(call({ apiKey: API_KEY, fetch: recordedFetch(stuck), timeout: { idle: 100 } }));
    await vi.advanceTimersByTimeAsync(100);
    expect(outcome.value).toMatchObject({
      name: "BadRequestError",
      status: 400,
      message: "400 from inference.baseten.co: no luck",
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("timeout.total", () => {
  it("includes the time between reads, and throws after every chunk that came", async () => {
    const { source, chunks } = startStream(
      [sseEvent(contentChunk("a")) + sseEvent(contentChunk("b")) + sseEvent(contentChunk("c")), new Promise(() => {})],
      {
        timeout: 1_000,
      },
    );
    await chunks.next();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("b");
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("c");
    await expect(chunks.next()).rejects.toMatchObject(timeoutError("total"));
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
    ["a text()", () => recordedFetch(bodilessResponse(() => new Promise(() => {})))],
  ])("ends the wait for %s", async (_, make) => {
    const call = observe(completion(request, { apiKey: API_KEY, fetch: make(), timeout: { total: 1_000 } }));
    await vi.advanceTimersByTimeAsync(999);
    expect(call.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(call.value).toMatchObject(timeoutError("total"));
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, string]>([
    ["an error event", sseEvent({ error: "enough" })],
    ["an error event after the finish_reason", sseEvent(finishChunk()) + sseEvent({ error: "enough" })],
  ])("that expires while %s is queued does not replace its error", async (_, rest) => {
    const { chunks } = startStream([sseEvent(contentChunk("a")) + rest, new Promise(() => {})], { timeout: 1_000 });
    await chunks.next();
    await vi.advanceTimersByTimeAsync(1_000);
    const readAll = async () => {
      for await (const _ of chunks);
    };
    await expect(readAll()).rejects.toMatchObject({ name: "APIError" });
  });

  it("that expires after the last finish_reason ends the stream without an error", async () => {
    const { chunks } = startStream([sseEvent(contentChunk("a")), sseEvent(finishChunk()), new Promise(() => {})], {
      timeout: 1_000,
    });
    await chunks.next();
    await chunks.next();
    const end = chunks.next();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await end).toEqual({ done: true, value: undefined });
  });

  it("as a number removes the other two limits", async () => {
    const fetch = recordedFetch(pendingResponse());
    const call = observe(completion(request, { apiKey: API_KEY, fetch, timeout: 5_000_000 }));
    await vi.advanceTimersByTimeAsync(4_999_999);
    expect(call.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(call.value).toMatchObject(timeoutError("total"));
  });

  it("may be as long as setTimeout allows", async () => {
    const longest = 2 ** 31 - 1;
    const call = observe(
      completion(request, { apiKey: API_KEY, fetch: recordedFetch(pendingResponse()), timeout: longest }),
    );
    await vi.advanceTimersByTimeAsync(longest - 1);
    expect(call.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(call.value).toMatchObject(timeoutError("total"));
  });
});

describe("the end of the body after [DONE]", () => {
  it("is waited for at most 50 ms", async () => {
    const { source, fetch, chunks } = startStream([sseEvent(contentChunk("a")), DONE_EVENT, new Promise(() => {})]);
    await chunks.next();
    const end = observe(chunks.next());
    await vi.advanceTimersByTimeAsync(49);
    expect([end.state, source.state]).toEqual(["pending", "open"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(end.value).toEqual({ done: true, value: undefined });
    expect([source.state, fetch.calls[0]?.signal?.aborted]).toEqual(["cancelled", true]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a response whose body is undefined, as in React Native,", () => {
  it("is read by text(), and so is an error", async () => {
    const good = completion(request, {
      apiKey: API_KEY,
      fetch: recordedFetch(bodilessResponse(async () => JSON.stringify(completionBody("Hello")))),
    });
    expect(await good).toEqual(completionBody("Hello"));
    const bad = observe(
      completion(request, {
        apiKey: API_KEY,
        fetch: recordedFetch(bodilessResponse(async () => '{"error":"no luck"}', 400)),
      }),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(bad.value).toMatchObject({ name: "BadRequestError", message: "400 from inference.baseten.co: no luck" });
  });

  it("rejects with APIConnectionError if text() fails", async () => {
    const cause = new TypeError("Network request failed");
    const call = observe(
      completion(request, { apiKey: API_KEY, fetch: recordedFetch(bodilessResponse(() => Promise.reject(cause))) }),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(call.value).toMatchObject({ name: "APIConnectionError", status: 200, cause });
  });

  it("rejects at once on abort, with the signal's reason", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(bodilessResponse(() => new Promise(() => {})));
    const call = observe(completion(request, { apiKey: API_KEY, fetch, signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(10);
    const reason = new Error("enough");
    controller.abort(reason);
    await vi.advanceTimersByTimeAsync(0);
    expect(call.value).toBe(reason);
    expect([vi.getTimerCount(), countAbortListeners(controller.signal)]).toEqual([0, 0]);
  });
});

describe("a signal that a thousand calls share", () => {
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
  const call = observe(completion(request, { apiKey: API_KEY, fetch, maxRetries: 4 }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(call.value).toMatchObject({ attempts: 5 });
  expect(new Set(counts)).toEqual(new Set([counts[0]]));
});
