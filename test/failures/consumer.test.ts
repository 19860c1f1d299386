/** What the consumer of a stream can do: leave the loop, throw, call next() several times, early, late, or never again. */

import { describe, expect, it } from "vitest";
import { type ChatCompletionChunk, type ChatStream, collect, stream, text } from "../../src/index.js";
import {
  endBody,
  httpHelloResponse,
  httpJsonResponse,
  repeatUntilClosed,
  responseHead,
  type ScriptedResponse,
  sseHead,
  stall,
  waitForEvent,
} from "../helpers/http-response.js";
import { countAbortListeners, flushEventLoop, withTimeout } from "../helpers/leak-check.js";
import { REQUEST } from "../helpers/requests.js";
import type { TestServer } from "../helpers/server.js";
import { contentChunk, FINISH_EVENTS, HELLO_EVENTS, sseEvent } from "../helpers/wire-chunks.js";
import { withServer } from "./describe-failures.js";
import { catchRejection, expectError, expectServerError } from "./expect-error.js";

const unfinished = [sseHead(), HELLO_EVENTS, stall];
const done = { done: true, value: undefined };
const consumerError = new Error("thrown by the consumer");

/** Waits until the client has closed the connection. */
function waitForClose(server: TestServer): Promise<void> {
  return withTimeout(server.requests[0]?.closed ?? Promise.resolve(), "the client's close");
}

async function breakLoop(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks) break;
}

async function throwInLoop(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks) throw consumerError;
}

/** The ways to end a stream of which one chunk has been read. */
const endings: Record<string, (chunks: ChatStream) => Promise<unknown>> = {
  "return()": async (chunks) => expect(await chunks.return(undefined)).toEqual(done),
  "return() twice": async (chunks) =>
    expect(await Promise.all([chunks.return(undefined), chunks.return(undefined)])).toEqual([done, done]),
  "return() followed by next()": async (chunks) =>
    expect(await Promise.all([chunks.return(undefined), chunks.next()])).toEqual([done, done]),
  "throw()": async (chunks) => expect(await catchRejection(chunks.throw(consumerError))).toBe(consumerError),
  break: breakLoop,
  "a throw in the loop": async (chunks) => expect(await catchRejection(throwInLoop(chunks))).toBe(consumerError),
  "break out of its text": (chunks) => breakLoop(text(chunks)),
  "a throw in the loop over its text": async (chunks) =>
    expect(await catchRejection(throwInLoop(text(chunks)))).toBe(consumerError),
  "Symbol.asyncDispose": (chunks) => {
    const name = Reflect.get(Symbol, "asyncDispose") as symbol;
    return (Reflect.get(chunks, name) as () => Promise<unknown>).call(chunks);
  },
};

describe("a stream that is left by", () => {
  it.each(Object.entries(endings))("%s closes the connection and is done", (_, leave) =>
    withServer([unfinished], async (server, options) => {
      const chunks = stream(REQUEST, options);
      expect(await chunks.next()).toMatchObject({ done: false, value: { choices: [{ delta: { content: "Hel" } }] } });
      await leave(chunks);
      await waitForClose(server);
      expect(await chunks.next()).toEqual(done);
      expect(server.requests.length).toBe(1);
    }),
  );
});

/** What a `next()` can wait for, a response that makes it wait, and the event after which it does. */
const pending: [string, ScriptedResponse, string][] = [
  ["the response headers", [stall], "request 1"],
  ["the first chunk", [sseHead(), stall], "headers"],
  ["an event while only comments arrive", [sseHead(), repeatUntilClosed(": ping\n\n".repeat(1_000))], "headers"],
  ["the body of an error response", [responseHead(400, { "content-length": "99" }), stall], "headers"],
  ["the rest of an HTML page", [responseHead(200), "<html>", stall], "headers"],
  ["the rest of a JSON body", [responseHead(200), '{"id":', stall], "headers"],
  ["the next retry", httpJsonResponse(503, { error: "wait" }, { "retry-after": "30" }), "headers"],
];

describe("return() while a next() waits for", () => {
  it.each(pending)("%s resolves both at once", (_, response, event) =>
    withServer([response], async (server, options) => {
      const chunks = stream(REQUEST, options);
      const next = chunks.next();
      await server.waitFor(event);
      await flushEventLoop();
      expect(await withTimeout(chunks.return(undefined), "the end of return()")).toEqual(done);
      expect(await withTimeout(next, "the end of next()")).toEqual(done);
      expect(await chunks.next()).toEqual(done);
      expect(server.requests.length).toBe(1);
    }),
  );

  it("the third chunk resolves two pending next() calls and closes the connection", () =>
    withServer([unfinished], async (server, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      await chunks.next();
      const nexts = [chunks.next(), chunks.next()];
      expect(await withTimeout(chunks.return(undefined), "the end of return()")).toEqual(done);
      expect(await withTimeout(Promise.all(nexts), "the end of both")).toEqual([done, done]);
      await waitForClose(server);
    }));

  it("a piece of text resolves both and closes the connection", () =>
    withServer([unfinished], async (server, options) => {
      const pieces = text(stream(REQUEST, options));
      expect([(await pieces.next()).value, (await pieces.next()).value]).toEqual(["Hel", "lo"]);
      const next = pieces.next();
      expect(await withTimeout(pieces.return(undefined), "the end of return()")).toEqual(done);
      expect(await withTimeout(next, "the end of next()")).toEqual(done);
      await waitForClose(server);
    }));
});

describe("a stream", () => {
  it("sends nothing if return() comes before the first next()", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const chunks = stream(REQUEST, options);
      expect(await chunks.return(undefined)).toEqual(done);
      expect(await chunks.next()).toEqual(done);
      expect(await text(stream(REQUEST, options)).return(undefined)).toEqual(done);
      expect(server.openedConnections).toBe(0);
    }));

  it("reads its request at the first next()", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const request = { ...REQUEST, temperature: 0 };
      const chunks = stream(request, options);
      request.temperature = 1;
      await collect(chunks);
      expect(server.requests[0]?.json).toMatchObject({ temperature: 1 });
    }));

  it("rejects an invalid request at the first next(), then is done", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const chunks = stream({ ...REQUEST, messages: "hi" as never }, options);
      expectError(await catchRejection(chunks.next()), {
        name: "BadRequestError",
        messageIncludes: ["messages"],
        attempts: 0,
      });
      expect(await chunks.next()).toEqual(done);
      expect(server.openedConnections).toBe(0);
    }));

  it("resolves concurrent next() calls in order", () =>
    withServer([[sseHead(), HELLO_EVENTS, waitForEvent("go"), FINISH_EVENTS, endBody]], async (server, options) => {
      const chunks = stream(REQUEST, options);
      const all = Array.from({ length: 7 }, () => chunks.next());
      expect(await all[0]).toMatchObject({ value: { choices: [{ delta: { content: "Hel" } }] } });
      server.emit("go");
      const results = await withTimeout(Promise.all(all), "seven results");
      expect(results.map(({ done }) => done)).toEqual([false, false, false, false, true, true, true]);
      expect(results[1]).toMatchObject({ value: { choices: [{ delta: { content: "lo" } }] } });
      expect(results[3]).toMatchObject({ value: { choices: [], usage: { completion_tokens: 2 } } });
      expect(server.requests.length).toBe(1);
    }));

  it("rejects the first of several pending next() calls at a failure and resolves the others as done", () =>
    withServer([[sseHead(), HELLO_EVENTS, sseEvent({ error: "GPU failure" }), stall]], async (_, options) => {
      const chunks = stream(REQUEST, options);
      const all = await withTimeout(Promise.allSettled(Array.from({ length: 5 }, () => chunks.next())), "five results");
      expect(all.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled"]);
      expect(all.slice(3)).toMatchObject([{ value: done }, { value: done }]);
    }));

  it("rejects once, then is done", () =>
    withServer([[sseHead(), HELLO_EVENTS, endBody]], async (_, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      await chunks.next();
      expectServerError(await catchRejection(chunks.next()), { name: "StreamTruncatedError" });
      expect([await chunks.next(), await chunks.return(undefined)]).toEqual([done, done]);
    }));

  it("is its own iterator", () =>
    withServer([httpHelloResponse], async (_, options) => {
      const chunks = stream(REQUEST, options);
      expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
      await chunks.return(undefined);
    }));

  it("can be collected after its first chunk was taken by next()", () =>
    withServer([httpHelloResponse], async (_, options) => {
      const chunks = stream(REQUEST, options);
      const first = await chunks.next();
      const { choices } = await collect(withFirst(first.value as ChatCompletionChunk, chunks));
      expect(choices[0]?.message.content).toBe("Hello");
    }));

  it("delivers every chunk that came before a failure, even to a slow consumer", () =>
    withServer(
      [[sseHead(), HELLO_EVENTS + sseEvent(contentChunk("!")) + sseEvent({ error: "GPU failure" }), stall]],
      async (_, options) => {
        const delivered: string[] = [];
        const read = async () => {
          for await (const piece of text(stream(REQUEST, options))) {
            delivered.push(piece);
            await flushEventLoop();
          }
        };
        expectServerError(await catchRejection(read()), { name: "APIError" });
        expect(delivered).toEqual(["Hel", "lo", "!"]);
      },
    ));
});

async function* withFirst<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

describe("a stream that is abandoned without return()", () => {
  it("keeps one abort listener, and an abort closes its connection", () =>
    withServer([unfinished], async (server, options, caller) => {
      await stream(REQUEST, options).next();
      expect(countAbortListeners(caller.signal)).toBe(1);
      caller.abort();
      await waitForClose(server);
    }));

  it("is closed when timeout.total expires", () =>
    withServer([unfinished], async (server, options) => {
      await stream(REQUEST, { ...options, timeout: { total: 1_000 } }).next();
      await waitForClose(server);
    }));
});
