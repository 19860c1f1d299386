import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import {
  byteByByte,
  endBody,
  endSocket,
  httpResponse,
  rawBytes,
  resetSocket,
  responseHead,
  type Step,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { withTimeout } from "../helpers/leak-check.js";
import { type ScriptedPiece, scriptedBody } from "../helpers/recorded-fetch.js";
import { DONE_EVENT, FINISH_EVENTS, HELLO_EVENTS } from "../helpers/wire-chunks.js";
import { createRequest, expectError, postTo, RAW_REQUEST, relayResponse, relayTo, serveRelay } from "./relay-setup.js";

/** Reads the rest of a body. Rejects if it breaks off. */
async function readRest(reader: ReadableStreamDefaultReader | undefined): Promise<void> {
  while (!(await reader?.read())?.done);
}

/** Every byte there is, and a few that are no UTF-8, thrice, with line ends of all kinds. */
const BYTES = Buffer.concat([
  Buffer.from(Array.from({ length: 768 }, (_, index) => index % 256)),
  Buffer.from("data: half a 👋".slice(0, -1)),
  Buffer.from(HELLO_EVENTS.replaceAll("\n", "\r\n") + FINISH_EVENTS + DONE_EVENT),
]);

describe("a 2xx comes through byte for byte", () => {
  const sse = { "content-type": "text/event-stream" };
  it.each<[name: string, script: Step[]]>([
    ["in one piece", [sseHead(), BYTES, endBody]],
    ["a byte at a time", [sseHead(), byteByByte(BYTES), endBody]],
    ["with its length", [...httpResponse(200, BYTES, sse)]],
    ["to the end of the connection", [responseHead(200, sse), rawBytes(BYTES), endSocket]],
    ["of any type", [...httpResponse(203, BYTES, { "content-type": "application/x-anything" })]],
  ])("%s", async (_, script) => {
    const { origin } = await serveRelay([script]);
    const answer = await postTo(origin);
    expect(Buffer.from(await answer.arrayBuffer()).equals(BYTES)).toBe(true);
    expect([200, 203]).toContain(answer.status);
  });

  it("each event before the next is sent", async () => {
    const script = [
      sseHead(),
      HELLO_EVENTS,
      waitForEvent("seen 1"),
      FINISH_EVENTS,
      waitForEvent("seen 2"),
      DONE_EVENT,
      endBody,
    ];
    const { upstream, origin } = await serveRelay([script]);
    const reader = (await postTo(origin)).body?.getReader();
    const utf8 = new TextDecoder();
    const read = async () => utf8.decode((await withTimeout(reader?.read() ?? Promise.reject(), "a read")).value);
    expect(await read()).toBe(HELLO_EVENTS);
    upstream.emit("seen 1");
    expect(await read()).toBe(FINISH_EVENTS);
    upstream.emit("seen 2");
    expect(await read()).toBe(DONE_EVENT);
    expect(await reader?.read()).toEqual({ done: true, value: undefined });
  });

  it.each([[200], [201], [202], [299]])("%d with its own status", async (status) => {
    const answer = await relayResponse(new Response("x", { status }));
    expect([answer.status, await answer.text()]).toEqual([status, "x"]);
  });

  it.each([[204], [205], [304]])("%d without a body", async (status) => {
    const answer = await relayResponse(new Response(null, { status, headers: { etag: "1", "x-request-id": "r" } }));
    expect([answer.status, answer.body]).toEqual([status, null]);
    expect(answer.headers.get("x-request-id")).toBe("r");
  });

  it("204 without the body that a fetch of one's own gave it, which is cancelled", async () => {
    const upstream = scriptedBody(["x"]);
    const response = Object.defineProperty(new Response(null, { status: 204 }), "body", { value: upstream.stream });
    const answer = await relayResponse(response);
    expect([answer.status, answer.body, upstream.state]).toEqual([204, null, "cancelled"]);
  });
});

it("the timeout never cuts a stream", async () => {
  vi.useFakeTimers();
  try {
    const upstream = scriptedBody([
      HELLO_EVENTS,
      new Promise((resolve) => setTimeout(resolve, 3_600_000, FINISH_EVENTS)),
    ]);
    const answer = await relayResponse(new Response(upstream.stream), { timeout: 1_000 });
    const all = answer.text();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await all).toBe(HELLO_EVENTS + FINISH_EVENTS);
  } finally {
    vi.useRealTimers();
  }
});

describe("an upstream's body that breaks off is an error to the caller", () => {
  it.each<[name: string, script: Step[]]>([
    ["by a reset", [sseHead(), HELLO_EVENTS, waitForEvent("seen"), resetSocket]],
    ["in the middle of a chunk", [sseHead(), HELLO_EVENTS, waitForEvent("seen"), rawBytes("ff\r\nhalf"), endSocket]],
    ["before its last chunk", [sseHead(), HELLO_EVENTS, waitForEvent("seen"), endSocket]],
    [
      "before its length",
      [responseHead(200, { "content-length": "1000" }), HELLO_EVENTS, waitForEvent("seen"), endSocket],
    ],
  ])("%s", async (_, script) => {
    const { upstream, origin } = await serveRelay([script]);
    const answer = await postTo(origin);
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(HELLO_EVENTS);

    upstream.emit("seen");
    await expect(withTimeout(readRest(reader), "an end")).rejects.toThrow();
  });

  it("a body that somebody else reads is a 500", async () => {
    const upstream = new Response(HELLO_EVENTS);
    upstream.body?.getReader();
    await expectError(await relayResponse(upstream), 500);
  });

  it("to a caller in the same process, too", async () => {
    const pieces: ScriptedPiece[] = [HELLO_EVENTS, new Error("ECONNRESET 10.0.0.1")];
    const answer = await relayResponse(new Response(scriptedBody(pieces).stream));
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(HELLO_EVENTS);
    await expect(reader?.read()).rejects.toThrow("ECONNRESET");
  });
});

describe("back-pressure reaches the upstream", () => {
  it("in the process: one read upstream for each read", async () => {
    const upstream = scriptedBody(["a", "b", "c"]);
    const answer = await relayResponse(new Response(upstream.stream));
    const reader = answer.body?.getReader();
    for (const reads of [0, 1, 2]) {
      expect(upstream.reads).toBe(reads);
      await reader?.read();
    }
  });

  it("over sockets: an endless upstream is never far ahead of a slow caller", async () => {
    const ahead = 32 * 2 ** 20;
    let sent = 0;
    const flood: Step = async (wire) => {
      for (; !wire.socket.destroyed; sent += 65_536) await wire.send(Buffer.alloc(65_536, "x"));
    };
    const { origin, upstream } = await serveRelay([[responseHead(200), flood]]);
    const caller = connect(Number(new URL(origin).port), "127.0.0.1");
    caller.write(RAW_REQUEST);
    for (let read = 0; read < ahead; ) {
      await once(caller, "readable");
      read += (caller.read() as Buffer | null)?.length ?? 0;
      for (let turns = 0; turns < 20; turns++) await turn();
      expect(sent - read).toBeLessThan(ahead);
    }
    caller.destroy();
    await withTimeout(upstream.requests[0]?.closed ?? Promise.reject(), "the upstream's close");
  });
});

describe("a caller who leaves in the middle of a stream ends the upstream's work", () => {
  it("over sockets", async () => {
    const { upstream, origin } = await serveRelay([[sseHead(), HELLO_EVENTS, stall]]);
    const reader = (await postTo(origin)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await withTimeout(upstream.requests[0]?.closed ?? Promise.reject(), "the upstream's close");
  });

  it("by a cancel of the body, which is the upstream's own", async () => {
    const upstream = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const answer = await relayResponse(new Response(upstream.stream));
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel("enough");
    expect(upstream.state).toBe("cancelled");
  });

  it("by the signal, which reaches the upstream's fetch and is an error to a read under way", async () => {
    const { handle, upstream } = await relayTo([[sseHead(), HELLO_EVENTS, stall]]);
    const caller = new AbortController();
    const answer = await handle(createRequest({ signal: caller.signal }));
    const all = answer.text();
    caller.abort(new Error("enough"));
    await expect(withTimeout(all, "an end")).rejects.toThrow("enough");
    await withTimeout(upstream.requests[0]?.closed ?? Promise.reject(), "the upstream's close");
  });
});
