/** What grows with use, and must not: listeners, heap, and what a server may send to a reader who has stopped reading. */

import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
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
const gc = runInNewContext("gc") as () => void;

/** Bytes of heap in use once all that can go has gone. */
async function heap(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    await flushEventLoop();
    gc();
  }
  return process.memoryUsage().heapUsed;
}

/** The ways in which a call can end, in turn. */
const endings: ((options: Options) => Promise<unknown>)[] = [
  (options) =>
    completion(REQUEST, {
      ...options,
      fetch: recordedFetch(() => new Response(JSON.stringify(completionBody("Hello")))),
    }),
  (options) =>
    collect(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS, FINISH_EVENTS])) })),
  (options) => leave(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS, FINISH_EVENTS])) })),
  (options) =>
    leave(text(stream(REQUEST, { ...options, fetch: recordedFetch(sseResponse([HELLO_EVENTS, FINISH_EVENTS])) }))),
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

async function leave(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) break;
}

describe("10,000 calls on one signal", () => {
  it("leave no listener and a flat heap", async () => {
    const { signal } = new AbortController();
    const options = { ...base, signal, timeout: { total: 600_000 } };
    let most = 0;
    const calls = async (count: number) => {
      for (let call = 0; call < count; call++) {
        await endings[call % endings.length]?.(options).catch(() => {});
        most = Math.max(most, countAbortListeners(signal));
      }
    };
    await calls(2_000);
    const before = await heap();
    await calls(8_000);
    const grown = (await heap()) - before;
    expect([most, countAbortListeners(signal)]).toEqual([0, 0]);
    expect(grown).toBeLessThan(MiB);
  });

  it("that are retried leave none either", async () => {
    const { signal } = new AbortController();
    const busy = () => new Response("no", { status: 503, headers: { "retry-after": "0" } });
    const good = () => new Response(JSON.stringify(completionBody("Hello")));
    const calls = Array.from({ length: 500 }, () =>
      completion(REQUEST, { ...base, signal, fetch: recordedFetch(busy, good) }),
    );
    expect((await Promise.all(calls)).length).toBe(500);
    expect(countAbortListeners(signal)).toBe(0);
  });
});

describe("a million chunks", () => {
  /** So many chunks, a hundred a read, made as they are asked for. */
  function* hundreds(chunks: number): Generator<string> {
    const hundred = sseEvent(contentChunk("word ")).repeat(100);
    for (let sent = 0; sent < chunks; sent += 100) yield hundred;
    yield sseEvent(finishChunk()) + sseEvent(usageChunk()) + DONE_EVENT;
  }

  it("leave a flat heap", async () => {
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(hundreds(1_000_000))) });
    let seen = 0;
    let before = 0;
    let most = 0;
    for await (const _ of chunks) {
      seen += 1;
      if (seen === 100_000) before = await heap();
      if (seen > 100_000 && seen % 300_000 === 0) most = Math.max(most, await heap());
    }
    expect(seen).toBe(1_000_002);
    expect(most - before).toBeLessThan(MiB);
  });
});

describe("a large event in small reads", () => {
  it("is put together in time that is linear: 8 MiB in 16,384 reads", async () => {
    const whole = Buffer.from(sseEvent(contentChunk("x".repeat(8 * MiB))) + FINISH_EVENTS);
    function* pieces(): Generator<Uint8Array> {
      for (let at = 0; at < whole.length; at += 512) yield whole.subarray(at, at + 512);
    }
    const { choices } = await collect(stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(pieces())) }));
    expect(choices[0]?.message.content?.length).toBe(8 * MiB);
  });
});

describe("a reader who stops reading", () => {
  /** Runs on until the server has sent nothing for a thousand turns of the event loop, and gives how much it has sent. */
  async function standstill(socket: Socket): Promise<number> {
    let sent = -1;
    for (let still = 0; still < 1_000 && socket.bytesWritten < 512 * MiB; still++) {
      if (socket.bytesWritten !== sent) still = 0;
      sent = socket.bytesWritten;
      await turn();
    }
    return sent;
  }

  it("stops the server, who goes on when the reader does", async () => {
    let socket: Socket | undefined;
    const meet: Step = (wire) => {
      socket = wire.socket;
    };
    const flood = repeatUntilClosed(sseEvent(contentChunk("x".repeat(60_000))));
    await withServer([[meet, sseHead(), flood]], async (server, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      const sent = await standstill(socket as Socket);
      expect(sent).toBeGreaterThan(60_000);
      expect(sent).toBeLessThan(64 * MiB);
      while ((socket as Socket).bytesWritten < 2 * sent) await chunks.next();
      await chunks.return(undefined);
      await withTimeout(server.requests[0]?.closed ?? Promise.reject(), "the client's close");
    });
  });

  it("stops a body in the process after the very read that was asked for", async () => {
    const answer = scriptedBody(Array.from({ length: 100 }, () => HELLO_EVENTS));
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(answer.stream)) });
    await chunks.next();
    await chunks.next();
    await flushEventLoop();
    expect(answer.reads).toBe(1);
    await chunks.return(undefined);
  });
});
