/** What must not grow with use: abort listeners, heap, time per read, and what is buffered for a paused consumer. */

import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { collect, completion, type Options, stream, text } from "../../src/index.js";
import { repeatUntilClosed, type Step, sseHead } from "../helpers/http-response.js";
import { countAbortListeners, flushEventLoop, withTimeout } from "../helpers/leak-check.js";
import { recordedFetch, scriptedBody, sseResponse } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import {
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
  usageChunk,
} from "../helpers/wire-chunks.js";
import { withServer } from "./describe-failures.js";

const MiB = 1024 * 1024;
const base = { baseURL: "http://host.test/v1", apiKey: "some-key-of-ours", maxRetries: 1 };

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of heap in use after garbage collection. */
async function heapUsed(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    await flushEventLoop();
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

/** Calls that end in every way: success, break, each kind of failure, and a refusal before sending. */
const endings: ((options: Options) => Promise<unknown>)[] = [
  (options) =>
    completion(REQUEST, {
      ...options,
      fetch: recordedFetch(() => new Response(JSON.stringify(completionBody("Hello")))),
    }),
  (options) =>
    collect(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS, FINISH_EVENTS])) })),
  (options) =>
    breakLoop(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS, FINISH_EVENTS])) })),
  (options) =>
    breakLoop(text(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS, FINISH_EVENTS])) }))),
  (options) => collect(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS])) })),
  (options) =>
    collect(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS, new Error("broken")])) })),
  (options) => completion(REQUEST, { ...options, fetch: recordedFetch(() => new Response("no", { status: 400 })) }),
  (options) =>
    completion(REQUEST, { ...options, fetch: recordedFetch(() => Promise.reject(new TypeError("no"))), maxRetries: 0 }),
  (options) => completion({ ...REQUEST, messages: "no" as never }, options),
  (options) => stream(REQUEST, { ...options, apiKey: "n\no" }).next(),
  (options) => stream(REQUEST, { ...options, fetch: recordedFetch(() => new Response("<html>")) }).next(),
  (options) => stream(REQUEST, options).return(undefined),
];

async function breakLoop(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) break;
}

describe("many calls with one signal", () => {
  it("leave no abort listener and do not grow the heap", async () => {
    const { signal } = new AbortController();
    const options = { ...base, signal, timeout: { total: 600_000 } };
    let mostListeners = 0;
    const calls = async (count: number) => {
      for (let call = 0; call < count; call++) {
        await endings[call % endings.length]?.(options).catch(() => {});
        mostListeners = Math.max(mostListeners, countAbortListeners(signal));
      }
    };
    await calls(2_000);
    const before = await heapUsed();
    await calls(8_000);
    const grown = (await heapUsed()) - before;
    expect([mostListeners, countAbortListeners(signal)]).toEqual([0, 0]);
    expect(grown).toBeLessThan(MiB);
  });

  it("leave no abort listener if they are retried", async () => {
    const { signal } = new AbortController();
    const busy = () => new Response("no", { status: 503, headers: { "retry-after": "0" } });
    const hello = () => new Response(JSON.stringify(completionBody("Hello")));
    const calls = Array.from({ length: 500 }, () =>
      completion(REQUEST, { ...base, signal, fetch: recordedFetch(busy, hello) }),
    );
    expect((await Promise.all(calls)).length).toBe(500);
    expect(countAbortListeners(signal)).toBe(0);
  });
});

describe("a stream of a million chunks", () => {
  /** This many chunks, a hundred per read, created when they are read. */
  function* generateReads(chunks: number): Generator<string> {
    const hundred = sseEvent(contentChunk("word ")).repeat(100);
    for (let sent = 0; sent < chunks; sent += 100) yield hundred;
    yield sseEvent(finishChunk()) + sseEvent(usageChunk()) + DONE_EVENT;
  }

  it("does not grow the heap", async () => {
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(generateReads(1_000_000))) });
    let chunkCount = 0;
    let before = 0;
    let mostHeap = 0;
    for await (const _ of chunks) {
      chunkCount += 1;
      if (chunkCount === 100_000) before = await heapUsed();
      if (chunkCount > 100_000 && chunkCount % 300_000 === 0) mostHeap = Math.max(mostHeap, await heapUsed());
    }
    expect(chunkCount).toBe(1_000_002);
    expect(mostHeap - before).toBeLessThan(MiB);
  });
});

describe("a large event in small reads", () => {
  it("is parsed in linear time: 8 MiB in 16,384 reads end within the test's time limit", async () => {
    const whole = Buffer.from(sseEvent(contentChunk("x".repeat(8 * MiB))) + FINISH_EVENTS);
    function* pieces(): Generator<Uint8Array> {
      for (let at = 0; at < whole.length; at += 512) yield whole.subarray(at, at + 512);
    }
    const { choices } = await collect(stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(pieces())) }));
    expect(choices[0]?.message.content?.length).toBe(8 * MiB);
  });
});

describe("a consumer that pauses", () => {
  /** Waits until the server has sent nothing for 1,000 turns of the event loop. Returns how many bytes it has sent. */
  async function waitUntilIdle(socket: Socket): Promise<number> {
    let sent = -1;
    for (let idleTurns = 0; idleTurns < 1_000 && socket.bytesWritten < 512 * MiB; idleTurns++) {
      if (socket.bytesWritten !== sent) idleTurns = 0;
      sent = socket.bytesWritten;
      await nextTurn();
    }
    return sent;
  }

  it("makes the server pause (back-pressure), until it reads on", async () => {
    let socket: Socket | undefined;
    const keepSocket: Step = (connection) => {
      socket = connection.socket;
    };
    const endlessEvents = repeatUntilClosed(sseEvent(contentChunk("x".repeat(60_000))));
    await withServer([[keepSocket, sseHead(), endlessEvents]], async (server, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      const sent = await waitUntilIdle(socket as Socket);
      expect(sent).toBeGreaterThan(60_000);
      expect(sent).toBeLessThan(64 * MiB);
      while ((socket as Socket).bytesWritten < 2 * sent) await chunks.next();
      await chunks.return(undefined);
      await withTimeout(server.requests[0]?.closed ?? Promise.reject(), "the client's close");
    });
  });

  it("causes no read of the body beyond the one it needed", async () => {
    const body = scriptedBody(Array.from({ length: 100 }, () => HELLO_EVENTS));
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(body.stream)) });
    await chunks.next();
    await chunks.next();
    await flushEventLoop();
    expect(body.reads).toBe(1);
    await chunks.return(undefined);
  });
});
