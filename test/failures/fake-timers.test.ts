/** The limits under every way in which vitest and jest fake timers: of `setTimeout` alone, with `performance`, and of all. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { completion, type Options, stream } from "../../src/index.js";
import { pendingResponse, recordedFetch, scriptedBody } from "../helpers/recorded-fetch.js";
import { MODEL_SLUG, messages } from "../helpers/requests.js";
import { completionBody, contentChunk, DONE_EVENT, finishChunk, sseEvent } from "../helpers/wire-chunks.js";

const request = { model: MODEL_SLUG, messages };
const common: Options = { apiKey: "key-of-the-test", maxRetries: 0 };

/** Steps of 10 ms, since a real clock does not advance with the faked timers. */
async function advance(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) await vi.advanceTimersByTimeAsync(10);
}

/** A stream whose body has these events and does not end. */
function openStream(timeout: Options["timeout"], ...events: string[]) {
  const body = scriptedBody([...events, new Promise(() => {})]);
  const fetch = recordedFetch(() => new Response(body.stream));
  return { body, chunks: stream(request, { ...common, timeout, fetch }) };
}

function* pings(): Generator<Promise<void> | string> {
  for (;;) {
    yield new Promise<void>((resolve) => setTimeout(resolve, 50));
    yield ": ping\n\n";
  }
}

const timeoutOf = (limit: string) => ({ name: "TimeoutError", message: expect.stringContaining(`timeout.${limit}`) });

describe.each<[string, Parameters<typeof vi.useFakeTimers>[0]]>([
  ["setTimeout alone", { toFake: ["setTimeout", "clearTimeout"] }],
  ["setTimeout and performance", { toFake: ["setTimeout", "clearTimeout", "performance"] }],
  ["setTimeout and Date", { toFake: ["setTimeout", "clearTimeout", "Date"] }],
  ["all that vitest fakes by default", {}],
])("with fake timers for %s", (_, config) => {
  beforeEach(() => void vi.useFakeTimers(config));
  afterEach(() => {
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect(left, "timers left behind").toBe(0);
  });

  it("timeout.response ends the wait for headers", async () => {
    const call = completion(request, {
      ...common,
      fetch: recordedFetch(pendingResponse()),
      timeout: { response: 1_000 },
    });
    const expected = expect(call).rejects.toMatchObject(timeoutOf("response"));
    await advance(1_000);
    await expected;
  });

  it("timeout.idle ends a read, counted anew after each event and each pause of the reader", async () => {
    const { chunks } = openStream({ idle: 1_000 }, sseEvent(contentChunk("a")), sseEvent(contentChunk("b")));
    await chunks.next();
    await advance(5_000);
    await chunks.next();
    await advance(5_000);
    const settled = vi.fn();
    const next = chunks.next().catch(settled);
    await advance(990);
    expect(settled).not.toHaveBeenCalled();
    await advance(10);
    await next;
    expect(settled).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(timeoutOf("idle")));
  });

  it.each([
    { idle: 100, response: 1_000 },
    { idle: 1_000, response: 100 },
  ])("comments alone end at the larger of timeout.idle and timeout.response: %j", async (timeout) => {
    const body = scriptedBody(pings());
    const fetch = recordedFetch(() => new Response(body.stream));
    const next = stream(request, { ...common, fetch, timeout }).next();
    const expected = expect(next).rejects.toMatchObject(timeoutOf("response"));
    await advance(990);
    expect(body.state).toBe("open");
    await advance(10);
    await expected;
    // The timer of the next comment is the test's own.
    await advance(50);
    expect(body.state).toBe("cancelled");
  });

  it("timeout.total ends a stream that its reader has paused", async () => {
    const { chunks } = openStream(1_000, sseEvent(contentChunk("a")));
    await chunks.next();
    await advance(1_000);
    await expect(chunks.next()).rejects.toMatchObject(timeoutOf("total"));
  });

  it("the wait before a retry ends as the server asks", async () => {
    const fetch = recordedFetch(
      () => new Response("no", { status: 503, headers: { "retry-after-ms": "1000" } }),
      () => new Response(JSON.stringify(completionBody("Hello"))),
    );
    const call = completion(request, { ...common, maxRetries: 1, fetch });
    await advance(990);
    expect(fetch.calls.length).toBe(1);
    await advance(10);
    expect((await call).choices[0]?.message.content).toBe("Hello");
  });

  it.each<[string, number, number]>([
    ["60 s is retried", 60_000, 2],
    ["longer is not, since work has probably begun", 60_010, 1],
  ])("a fetch that rejects after %s", async (_, ms, attempts) => {
    const fetch = recordedFetch(async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      throw new TypeError("fetch failed");
    });
    const call = completion(request, { ...common, maxRetries: 1, fetch });
    const expected = expect(call).rejects.toMatchObject({ name: "APIConnectionError", attempts });
    await vi.advanceTimersByTimeAsync(200_000);
    await expected;
  });

  it("a body that stays open after [DONE] is left after 50 ms", async () => {
    const { body, chunks } = openStream({}, sseEvent(finishChunk()) + DONE_EVENT);
    await chunks.next();
    const end = chunks.next();
    await advance(50);
    expect(await end).toEqual({ done: true, value: undefined });
    expect(body.state).toBe("cancelled");
  });
});
