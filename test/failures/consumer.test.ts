/** What a reader of a stream can do: leave, throw, ask twice, ask too early, ask too late, forget. */

import { describe, expect, it } from "vitest";
import { type ChatCompletionChunk, type ChatStream, collect, stream, text } from "../../src/index.js";
import { event, FINISH, HELLO, hello, json, REQUEST, says } from "../helpers/chat.js";
import { listeners, settled, soon } from "../helpers/leaks.js";
import { type Answer, end, endless, events, head, stall, type TestServer, until } from "../helpers/server.js";
import { against, caught, expectError } from "./run.js";

const open = [events(), HELLO, stall];
const over = { done: true, value: undefined };
const oops = new Error("the reader's own");

/** Waits until the server has seen the client's close. */
function closed(server: TestServer): Promise<void> {
  return soon(server.requests[0]?.gone ?? Promise.resolve(), "the client's close");
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
  "throw()": async (chunks) => expect(await caught(chunks.throw(oops))).toBe(oops),
  "a break": breaks,
  "a throw in the loop": async (chunks) => expect(await caught(throws(chunks))).toBe(oops),
  "a break of its text": (chunks) => breaks(text(chunks)),
  "a throw in the loop over its text": async (chunks) => expect(await caught(throws(text(chunks)))).toBe(oops),
  "Symbol.asyncDispose": (chunks) => {
    const name = Reflect.get(Symbol, "asyncDispose") as symbol;
    return (Reflect.get(chunks, name) as () => Promise<unknown>).call(chunks);
  },
};

describe("a reader leaves by", () => {
  it.each(Object.entries(endings))("%s: the server sees the close, and the stream is over", (_, leave) =>
    against([open], async (server, options) => {
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
const pending: [string, Answer, string][] = [
  ["the headers", [stall], "request 1"],
  ["the first chunk", [events(), stall], "headers"],
  ["a body that is all comments", [events(), endless(": ping\n\n".repeat(1_000))], "headers"],
  ["an error's body", [head(400, { "content-length": "99" }), stall], "headers"],
  ["a page that goes on", [head(200), "<html>", stall], "headers"],
  ["JSON that goes on", [head(200), '{"id":', stall], "headers"],
  ["the next attempt", json(503, { error: "wait" }, { "retry-after": "30" }), "headers"],
];

describe("return() while a next() waits for", () => {
  it.each(pending)("%s: both resolve at once", (_, answer, word) =>
    against([answer], async (server, options) => {
      const chunks = stream(REQUEST, options);
      const next = chunks.next();
      await server.heard(word);
      await settled();
      expect(await soon(chunks.return(undefined), "the end of return()")).toEqual(over);
      expect(await soon(next, "the end of next()")).toEqual(over);
      expect(await chunks.next()).toEqual(over);
      expect(server.requests.length).toBe(1);
    }),
  );

  it("the third chunk: so do two of them, and the server sees the close", () =>
    against([open], async (server, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      await chunks.next();
      const nexts = [chunks.next(), chunks.next()];
      expect(await soon(chunks.return(undefined), "the end of return()")).toEqual(over);
      expect(await soon(Promise.all(nexts), "the end of both")).toEqual([over, over]);
      await closed(server);
    }));

  it("a word of the text: so does that", () =>
    against([open], async (server, options) => {
      const words = text(stream(REQUEST, options));
      expect([(await words.next()).value, (await words.next()).value]).toEqual(["Hel", "lo"]);
      const next = words.next();
      expect(await soon(words.return(undefined), "the end of return()")).toEqual(over);
      expect(await soon(next, "the end of next()")).toEqual(over);
      await closed(server);
    }));
});

describe("a stream", () => {
  it("sends nothing before the first next(), and nothing at all if it is left before", () =>
    against([hello], async (server, options) => {
      const chunks = stream(REQUEST, options);
      expect(await chunks.return(undefined)).toEqual(over);
      expect(await chunks.next()).toEqual(over);
      expect(await text(stream(REQUEST, options)).return(undefined)).toEqual(over);
      expect(server.connections).toBe(0);
    }));

  it("reads its request at the first next()", () =>
    against([hello], async (server, options) => {
      const request = { ...REQUEST, temperature: 0 };
      const chunks = stream(request, options);
      request.temperature = 1;
      await collect(chunks);
      expect(server.requests[0]?.json).toMatchObject({ temperature: 1 });
    }));

  it("says what is wrong with its request at the first next(), once", () =>
    against([hello], async (server, options) => {
      const chunks = stream({ ...REQUEST, messages: "hi" as never }, options);
      expectError(await caught(chunks.next()), { name: "BadRequestError", says: ["messages"], attempts: 0 });
      expect(await chunks.next()).toEqual(over);
      expect(server.connections).toBe(0);
    }));

  it("answers concurrent next() calls in order", () =>
    against([[events(), HELLO, until("go"), FINISH, end]], async (server, options) => {
      const chunks = stream(REQUEST, options);
      const all = Array.from({ length: 7 }, () => chunks.next());
      expect(await all[0]).toMatchObject({ value: { choices: [{ delta: { content: "Hel" } }] } });
      server.tell("go");
      const results = await soon(Promise.all(all), "seven results");
      expect(results.map(({ done }) => done)).toEqual([false, false, false, false, true, true, true]);
      expect(results[1]).toMatchObject({ value: { choices: [{ delta: { content: "lo" } }] } });
      expect(results[3]).toMatchObject({ value: { choices: [], usage: { completion_tokens: 2 } } });
      expect(server.requests.length).toBe(1);
    }));

  it("tells one of several concurrent next() calls of a failure, and the others that it is over", () =>
    against([[events(), HELLO, event({ error: "GPU on fire" }), stall]], async (_, options) => {
      const chunks = stream(REQUEST, options);
      const all = await soon(Promise.allSettled(Array.from({ length: 5 }, () => chunks.next())), "five results");
      expect(all.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled"]);
      expect(all.slice(3)).toMatchObject([{ value: over }, { value: over }]);
    }));

  it("fails once: after that it is over", () =>
    against([[events(), HELLO, end]], async (_, options) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      await chunks.next();
      expectError(await caught(chunks.next()), { name: "StreamTruncatedError", attempts: 1 }, 1);
      expect([await chunks.next(), await chunks.return(undefined)]).toEqual([over, over]);
    }));

  it("is its own iterator", () =>
    against([hello], async (_, options) => {
      const chunks = stream(REQUEST, options);
      expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
      await chunks.return(undefined);
    }));

  it("can be read on after a look at its first chunk", () =>
    against([hello], async (_, options) => {
      const chunks = stream(REQUEST, options);
      const first = await chunks.next();
      const { choices } = await collect(both(first.value as ChatCompletionChunk, chunks));
      expect(choices[0]?.message.content).toBe("Hello");
    }));

  it("gives a slow reader every chunk that came before a failure", () =>
    against([[events(), HELLO + event(says("!")) + event({ error: "GPU on fire" }), stall]], async (_, options) => {
      const seen: string[] = [];
      const read = async () => {
        for await (const word of text(stream(REQUEST, options))) {
          seen.push(word);
          await settled();
        }
      };
      expectError(await caught(read()), { name: "APIError" }, 1);
      expect(seen).toEqual(["Hel", "lo", "!"]);
    }));
});

async function* both<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

describe("a stream that is dropped without return()", () => {
  it("keeps one listener, and is ended by the signal", () =>
    against([open], async (server, options, caller) => {
      await stream(REQUEST, options).next();
      expect(listeners(caller.signal)).toBe(1);
      caller.abort();
      await closed(server);
    }));

  it("is ended by the total", () =>
    against([open], async (server, options) => {
      await stream(REQUEST, { ...options, timeout: { total: 1_000 } }).next();
      await closed(server);
    }));
});
