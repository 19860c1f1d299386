/** The caller's abort: before, between, during and after each thing that a call waits for. */

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
import { countAbortListeners, flushEventLoop, startLeakCheck, withTimeout } from "../helpers/leak-check.js";
import { pendingResponse, recordedFetch, scriptedBody } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { DONE_EVENT, FINISH_EVENTS, finishChunk, HELLO_EVENTS, sseEvent } from "../helpers/wire-chunks.js";
import { ALL_CALLS, NON_STREAMED, STREAMED_CALLS } from "./call-server.js";
import { describeFailures, type FailureCase, withServer } from "./describe-failures.js";
import { catchRejection } from "./expect-error.js";

const aborted = { throws: "reason", connection: "closed" } as const satisfies Partial<FailureCase>;

describeFailures("an abort", ALL_CALLS, [
  { name: "while the headers are waited for", responses: [[stall]], abortAt: "request 1", ...aborted },
  { name: "when the headers have come", responses: [[sseHead(), stall]], abortAt: "headers", ...aborted },
  {
    name: "while an error's body is read",
    responses: [[responseHead(400, { "content-length": "99" }), stall]],
    abortAt: "headers",
    ...aborted,
  },
  {
    name: "while a body is dropped before a retry",
    responses: [[responseHead(503, { "retry-after": "30" }), repeatUntilClosed("x".repeat(10_000))]],
    abortAt: "headers",
    ...aborted,
  },
  {
    name: "while the next attempt is waited for",
    responses: [httpJsonResponse(503, { error: "wait" }, { "retry-after": "30" })],
    abortAt: "headers",
    throws: "reason",
  },
  {
    name: "in the second attempt",
    responses: [httpJsonResponse(503, { error: "wait" }, { "retry-after-ms": "1" }), [stall]],
    abortAt: "request 2",
    requests: 2,
    ...aborted,
  },
]);

describeFailures("an abort", STREAMED_CALLS, [
  {
    name: "after the first of two chunks in one packet: the second is dropped",
    responses: [[sseHead(), HELLO_EVENTS, stall]],
    abortAt: "chunk 1",
    delivers: "Hel",
    ...aborted,
  },
  {
    name: "after the finish still throws",
    responses: [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()), stall]],
    abortAt: "chunk 3",
    delivers: "Hello",
    ...aborted,
  },
  {
    name: "after the finish, all events in one packet",
    responses: [[sseHead(), HELLO_EVENTS + FINISH_EVENTS, endBody]],
    abortAt: "chunk 3",
    delivers: "Hello",
    throws: "reason",
  },
  {
    name: "in the middle of comments",
    responses: [[sseHead(), HELLO_EVENTS, repeatUntilClosed(": ping\n\n".repeat(1_000))]],
    abortAt: "chunk 2",
    delivers: "Hello",
    ...aborted,
  },
]);

describeFailures("an abort", NON_STREAMED, [
  {
    name: "inside the JSON",
    responses: [[responseHead(200, { "content-length": "99" }), '{"id":', stall]],
    abortAt: "headers",
    ...aborted,
  },
]);

/** Each kind of call, as a promise. */
const calls: Record<string, (options: Options) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => stream(REQUEST, options).next(),
  collect: (options) => collect(stream(REQUEST, options)),
  text: (options) => text(stream(REQUEST, options)).next(),
};

describe.each(Object.entries(calls))("an aborted %s", (_, call) => {
  it("with a signal that is aborted already sends nothing, and asks for no key", () =>
    withServer([httpHelloResponse], async (server, options, caller) => {
      caller.abort("too late");
      let asked = 0;
      const apiKey = () => String(++asked);
      expect(await catchRejection(call({ ...options, apiKey }))).toBe("too late");
      expect([server.openedConnections, asked]).toEqual([0, 0]);
    }));

  it.each([
    ["an Error", Object.freeze(new Error("enough"))],
    ["a string", "enough"],
    ["null", null],
    ["0", 0],
    ["a frozen object", Object.freeze({ enough: true })],
  ])("rejects with the reason itself: %s", (_, reason) =>
    withServer([[stall]], async (server, options, caller) => {
      const pending = catchRejection(call(options));
      await server.waitFor("request 1");
      caller.abort(reason);
      expect(await withTimeout(pending, "the rejection")).toBe(reason);
      expect(server.requests.length).toBe(1);
    }),
  );

  it("with a runtime that has no reasons rejects with an AbortError", async () => {
    const caller = new AbortController();
    Object.defineProperty(caller.signal, "reason", { value: undefined });
    const fetch = recordedFetch(pendingResponse());
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort();
    expect(await withTimeout(pending, "the rejection")).toMatchObject({ name: "AbortError" });
  });

  it("while the key is waited for sends nothing", () =>
    withServer([httpHelloResponse], async (server, options, caller) => {
      const pending = catchRejection(call({ ...options, apiKey: () => new Promise(() => {}) }));
      await flushEventLoop();
      caller.abort("enough");
      expect(await withTimeout(pending, "the rejection")).toBe("enough");
      expect(server.openedConnections).toBe(0);
    }));

  it("inside the function that gives the key does not call fetch, not even one without a signal", async () => {
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

  it("with a fetch that ignores its signal rejects all the same, and drops the body that comes late", async () => {
    const caller = new AbortController();
    const leaks = startLeakCheck();
    const late = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    let answer: (response: Response) => void = () => {};
    const fetch = recordedFetch(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort("enough");
    expect(await withTimeout(pending, "the rejection")).toBe("enough");
    answer(new Response(late.stream));
    await flushEventLoop();
    expect(late.state).toBe("cancelled");
    await leaks.check(caller.signal);
  });

  it("with a fetch that ignores its signal, and fails late, leaves no rejection behind", async () => {
    const caller = new AbortController();
    const leaks = startLeakCheck();
    let fail: (error: unknown) => void = () => {};
    const fetch = recordedFetch(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort("enough");
    expect(await withTimeout(pending, "the rejection")).toBe("enough");
    fail(new TypeError("too late"));
    await leaks.check(caller.signal);
    expect(fetch.calls.length).toBe(1);
  });

  it("with a body that ignores everything rejects all the same", async () => {
    const caller = new AbortController();
    const leaks = startLeakCheck();
    const deaf = new ReadableStream({ pull: () => new Promise(() => {}), cancel: () => new Promise(() => {}) });
    const fetch = recordedFetch(() => new Response(deaf));
    const pending = catchRejection(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await flushEventLoop();
    caller.abort("enough");
    expect(await withTimeout(pending, "the rejection")).toBe("enough");
    await leaks.check(caller.signal);
  });
});

describe("a stream that is aborted between two next() calls", () => {
  it("drops the chunks that were not handed out, throws the reason once, then is over", () =>
    withServer([[sseHead(), HELLO_EVENTS, FINISH_EVENTS, stall]], async (server, options, caller) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      caller.abort("enough");
      expect(await catchRejection(chunks.next())).toBe("enough");
      expect(await chunks.next()).toEqual({ done: true, value: undefined });
      await withTimeout(server.requests[0]?.closed ?? Promise.reject(), "the client's close");
    }));

  it("tells one of several waiting next() calls, and the others that it is over", () =>
    withServer([[sseHead(), stall]], async (server, options, caller) => {
      const chunks = stream(REQUEST, options);
      const all = Promise.allSettled([chunks.next(), chunks.next(), chunks.next()]);
      await server.waitFor("headers");
      caller.abort("enough");
      const over = { status: "fulfilled", value: { done: true, value: undefined } };
      expect(await withTimeout(all, "three results")).toEqual([{ status: "rejected", reason: "enough" }, over, over]);
    }));

  it("is not told of an abort after its end", () =>
    withServer(
      [[sseHead(), HELLO_EVENTS, sseEvent(finishChunk()) + DONE_EVENT, waitForEvent("chunk 3"), endBody]],
      async (server, options, caller) => {
        for await (const chunk of stream(REQUEST, options)) if (chunk.choices[0]?.finish_reason) server.emit("chunk 3");
        caller.abort();
        expect(countAbortListeners(caller.signal)).toBe(0);
      },
    ));

  it("closes the connection even if nobody asks for another chunk", () =>
    withServer([[sseHead(), HELLO_EVENTS, stall]], async (server, options, caller) => {
      await stream(REQUEST, options).next();
      caller.abort("enough");
      await withTimeout(server.requests[0]?.closed ?? Promise.reject(), "the client's close");
    }));
});

describe("one signal for many calls", () => {
  it("has no listener left when they are over, and an abort then changes nothing", () =>
    withServer([httpHelloResponse], async (server, options, caller) => {
      await calls.completion?.(options);
      await calls.collect?.(options);
      expect(countAbortListeners(caller.signal)).toBe(0);
      caller.abort();
      expect(server.requests.length).toBe(2);
    }));

  it("aborts them all, each with the reason", () =>
    withServer([[stall]], async (server, options, caller) => {
      const all = Promise.allSettled(Array.from({ length: 20 }, () => completion(REQUEST, options)));
      await server.waitFor("request 20");
      caller.abort("enough");
      const results = await withTimeout(all, "twenty rejections");
      expect(results.every((result) => result.status === "rejected" && result.reason === "enough")).toBe(true);
    }));
});
