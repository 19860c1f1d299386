/** What a reader of a stream can do: leave, throw, ask twice, ask too early, ask too late, forget. */

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
import { catchRejection, expectError } from "./expect-error.js";

const open = [sseHead(), HELLO_EVENTS, stall];
const over = { done: true, value: undefined };
const oops = new Error("the reader's own");

/** Waits until the server has seen the client's close. */
function closed(server: TestServer): Promise<void> {
  return withTimeout(server.requests[0]?.closed ?? Promise.resolve(), "the client's close");
}

async function breaks(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks) break;
}

async function throws(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks) throw oops;
}

/** The ways to end a stream of which one chunk has been read. */
const endings: Record<string, (chunks: ChatStream) => Promise<unknown>> = {
  "return()": async (chunks) => expect(await chunks.return(undefined)).toEqual(over),
  "return() twice": async (chunks) =>
    expect(await Promise.all([chunks.return(undefined), chunks.return(undefined)])).toEqual([over, over]),
  "return() with next() behind it": async (chunks) =>
    expect(await Promise.all([chunks.return(undefined), chunks.next()])).toEqual([over, over]),
  "throw()": async (chunks) => expect(await catchRejection(chunks.throw(oops))).toBe(oops),
  "a break": breaks,
  "a throw in the loop": async (chunks) => expect(await catchRejection(throws(chunks))).toBe(oops),
  "a break of its text": (chunks) => breaks(text(chunks)),
  "a throw in the loop over its text": async (chunks) => expect(await catchRejection(throws(text(chunks)))).toBe(oops),
  "Symbol.asyncDispose": (chunks) => {
    const name = Reflect.get(Symbol, "asyncDispose") as symbol;
    return (Reflect.get(chunks, name) as () => Promise<unknown>).call(chunks);
  },
};

describe("a reader leaves by", () => {
  it.each(Object.entries(endings))("%s: the server sees the close, and the stream is over", (_, leave) =>
    withServer([open], async (server, options) => {
      const chunks = stream(REQUEST, options);
      expect(await chunks.next()).toMatchObject({ done: false, value: { choices: [{ delta: { content: "Hel" } }] } });
      await leave(chunks);
      await closed(server);
      expect(await chunks.next()).toEqual(over);
      expect(server.requests.length).toBe(1);
    }),
  );
});

/** What can be under way when `return()` comes, and the word after which it is. */
const pending: [string, ScriptedResponse, string][] = [
  ["the headers", [stall], "request 1"],
  ["the first chunk", [sseHead(), stall], "headers"],
  ["a body that is all comments", [sseHead(), repeatUntilClosed(": ping\n\n".repeat(1_000))], "headers"],
  ["an error's body", [responseHead(400, { "content-length": "99" }), stall], "headers"],
  ["a page that goes on", [responseHead(200), "<html>", stall], "headers"],
  ["JSON that goes on", [responseHead(200), '{"id":', stall], "headers"],
  ["the next attempt", httpJsonResponse(503, { error: "wait" }, { "retry-after": "30" }), "headers"],
];

describe("return() while a next() waits for", () => {
  it.each(pending)("%s: both resolve at once", (_, answer, word) =>
    withServer([answer], async (server, options) => {
      const chunks = stream(REQUEST, options);
      const next = chunks.next();
      await server.waitFor(word);
      await flushEventLoop();
      expect(await withTimeout(chunks.return(undefined), "the end of return()")).toEqual(over);
      expect(await withTimeout(next, "the end of next()")).toEqual(over);
      expect(await chunks.next()).toEqual(over);
      expect(server.requests.length).toBe(1);
    }),
  );

  it("the third chunk: so do two of them, and the server sees the close", () =>
    withServer([open], async (server, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      await chunks.next();
      const nexts = [chunks.next(), chunks.next()];
      expect(await withTimeout(chunks.return(undefined), "the end of return()")).toEqual(over);
      expect(await withTimeout(Promise.all(nexts), "the end of both")).toEqual([over, over]);
      await closed(server);
    }));

  it("a word of the text: so does that", () =>
    withServer([open], async (server, options) => {
      const words = text(stream(REQUEST, options));
      expect([(await words.next()).value, (await words.next()).value]).toEqual(["Hel", "lo"]);
      const next = words.next();
      expect(await withTimeout(words.return(undefined), "the end of return()")).toEqual(over);
      expect(await withTimeout(next, "the end of next()")).toEqual(over);
      await closed(server);
    }));
});

describe("a stream", () => {
  it("sends nothing before the first next(), and nothing at all if it is left before", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const chunks = stream(REQUEST, options);
      expect(await chunks.return(undefined)).toEqual(over);
      expect(await chunks.next()).toEqual(over);
      expect(await text(stream(REQUEST, options)).return(undefined)).toEqual(over);
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

  it("says what is wrong with its request at the first next(), once", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const chunks = stream({ ...REQUEST, messages: "hi" as never }, options);
      expectError(await catchRejection(chunks.next()), {
        name: "BadRequestError",
        messageIncludes: ["messages"],
        attempts: 0,
      });
      expect(await chunks.next()).toEqual(over);
      expect(server.openedConnections).toBe(0);
    }));

  it("answers concurrent next() calls in order", () =>
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

  it("tells one of several concurrent next() calls of a failure, and the others that it is over", () =>
    withServer([[sseHead(), HELLO_EVENTS, sseEvent({ error: "GPU on fire" }), stall]], async (_, options) => {
      const chunks = stream(REQUEST, options);
      const all = await withTimeout(Promise.allSettled(Array.from({ length: 5 }, () => chunks.next())), "five results");
      expect(all.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled"]);
      expect(all.slice(3)).toMatchObject([{ value: over }, { value: over }]);
    }));

  it("fails once: after that it is over", () =>
    withServer([[sseHead(), HELLO_EVENTS, endBody]], async (_, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      await chunks.next();
      expectError(await catchRejection(chunks.next()), { name: "StreamTruncatedError", attempts: 1 }, 1);
      expect([await chunks.next(), await chunks.return(undefined)]).toEqual([over, over]);
    }));

  it("is its own iterator", () =>
    withServer([httpHelloResponse], async (_, options) => {
      const chunks = stream(REQUEST, options);
      expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
      await chunks.return(undefined);
    }));

  it("can be read on after a look at its first chunk", () =>
    withServer([httpHelloResponse], async (_, options) => {
      const chunks = stream(REQUEST, options);
      const first = await chunks.next();
      const { choices } = await collect(both(first.value as ChatCompletionChunk, chunks));
      expect(choices[0]?.message.content).toBe("Hello");
    }));

  it("gives a slow reader every chunk that came before a failure", () =>
    withServer(
      [[sseHead(), HELLO_EVENTS + sseEvent(contentChunk("!")) + sseEvent({ error: "GPU on fire" }), stall]],
      async (_, options) => {
        const seen: string[] = [];
        const read = async () => {
          for await (const word of text(stream(REQUEST, options))) {
            seen.push(word);
            await flushEventLoop();
          }
        };
        expectError(await catchRejection(read()), { name: "APIError" }, 1);
        expect(seen).toEqual(["Hel", "lo", "!"]);
      },
    ));
});

async function* both<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

describe("a stream that is dropped without return()", () => {
  it("keeps one listener, and is ended by the signal", () =>
    withServer([open], async (server, options, caller) => {
      await stream(REQUEST, options).next();
      expect(countAbortListeners(caller.signal)).toBe(1);
      caller.abort();
      await closed(server);
    }));

  it("is ended by the total", () =>
    withServer([open], async (server, options) => {
      await stream(REQUEST, { ...options, timeout: { total: 1_000 } }).next();
      await closed(server);
    }));
});
