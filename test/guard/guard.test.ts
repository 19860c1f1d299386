import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { guard } from "../../src/guard/index.js";
import { BasetenError, type Fetch, stream } from "../../src/index.js";
import { createDeferred } from "../helpers/latch.js";
import { flushEventLoop } from "../helpers/leak-check.js";
import {
  pendingResponse,
  type Responder,
  recordedFetch,
  type ScriptedPiece,
  scriptedBody,
  sseResponse,
} from "../helpers/recorded-fetch.js";
import {
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
} from "../helpers/wire-chunks.js";

const KEY = "guard-key-0123456789";
const URL_OF_CHAT = "https://host.test/v1/chat/completions";
const INIT = {
  method: "POST",
  headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
  body: JSON.stringify({ model: "m", messages: [], stream: true }),
};
const reset = new TypeError("terminated");

/** The bytes that a guarded stream passes on, and the error that it ends with. */
async function readGuarded(respond: Responder, options = {}, init: RequestInit = INIT) {
  const response = await guard({ fetch: recordedFetch(respond), ...options })(URL_OF_CHAT, init);
  const bytes: number[] = [];
  try {
    for await (const part of response.body ?? []) bytes.push(...part);
    return { text: Buffer.from(bytes).toString(), error: undefined };
  } catch (error) {
    return { text: Buffer.from(bytes).toString(), error };
  }
}

/** The error that `stream` ends with for the same response; `wrap` wraps the fetch. */
async function streamError(respond: Responder, wrap = ({ fetch }: { fetch: Fetch }) => fetch): Promise<unknown> {
  try {
    const fetch = wrap({ fetch: recordedFetch(respond) });
    const options = { baseURL: "https://host.test/v1", apiKey: KEY, fetch, maxRetries: 0 };
    for await (const _ of stream({ model: "m", messages: [] }, options));
    return undefined;
  } catch (error) {
    return error;
  }
}

const good = HELLO_EVENTS + FINISH_EVENTS;

describe("a good stream", () => {
  it.each<[string, ScriptedPiece[]]>([
    ["in one read", [good]],
    ["with CRLF", [good.replaceAll("\n", "\r\n")]],
    ["with CR", [good.replaceAll("\n", "\r")]],
    ["with comments", [": ping\n\n", HELLO_EVENTS, ": ping\n\n", FINISH_EVENTS]],
    ["that starts with a byte order mark", [`\ufeff${good}`]],
    ["without [DONE]", [HELLO_EVENTS, sseEvent(finishChunk())]],
    ["that goes on after [DONE]", [good, ": bye\n\n"]],
  ])("%s passes through byte for byte", async (_, pieces) => {
    const { text, error } = await readGuarded(sseResponse(pieces));
    expect(error).toBeUndefined();
    expect(text).toBe(pieces.join(""));
  });

  it("passes through byte for byte wherever it is cut", async () => {
    const bytes = Buffer.from(good);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length })), async (cuts) => {
        const offsets = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = offsets.slice(1).map((end, at) => bytes.subarray(offsets[at], end));
        expect(await readGuarded(sseResponse(pieces))).toEqual({ text: good, error: undefined });
      }),
      { numRuns: 200 },
    );
  });

  it("keeps its status, headers and URL", async () => {
    const respond = () =>
      Object.defineProperty(
        new Response(good, { status: 201, statusText: "Created", headers: { "x-request-id": "r1" } }),
        "url",
        {
          value: "https://host.test/final",
        },
      );
    const response = await guard({ fetch: recordedFetch(respond) })(URL_OF_CHAT, INIT);
    expect(response).toMatchObject({ status: 201, statusText: "Created", url: "https://host.test/final" });
    expect(response.headers.get("x-request-id")).toBe("r1");
  });

  it("ends 50 ms after [DONE] if the server keeps the connection open", async () => {
    const body = scriptedBody([good, new Promise(() => {})]);
    expect(await readGuarded(() => new Response(body.stream))).toEqual({ text: good, error: undefined });
    expect(body.state).toBe("cancelled");
  });
});

describe("a failure errors the body with the error that stream throws, after the events before it:", () => {
  const failures: [name: string, pieces: ScriptedPiece[], errorName: string, passed: string][] = [
    ["a stream without finish_reason or [DONE]", [HELLO_EVENTS], "StreamTruncatedError", HELLO_EVENTS],
    ["an empty body", [], "StreamTruncatedError", ""],
    ["a reset", [HELLO_EVENTS, reset], "APIConnectionError", HELLO_EVENTS],
    ["an error event", [HELLO_EVENTS + sseEvent({ error: "overloaded" }) + DONE_EVENT], "APIError", HELLO_EVENTS],
    [
      "event: error",
      [`${HELLO_EVENTS}event: error\ndata: {"code":500,"detail":"x"}\n\n${DONE_EVENT}`],
      "APIError",
      HELLO_EVENTS,
    ],
    [
      "invalid JSON in an event",
      [`${HELLO_EVENTS}data: {"id":\n\n${FINISH_EVENTS}`],
      "InvalidResponseError",
      HELLO_EVENTS,
    ],
    [
      "invalid JSON in an event whose lines end with CR",
      [`${HELLO_EVENTS}data: {"id":\n\n${FINISH_EVENTS}`.replaceAll("\n", "\r")],
      "InvalidResponseError",
      HELLO_EVENTS.replaceAll("\n", "\r"),
    ],
    ["HTML", ["<html>", "sign in"], "InvalidResponseError", "<html>sign in"],
    ["JSON that reports an error", ['{"error":"no luck"}'], "APIError", '{"error":"no luck"}'],
  ];

  it.each(failures)("%s", async (_, pieces, name, passed) => {
    const { text, error } = await readGuarded(sseResponse(pieces));
    const expected = await streamError(sseResponse(pieces));
    expect(error).toBeInstanceOf(BasetenError);
    expect(error).toMatchObject({ name, message: (expected as Error).message, url: URL_OF_CHAT, attempts: 1 });
    expect(text).toBe(passed);
  });

  it.each(failures)("and stream behind a guard throws that error: %s", async (_, pieces, name) => {
    const expected = await streamError(sseResponse(pieces));
    const error = await streamError(sseResponse(pieces), guard);
    expect(error).toMatchObject({ name, message: (expected as Error).message, url: URL_OF_CHAT });
  });

  it("a whole completion, of which SDKs show nothing", async () => {
    const { error } = await readGuarded(sseResponse([JSON.stringify(completionBody("Hello"))]));
    expect(error).toMatchObject({ name: "InvalidResponseError" });
  });

  const finished = HELLO_EVENTS + sseEvent(finishChunk());
  it.each<[string, ScriptedPiece[], string]>([
    ["is reset", [finished, reset], finished],
    ["goes on with invalid JSON", [`${finished}data: {\n\n`], finished],
    // All in one read: a body that ended well without its last events would be a truncated answer.
    [
      "goes on with invalid JSON, with CR",
      [`${finished}data: {\n\n`.replaceAll("\n", "\r")],
      finished.replaceAll("\n", "\r"),
    ],
  ])("a finished stream that %s ends well, as with stream", async (_, pieces, passed) => {
    expect(await readGuarded(sseResponse(pieces))).toEqual({ text: passed, error: undefined });
    expect(await streamError(sseResponse(pieces))).toBeUndefined();
  });

  it("silence beyond timeout.idle, which cancels the upstream's body", async () => {
    const body = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const { text, error } = await readGuarded(() => new Response(body.stream), { timeout: { idle: 50 } });
    expect(error).toMatchObject({ name: "TimeoutError", message: expect.stringContaining("timeout.idle") });
    expect([text, body.state]).toEqual([HELLO_EVENTS, "cancelled"]);
  });

  it("comments alone beyond timeout.response, also after the reader has paused for longer than that", async () => {
    vi.useFakeTimers();
    try {
      const pings = Array.from(
        { length: 100 },
        () => () => new Promise((resolve) => setTimeout(resolve, 10, ": ping\n\n")),
      );
      const body = scriptedBody(
        (function* () {
          for (const ping of pings) yield ping();
        })(),
      );
      const fetch = recordedFetch(() => new Response(body.stream));
      const response = await guard({ fetch, timeout: { response: 100, idle: 50 } })(URL_OF_CHAT, INIT);
      const reader = response.body?.getReader();
      const first = reader?.read();
      await vi.advanceTimersByTimeAsync(10);
      await first;
      await vi.advanceTimersByTimeAsync(500);
      const rest = (async () => {
        while (!(await reader?.read())?.done);
      })();
      const outcome = expect(rest).rejects.toMatchObject({ message: expect.stringContaining("timeout.response") });
      await vi.advanceTimersByTimeAsync(110);
      await outcome;
    } finally {
      vi.useRealTimers();
    }
  });

  it("headers that do not come within timeout.response reject the fetch", async () => {
    const fetch = recordedFetch(pendingResponse());
    const call = guard({ fetch, timeout: { response: 50 } })(URL_OF_CHAT, INIT);
    await expect(call).rejects.toMatchObject({
      name: "TimeoutError",
      message: expect.stringContaining("timeout.response"),
    });
    expect(fetch.calls[0]?.signal?.aborted).toBe(true);
  });

  it("no error shows the key of the request's authorization", async () => {
    const { error } = await readGuarded(sseResponse([sseEvent({ error: `the key ${KEY} is not valid` })]));
    expect(error).toMatchObject({ name: "APIError" });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(KEY);
  });
});

describe("abort, cancel and back-pressure", () => {
  it("after an abort the body errors with the signal's reason, and the fetch is aborted", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(sseResponse([HELLO_EVENTS, new Promise(() => {})]));
    const response = await guard({ fetch })(URL_OF_CHAT, { ...INIT, signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    const read = reader?.read();
    const reason = new Error("the user pressed Stop");
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect(fetch.calls[0]?.signal?.aborted).toBe(true);
  });

  it("after an abort the body of an error status errors with the signal's reason, too", async () => {
    const controller = new AbortController();
    const fetch: Fetch = async (_, init) => {
      const body = new ReadableStream({
        start: (stream) => init?.signal?.addEventListener("abort", () => stream.error(init.signal?.reason)),
      });
      return new Response(body, { status: 500 });
    };
    const response = await guard({ fetch })(URL_OF_CHAT, { ...INIT, signal: controller.signal });
    const text = response.text();
    controller.abort("stop");
    await expect(text).rejects.toBe("stop");
  });

  it("after an abort the body of an error status is left to a fetch that ignores its signal", async () => {
    const controller = new AbortController();
    const fetch = recordedFetch(() => new Response("no such model", { status: 404 }));
    const response = await guard({ fetch })(URL_OF_CHAT, { ...INIT, signal: controller.signal });
    controller.abort();
    expect(await response.text()).toBe("no such model");
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 10])(
    "an abort %i microtasks after the response of a fetch that ignores its signal is what the caller sees",
    async (turns) => {
      const controller = new AbortController();
      const body = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
      const upstream = createDeferred<Response>();
      const fetch = recordedFetch(() => upstream.promise);
      const guarded = guard({ fetch })(URL_OF_CHAT, { ...INIT, signal: controller.signal });
      const text = guarded.then((response) => response.text());
      await flushEventLoop();
      upstream.resolve(new Response(body.stream));
      for (let left = turns; left > 0; left--) await undefined;
      controller.abort("stop");
      await expect(text).rejects.toBe("stop");
      await flushEventLoop();
      expect(body.state).toBe("cancelled");
    },
  );

  it("a signal of null replaces that of a Request", async () => {
    const fetch = recordedFetch(sseResponse([good]));
    const request = new Request(URL_OF_CHAT, { ...INIT, signal: AbortSignal.abort("stop") });
    expect(await (await guard({ fetch })(request, { signal: null })).text()).toBe(good);
  });

  it("a fetch that rejects leaves no timer", async () => {
    vi.useFakeTimers();
    const fetch = recordedFetch(() => Promise.reject(reset));
    await expect(guard({ fetch })(URL_OF_CHAT, INIT)).rejects.toBe(reset);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("a signal that is already aborted sends nothing", async () => {
    const fetch = recordedFetch(sseResponse([good]));
    await expect(guard({ fetch })(URL_OF_CHAT, { ...INIT, signal: AbortSignal.abort("stop") })).rejects.toBe("stop");
    expect(fetch.calls).toEqual([]);
  });

  it("cancelling the body cancels the upstream's and aborts the fetch", async () => {
    const body = scriptedBody([HELLO_EVENTS, FINISH_EVENTS]);
    const fetch = recordedFetch(() => new Response(body.stream));
    const response = await guard({ fetch })(URL_OF_CHAT, INIT);
    await response.body?.cancel();
    await flushEventLoop();
    expect([body.state, fetch.calls[0]?.signal?.aborted]).toEqual(["cancelled", true]);
  });

  it("reads nothing from the server before it is asked for", async () => {
    const body = scriptedBody([HELLO_EVENTS, FINISH_EVENTS]);
    const response = await guard({ fetch: recordedFetch(() => new Response(body.stream)) })(URL_OF_CHAT, INIT);
    await flushEventLoop();
    expect(body.reads).toBe(0);
    await response.body?.getReader().read();
    expect(body.reads).toBe(1);
  });
});

describe("every other response passes untouched:", () => {
  const streamBody = INIT.body;
  it.each<[string, string, RequestInit | undefined]>([
    ["a request without stream", URL_OF_CHAT, { ...INIT, body: JSON.stringify({ model: "m" }) }],
    ["stream: false", URL_OF_CHAT, { ...INIT, body: JSON.stringify({ stream: false }) }],
    ["a GET", "https://host.test/v1/models", undefined],
    ["another endpoint", "https://host.test/v1/embeddings", INIT],
    ["a body that is not JSON", URL_OF_CHAT, { ...INIT, body: "stream" }],
    ["a body of bytes", URL_OF_CHAT, { ...INIT, body: new TextEncoder().encode(streamBody) }],
  ])("%s", async (_, url, init) => {
    const response = new Response("not events");
    const fetch = recordedFetch(() => response);
    expect(await guard({ fetch })(url, init)).toBe(response);
    expect(fetch.calls[0]?.init).toEqual(init ?? {});
  });

  it.each([204, 205])("%d, which can have no body", async (status) => {
    const response = new Response(null, { status });
    expect(await guard({ fetch: recordedFetch(() => response) })(URL_OF_CHAT, INIT)).toBe(response);
  });

  it("an error status", async () => {
    const response = new Response('{"error":"no"}', { status: 429 });
    expect(await guard({ fetch: recordedFetch(() => response) })(URL_OF_CHAT, INIT)).toBe(response);
  });
});

it("a Request with stream in its body is checked too, and its body is still sent", async () => {
  const bodies: string[] = [];
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    bodies.push(await (input as Request).text());
    return new Response(HELLO_EVENTS);
  };
  const response = await guard({ fetch })(new Request(URL_OF_CHAT, INIT));
  await expect(response.text()).rejects.toMatchObject({ name: "StreamTruncatedError" });
  expect(bodies).toEqual([INIT.body]);
});

describe("an option that cannot be used is a BadRequestError when the guard is made:", () => {
  it.each<[string, unknown, string]>([
    ["an unknown option", { fetsh: fetch }, "fetsh"],
    ["a misspelled option", { Timeout: {} }, "timeout"],
    ["an unknown limit", { timeout: { total: 5 } }, "timeout.total"],
    ["a limit that is not positive", { timeout: { idle: 0 } }, "timeout.idle"],
    ["null", null, "options"],
    ["a null option", { fetch: null }, "fetch"],
    ["a fetch that is no function", { fetch: "fetch" }, "fetch"],
  ])("%s", (_, options, named) => {
    const make = () => guard(options as never);
    expect(make).toThrow(BasetenError);
    expect(make).toThrow(named);
  });
});

it("events parse the same with and without the guard", async () => {
  const chunk = contentChunk("one");
  const { text } = await readGuarded(sseResponse([sseEvent(chunk), FINISH_EVENTS]));
  expect(text).toContain(JSON.stringify(chunk));
});
