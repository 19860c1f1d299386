import { once } from "node:events";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
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
import { type BodyPiece, scriptedBody } from "../helpers/recorded-fetch.js";
import { DONE_EVENT, FINISH_EVENTS, HELLO_EVENTS } from "../helpers/wire-chunks.js";
import { ask, CALLER_KEY, expectError, HEADERS, OWN_KEY, recorder, relayTo, serveRelay } from "./run.js";

const own: RelayOptions = { apiKey: OWN_KEY, authorize: () => true };
const BASE = "https://up.example:8443/base/v1";

/** What a relay makes of one answer. */
async function relayed(answer: Response, options: RelayOptions = {}, request = ask()): Promise<Response> {
  return relay({ fetch: recorder(() => answer).fetch, baseURL: BASE, ...options })(request);
}

/** A request as it is on the wire. */
const CALL = [
  "POST /v1/chat/completions HTTP/1.1",
  "host: relay.test",
  "connection: close",
  `authorization: Bearer ${CALLER_KEY}`,
  "content-type: application/json",
  "content-length: 15",
  "",
  '{"model":"a/b"}',
].join("\r\n");

/** A POST to a relay on loopback. */
const post = (origin: string, init: RequestInit = {}) =>
  fetch(`${origin}/v1/chat/completions`, { method: "POST", headers: HEADERS, body: '{"model":"a/b"}', ...init });

/** Reads on to the end, if it is one. */
async function rest(reader: ReadableStreamDefaultReader | undefined): Promise<void> {
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
    const answer = await post(origin);
    expect(Buffer.from(await answer.arrayBuffer()).equals(BYTES)).toBe(true);
    expect([200, 203]).toContain(answer.status);
  });

  it("as it comes: each event before the next is sent", async () => {
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
    const reader = (await post(origin)).body?.getReader();
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
    const answer = await relayed(new Response("x", { status }));
    expect([answer.status, await answer.text()]).toEqual([status, "x"]);
  });

  it.each([[204], [205], [304]])("%d without a body", async (status) => {
    const answer = await relayed(new Response(null, { status, headers: { etag: "1", "x-request-id": "r" } }));
    expect([answer.status, answer.body]).toEqual([status, null]);
    expect(answer.headers.get("x-request-id")).toBe("r");
  });
});

it("the timeout never cuts a stream", async () => {
  vi.useFakeTimers();
  try {
    const upstream = scriptedBody([
      HELLO_EVENTS,
      new Promise((resolve) => setTimeout(resolve, 3_600_000, FINISH_EVENTS)),
    ]);
    const answer = await relayed(new Response(upstream.stream), { timeout: 1_000 });
    const all = answer.text();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await all).toBe(HELLO_EVENTS + FINISH_EVENTS);
  } finally {
    vi.useRealTimers();
  }
});

describe("a body that breaks off never ends well", () => {
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
    const answer = await post(origin);
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(HELLO_EVENTS);

    upstream.emit("seen");
    await expect(withTimeout(rest(reader), "an end")).rejects.toThrow();
  });

  it("nor begins well, if somebody else reads it", async () => {
    const upstream = new Response(HELLO_EVENTS);
    upstream.body?.getReader();
    await expectError(await relayed(upstream), 500);
  });

  it("for a caller in the same process either", async () => {
    const pieces: BodyPiece[] = [HELLO_EVENTS, new Error("ECONNRESET 10.0.0.1")];
    const answer = await relayed(new Response(scriptedBody(pieces).stream));
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(HELLO_EVENTS);
    await expect(reader?.read()).rejects.toThrow("ECONNRESET");
  });
});

describe("nothing is read that was not asked for", () => {
  it("in the process: a read for a read", async () => {
    const upstream = scriptedBody(["a", "b", "c"]);
    const answer = await relayed(new Response(upstream.stream));
    const reader = answer.body?.getReader();
    for (const reads of [0, 1, 2]) {
      expect(upstream.reads).toBe(reads);
      await reader?.read();
    }
  });

  it("over sockets: an upstream without end is never far ahead of a slow caller", async () => {
    const ahead = 32 * 2 ** 20;
    let sent = 0;
    const flood: Step = async (wire) => {
      for (; !wire.socket.destroyed; sent += 65_536) await wire.send(Buffer.alloc(65_536, "x"));
    };
    const { origin, upstream } = await serveRelay([[responseHead(200), flood]]);
    const caller = connect(Number(new URL(origin).port), "127.0.0.1");
    caller.write(CALL);
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

describe("a caller who leaves in the middle frees the upstream", () => {
  it("over sockets", async () => {
    const { upstream, origin } = await serveRelay([[sseHead(), HELLO_EVENTS, stall]]);
    const reader = (await post(origin)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await withTimeout(upstream.requests[0]?.closed ?? Promise.reject(), "the upstream's close");
  });

  it("by a cancel of the body, which is the upstream's own", async () => {
    const upstream = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const answer = await relayed(new Response(upstream.stream));
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel("enough");
    expect(upstream.state).toBe("cancelled");
  });

  it("by the signal, which reaches the upstream's fetch and is an error to a read under way", async () => {
    const { handle, upstream } = await relayTo([[sseHead(), HELLO_EVENTS, stall]]);
    const caller = new AbortController();
    const answer = await handle(ask({ signal: caller.signal }));
    const all = answer.text();
    caller.abort(new Error("enough"));
    await expect(withTimeout(all, "an end")).rejects.toThrow("enough");
    await withTimeout(upstream.requests[0]?.closed ?? Promise.reject(), "the upstream's close");
  });
});

describe("of the response's headers", () => {
  const passed = { "content-type": "text/event-stream", "retry-after": "1", "x-request-id": "r-1", "x-other": "kept" };
  const kept = {
    connection: "keep-alive, x-hop",
    "x-hop": "1",
    "keep-alive": "timeout=5",
    "proxy-authenticate": "Basic",
    "proxy-connection": "keep-alive",
    te: "trailers",
    trailer: "x-end",
    upgrade: "h2c",
    "content-encoding": "gzip",
    "set-cookie": "upstream=1",
    "access-control-allow-origin": "*",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-other",
    "alt-svc": 'h3="up.example:443"',
    "clear-site-data": '"*"',
    "strict-transport-security": "max-age=1",
    "www-authenticate": "Basic",
    "x-accel-redirect": "/internal",
    "x-sendfile": "/etc/passwd",
    refresh: "0; url=https://evil.example",
    link: "<https://evil.example>; rel=preload",
  };
  const ours = { "cache-control": "no-cache, no-transform", "x-accel-buffering": "no", vary: "origin" };

  it.each([[200], [429]])("what is about the connection, the bytes or the origin stays behind (%d)", async (status) => {
    const answer = await relayed(
      new Response("{}", { status, headers: { ...passed, ...kept, "cache-control": "public, max-age=60" } }),
    );
    const json = { "content-type": "application/json", "cache-control": "no-store" };
    expect(Object.fromEntries(answer.headers)).toEqual({ ...passed, ...ours, ...(status === 429 && json) });
  });

  it("what names the key or the address is cleaned", async () => {
    const headers = {
      "x-served-by": "up.example:8443",
      "x-debug": `Bearer ${OWN_KEY}`,
      "x-other": "backup.example",
    };
    const answer = await relayed(new Response("{}", { headers }), own);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "x-served-by": "***",
      "x-debug": "Bearer ***",
      "x-other": "backup.example",
    });
  });

  it("the length and the encoding of a real upstream stay behind", async () => {
    const { gzipSync } = await import("node:zlib");
    const zipped = httpResponse(200, gzipSync(HELLO_EVENTS), { "content-encoding": "gzip", "set-cookie": "a=b" });
    const { origin } = await serveRelay([zipped]);
    const answer = await post(origin);
    expect(await answer.text()).toBe(HELLO_EVENTS);
    for (const name of ["content-encoding", "content-length", "set-cookie"]) {
      expect(answer.headers.has(name)).toBe(false);
    }
  });
});

describe("an upstream's error", () => {
  it.each<[name: string, body: string, error: object]>([
    ["a text", '{"error":"slow down","error_code":"rate_limited"}', { message: "slow down", code: "rate_limited" }],
    [
      "an object",
      '{"error":{"message":"no such field","type":"invalid_request_error","param":"x","code":400}}',
      { message: "no such field", type: "invalid_request_error", code: 400 },
    ],
    ["flat", '{"message":"bad","type":"Bad Request","code":400}', { message: "bad", type: "Bad Request", code: 400 }],
    [
      "wrapped",
      '{"type":"error","request_id":"r","error":{"type":"not_found","message":"gone"}}',
      { message: "gone", type: "not_found", code: null },
    ],
    ["plain text", "upstream connect error", { message: "upstream connect error", code: null }],
    ["half of JSON", '{"error":{"mess', { message: '{"error":{"mess', code: null }],
    ["nothing", "", { message: expect.stringContaining("429"), code: null }],
  ])("of the shape: %s", async (_, text, error) => {
    const answer = await relayed(new Response(text, { status: 429, headers: { "retry-after": "7" } }));
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(await expectError(answer, 429)).toMatchObject(error);
  });

  it.each([400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 451, 500, 501, 502, 503, 504, 529, 599])(
    "%d keeps its status, with the caller's own key",
    async (status) => {
      await expectError(await relayed(new Response("no", { status })), status);
    },
  );

  it.each([
    [401, 502],
    [403, 403],
    [400, 400],
    [500, 500],
  ])("%d with the relay's key is a %d", async (status, told) => {
    await expectError(await relayed(new Response("check the api-key", { status }), own), told);
  });

  it("names a context window, so that the client in front knows it", async () => {
    const answer = await relayed(new Response('{"error":"exceed context limit"}', { status: 400 }));
    expect(await expectError(answer, 400)).toMatchObject({ type: "ContextWindowExceededError" });
  });

  const secret = (text: string) => JSON.stringify({ error: { message: text, code: text, type: text } });
  it.each<[name: string, said: string, told: string]>([
    ["the key", `no ${OWN_KEY}!`, "no ***!"],
    ["the key twice", `${OWN_KEY}${OWN_KEY}`, "******"],
    ["the address", `POST ${BASE}/chat/completions failed`, "POST *** failed"],
    ["the host", "no route to up.example", "no route to ***"],
    ["the host and port", "no route to up.example:8443.", "no route to ***."],
    ["the host in capitals", "UP.EXAMPLE is down", "*** is down"],
    ["the host in quotes", '{"host":"up.example"}', '{"host":"***"}'],
    ["the path", "Cannot POST /base/v1/chat/completions", "Cannot POST ***"],
    ["the path and its query", 'no "/base/v1/chat/completions?code=1"', 'no "***"'],
    ["the host with a query", "up.example?code=1 is down", "*** is down"],
    ["the host in other hosts", "see up.example.org, or an.up.example", "see ***.org, or an.***"],
    ["the host in a name", "upstream_up.example", "upstream_***"],
    ["no word that only begins alike", "up.examples, backup.example", "up.examples, backup.example"],
    ["an address by another scheme", "wss://up.example/x y", "wss://*** y"],
  ])("is cleaned: %s", async (_, said, told) => {
    const json = await relayed(new Response(secret(said), { status: 500 }), own);
    expect(await expectError(json, 500)).toEqual({ message: told, code: told, type: told });
    const plain = await relayed(new Response(said, { status: 500 }), own);
    expect(await expectError(plain, 500)).toMatchObject({ message: told });
  });

  it("is cleaned of the caller's key as well", async () => {
    const answer = await relayed(new Response(`no ${CALLER_KEY}`, { status: 401 }));
    expect(await expectError(answer, 401)).toMatchObject({ message: "no ***" });
  });

  it("is cleaned of a key that JSON had to escape", async () => {
    const apiKey = 'a"key\\with/marks';
    const escaped = JSON.stringify({ error: `no ${apiKey}` }).replaceAll("/", "\\/");
    const answer = await relayed(new Response(escaped, { status: 500 }), { apiKey, authorize: () => true });
    expect(await expectError(answer, 500)).toMatchObject({ message: "no ***" });
  });

  it("is read up to 64 KiB, and the rest is given up", async () => {
    const piece = new Uint8Array(1_024).fill(120);
    const upstream = scriptedBody(
      (function* () {
        for (;;) yield piece;
      })(),
    );
    const { message } = await expectError(await relayed(new Response(upstream.stream, { status: 500 })), 500);
    expect(String(message).length).toBe(65_536);
    expect([upstream.reads, upstream.state]).toEqual([64, "cancelled"]);
  });

  it("counts by its status, however its body ends", async () => {
    const { handle } = await relayTo([[responseHead(503, { "content-length": "1000" }), "half", resetSocket]]);
    await expectError(await handle(ask()), 503);
  });
});

describe("on the wire", () => {
  it.each<[name: string, bytes: string, status: number]>([
    ["a good request", CALL, 200],
    ["a path that climbs", CALL.replace("/v1/", "/../../v1/"), 200],
    ["an absolute address", CALL.replace("/v1/", "http://evil.example/v1/"), 200],
    ["an encoded slash", CALL.replace("chat/", "chat%2f"), 404],
    ["a null byte", CALL.replace("completions", "completions%00"), 404],
    ["a second type", CALL.replace("content-type", "content-type: text/plain\r\ncontent-type"), 415],
    ["a second length", CALL.replace("content-length", "content-length: 3\r\ncontent-length"), 400],
    ["a length and chunks", CALL.replace("content-length", "transfer-encoding: chunked\r\ncontent-length"), 400],
    ["a folded header", CALL.replace("content-length", "x-a: b\r\n c: d\r\ncontent-length"), 400],
    ["a header with a null byte", CALL.replace("content-length", "x-a: \0\r\ncontent-length"), 400],
  ])("%s", async (_, bytes, status) => {
    const { origin, upstream } = await serveRelay([httpResponse(200, "{}")]);
    const caller = connect(Number(new URL(origin).port), "127.0.0.1");
    caller.write(bytes);
    expect(await withTimeout(textOf(caller), "a close")).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(upstream.requests.map(({ url }) => url)).toEqual(status === 200 ? ["/v1/chat/completions"] : []);
  });
});
