/** The caller's abort, before, during and after each thing that a call waits for. */

import { describe, expect, it } from "vitest";
import { collect, completion, type Options, stream, text } from "../../src/index.js";
import {
  endBody,
  httpHelloResponse,
  httpJsonResponse,
  repeatUntilClosed,
  responseHead,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { createDeferred } from "../helpers/latch.js";
import { countAbortListeners, flushEventLoop, startLeakCheck, withTimeout } from "../helpers/leak-check.js";
import { pendingResponse, recordedFetch, scriptedBody } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { DONE_EVENT, FINISH_EVENTS, finishChunk, HELLO_EVENTS, sseEvent } from "../helpers/wire-chunks.js";
import { ALL_CALLS, NON_STREAMED, STREAMED_CALLS } from "./call-server.js";
import { describeFailures, type FailureCase, withServer } from "./describe-failures.js";
import { catchRejection } from "./expect-error.js";

const rejectsAndCloses = { throws: "abort reason", connection: "closed" } as const satisfies Partial<FailureCase>;

describeFailures("an abort", ALL_CALLS, [
  {
    name: "while the call waits for the response headers",
    responses: [[stall]],
    abortAt: "request 1",
    ...rejectsAndCloses,
  },
  {
    name: "right after the response headers",
    responses: [[sseHead(), stall]],
    abortAt: "headers",
    ...rejectsAndCloses,
  },
  {
    name: "while the call reads an error response's body",
    responses: [[responseHead(400, { "content-length": "99" }), stall]],
    abortAt: "headers",
    ...rejectsAndCloses,
  },
  {
    name: "while the call drops a body before a retry",
    responses: [[responseHead(503, { "retry-after": "30" }), repeatUntilClosed("x".repeat(10_000))]],
    abortAt: "headers",
    ...rejectsAndCloses,
  },
  {
    name: "while the call waits to retry",
    responses: [httpJsonResponse(503, { error: "wait" }, { "retry-after": "30" })],
    abortAt: "headers",
    throws: "abort reason",
  },
  {
    name: "during the second attempt",
    responses: [httpJsonResponse(503, { error: "wait" }, { "retry-after-ms": "1" }), [stall]],
    abortAt: "request 2",
    requests: 2,
    ...rejectsAndCloses,
  },
]);

describeFailures("an abort", STREAMED_CALLS, [
  {
    name: "after the first of two chunks in one packet drops the second and",
    responses: [[sseHead(), HELLO_EVENTS, stall]],
    abortAt: "chunk 1",
    delivers: "Hel",
    ...rejectsAndCloses,
  },
  {
    name: "after finish_reason still",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()), stall]],
    abortAt: "chunk 3",
    delivers: "Hello",
    ...rejectsAndCloses,
  },
  {
    name: "after finish_reason, with [DONE] already received, still",
    responses: [[sseHead(), HELLO_EVENTS + FINISH_EVENTS, endBody]],
    abortAt: "chunk 3",
    delivers: "Hello",
    throws: "abort reason",
  },
  {
    name: "between comments",
    responses: [[sseHead(), HELLO_EVENTS, repeatUntilClosed(": ping\n\n".repeat(1_000))]],
    abortAt: "chunk 2",
    delivers: "Hello",
    ...rejectsAndCloses,
  },
]);

describeFailures("an abort", NON_STREAMED, [
  {
    name: "inside the JSON body",
    responses: [[responseHead(200, { "content-length": "99" }), '{"id":', stall]],
    abortAt: "headers",
    ...rejectsAndCloses,
  },
]);

/** Each kind of call, as a promise. */
const calls: Record<string, (options: Options) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => stream(REQUEST, options).next(),
  collect: (options) => collect(stream(REQUEST, options)),
  text: (options) => text(stream(REQUEST, options)).next(),
};

describe.each(Object.entries(calls))("an aborted %s call", (_, call) => {
  it("sends nothing and does not call apiKey() if the signal was aborted before", () =>
    withServer([httpHelloResponse], async (server, options, caller) => {
      caller.abort("too late");
      let keyCalls = 0;
      const apiKey = () => String(++keyCalls);
      expect(await catchRejection(call({ ...options, apiKey }))).toBe("too late");
      expect([server.openedConnections, keyCalls]).toEqual([0, 0]);
    }));

  it.each([
    ["an Error", Object.freeze(new Error("enough"))],
    ["a string", "enough"],
    ["null", null],
    ["0", 0],
    ["a frozen object", Object.freeze({ enough: true })],
  ])("rejects with the very value that was given to abort(): %s", (_, reason) =>
    withServer([[stall]], async (server, options, caller) => {
      const pending = catchRejection(call(options));
      await server.waitFor("request 1");
      caller.abort(reason);
      expect(await withTimeout(pending, "the rejection")).toBe(reason);
      expect(server.requests.length).toBe(1);
    }),
  );

  it("rejects with an AbortError in a runtime whose signals have no reason", async () => {
    const caller = new AbortController();
    Object.defineProperty(caller.signal, "reason", { value: undefined });
    const fetch = recordedFetch(pendingResponse());
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort();
    expect(await withTimeout(pending, "the rejection")).toMatchObject({ name: "AbortError" });
  });

  it("rejects with the reason while the body of an error status is read", async () => {
    const caller = new AbortController();
    const body = scriptedBody(["no", new Promise(() => {})]);
    const fetch = recordedFetch(() => new Response(body.stream, { status: 400 }));
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    expect(body.reads).toBe(2);
    caller.abort("enough");
    expect(await withTimeout(pending, "the rejection")).toBe("enough");
  });

  it("sends nothing if it is aborted while apiKey() is pending", () =>
    withServer([httpHelloResponse], async (server, options, caller) => {
      const pending = catchRejection(call({ ...options, apiKey: () => new Promise(() => {}) }));
      await flushEventLoop();
      caller.abort("enough");
      expect(await withTimeout(pending, "the rejection")).toBe("enough");
      expect(server.openedConnections).toBe(0);
    }));

  it("does not call fetch if apiKey() itself aborts", async () => {
    const caller = new AbortController();
    const fetch = recordedFetch(pendingResponse(true));
    const apiKey = () => {
      caller.abort("enough");
      return "some-key";
    };
    const options = { baseURL: "http://host.test/v1", apiKey, fetch, signal: caller.signal };
    expect(await catchRejection(call(options))).toBe("enough");
    await flushEventLoop();
    expect(fetch.calls).toEqual([]);
  });

  it("rejects although fetch ignores its signal, and cancels the body of the late response", async () => {
    const caller = new AbortController();
    const leaks = startLeakCheck();
    const lateBody = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const response = createDeferred<Response>();
    const fetch = recordedFetch(() => response.promise);
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort("enough");
    expect(await withTimeout(pending, "the rejection")).toBe("enough");
    response.resolve(new Response(lateBody.stream));
    await flushEventLoop();
    expect(lateBody.state).toBe("cancelled");
    await leaks.check(caller.signal);
  });

  it("leaves no unhandled rejection if fetch ignores its signal and rejects late", async () => {
    const caller = new AbortController();
    const leaks = startLeakCheck();
    const response = createDeferred<Response>();
    const fetch = recordedFetch(() => response.promise);
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort("enough");
    expect(await withTimeout(pending, "the rejection")).toBe("enough");
    response.reject(new TypeError("too late"));
    await leaks.check(caller.signal);
    expect(fetch.calls.length).toBe(1);
  });

  it("rejects although neither read() nor cancel() of the body settles", async () => {
    const caller = new AbortController();
    const leaks = startLeakCheck();
    const neverSettling = new ReadableStream({
      pull: () => new Promise(() => {}),
      cancel: () => new Promise(() => {}),
    });
    const fetch = recordedFetch(() => new Response(neverSettling));
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort("enough");
    expect(await withTimeout(pending, "the rejection")).toBe("enough");
    await leaks.check(caller.signal);
  });
});

describe("a stream that is aborted", () => {
  it("between two next() calls drops the undelivered chunks, rejects once with the reason, then is done", () =>
    withServer([[sseHead(), HELLO_EVENTS, FINISH_EVENTS, stall]], async (server, options, caller) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      caller.abort("enough");
      expect(await catchRejection(chunks.next())).toBe("enough");
      expect(await chunks.next()).toEqual({ done: true, value: undefined });
      await withTimeout(server.requests[0]?.closed ?? Promise.reject(), "the client's close");
    }));

  it("while several next() calls are pending rejects the first and resolves the others as done", () =>
    withServer([[sseHead(), stall]], async (server, options, caller) => {
      const chunks = stream(REQUEST, options);
      const all = Promise.allSettled([chunks.next(), chunks.next(), chunks.next()]);
      await server.waitFor("headers");
      caller.abort("enough");
      const done = { status: "fulfilled", value: { done: true, value: undefined } };
      expect(await withTimeout(all, "three results")).toEqual([{ status: "rejected", reason: "enough" }, done, done]);
    }));

  it("after its end is not affected", () =>
    withServer(
      [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, waitForEvent("chunk 3"), endBody]],
      async (server, options, caller) => {
        for await (const chunk of stream(REQUEST, options)) if (chunk.choices[0]?.finish_reason) server.emit("chunk 3");
        caller.abort();
        expect(countAbortListeners(caller.signal)).toBe(0);
      },
    ));

  it("closes the connection even if next() is not called again", () =>
    withServer([[sseHead(), HELLO_EVENTS, stall]], async (server, options, caller) => {
      await stream(REQUEST, options).next();
      caller.abort("enough");
      await withTimeout(server.requests[0]?.closed ?? Promise.reject(), "the client's close");
    }));
});

describe("one AbortSignal for many calls", () => {
  it("has no listener left after they have ended, and a later abort has no effect", () =>
    withServer([httpHelloResponse], async (server, options, caller) => {
      await calls.completion?.(options);
      await calls.collect?.(options);
      expect(countAbortListeners(caller.signal)).toBe(0);
      caller.abort();
      expect(server.requests.length).toBe(2);
    }));

  it("aborts all of them with its reason", () =>
    withServer([[stall]], async (server, options, caller) => {
      const all = Promise.allSettled(Array.from({ length: 20 }, () => completion(REQUEST, options)));
      await server.waitFor("request 20");
      caller.abort("enough");
      const results = await withTimeout(all, "twenty rejections");
      expect(results.every((result) => result.status === "rejected" && result.reason === "enough")).toBe(true);
    }));
});
