import { describe, expect, it, vi } from "vitest";
import { iterator, type Settle, type Source } from "../../src/http/iterator.js";
import { settled } from "../helpers/leaks.js";

const over = { done: true, value: undefined };
const gives = (value: number) => ({ done: false as const, value });
const oops = new Error("oops");

const nothing = (): undefined => undefined;

/** A source whose steps the test settles itself. */
function deferred(stop: () => void = () => {}) {
  const settles: Settle<number>[] = [];
  const ready = vi.fn<() => IteratorResult<number, undefined> | undefined>(nothing);
  const ask = vi.fn((settle: Settle<number>) => void settles.push(settle));
  const source: Source<number> = { ready, ask, stop };
  const give = (value: number) => settles.at(-1)?.give(gives(value));
  return { source, ready, ask, give, fail: () => settles.at(-1)?.fail(oops) };
}

/** An iterator that gives 1, 2, … up to `last`, at once or a turn later. */
function counter(last: number, late: boolean) {
  let value = 0;
  const pull = vi.fn(() => (value < last ? gives(++value) : { done: true as const, value: undefined }));
  const ask = ({ give }: Settle<number>) => {
    const step = pull();
    queueMicrotask(() => give(step));
  };
  const stop = vi.fn();
  return { chunks: iterator(late ? { ready: nothing, ask, stop } : { ready: pull, ask, stop }), pull, stop };
}

describe.each([
  ["at once", false],
  ["a turn later", true],
])("steps that come %s", (_, late) => {
  it("are given in order, then it is over for good, and stopped once", async () => {
    const { chunks, pull, stop } = counter(2, late);
    expect([await chunks.next(), await chunks.next()]).toEqual([gives(1), gives(2)]);
    expect(stop).not.toHaveBeenCalled();
    expect([await chunks.next(), await chunks.next()]).toEqual([over, over]);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(pull).toHaveBeenCalledTimes(3);
  });

  it("queue for concurrent calls of next()", async () => {
    const { chunks, pull, stop } = counter(3, late);
    const calls = [chunks.next(), chunks.next(), chunks.next(), chunks.next(), chunks.next()];
    expect(await Promise.all(calls)).toEqual([gives(1), gives(2), gives(3), over, over]);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(pull).toHaveBeenCalledTimes(4);
  });

  it("are for a loop, too", async () => {
    const seen: number[] = [];
    for await (const value of counter(3, late).chunks) seen.push(value);
    expect(seen).toEqual([1, 2, 3]);
  });

  it.each([
    [
      "break",
      async (chunks: AsyncIterable<number>) => {
        for await (const _ of chunks) break;
      },
    ],
    [
      "a throw",
      async (chunks: AsyncIterable<number>) => {
        for await (const _ of chunks) throw oops;
      },
    ],
  ])("are stopped by %s in the loop", async (_, leave) => {
    const { chunks, pull, stop } = counter(3, late);
    await leave(chunks).catch((error) => expect(error).toBe(oops));
    expect(stop).toHaveBeenCalledTimes(1);
    expect(pull).toHaveBeenCalledTimes(1);
    expect(await chunks.next()).toEqual(over);
  });
});

describe("an iterator", () => {
  it("pulls nothing before next(), and one step at a time", async () => {
    const { source, ask: pull, give } = deferred();
    const chunks = iterator(source);
    await settled();
    expect(pull).not.toHaveBeenCalled();
    const calls = [chunks.next(), chunks.next()];
    expect(pull).toHaveBeenCalledTimes(1);
    give(1);
    expect(await calls[0]).toEqual(gives(1));
    expect(pull).toHaveBeenCalledTimes(2);
    give(2);
    expect(await calls[1]).toEqual(gives(2));
    expect(pull).toHaveBeenCalledTimes(2);
  });

  it("gives at once what is there for the callers behind one who had to wait", async () => {
    const { source, ready, ask, give } = deferred();
    const chunks = iterator(source);
    const calls = [chunks.next(), chunks.next(), chunks.next()];
    ready.mockReturnValueOnce(gives(2));
    ask.mockImplementationOnce(() => {
      throw oops;
    });
    give(1);
    expect(await Promise.allSettled(calls)).toEqual([
      { status: "fulfilled", value: gives(1) },
      { status: "fulfilled", value: gives(2) },
      { status: "rejected", reason: oops },
    ]);
  });

  it("lets nobody overtake one who waits", async () => {
    const { source, ready, give } = deferred();
    const chunks = iterator(source);
    const settledAs: unknown[] = [];
    const first = chunks.next().then((step) => settledAs.push(step));
    ready.mockReturnValueOnce(gives(2));
    const second = chunks.next().then((step) => settledAs.push(step));
    await settled();
    expect(settledAs).toEqual([]);
    give(1);
    await Promise.all([first, second]);
    expect(settledAs).toEqual([gives(1), gives(2)]);
  });

  it("tells one caller of a failure, the others that it is over", async () => {
    const stop = vi.fn();
    const { source, fail } = deferred(stop);
    const chunks = iterator(source);
    const calls = Promise.allSettled([chunks.next(), chunks.next(), chunks.next()]);
    fail();
    expect(await calls).toEqual([
      { status: "rejected", reason: oops },
      { status: "fulfilled", value: over },
      { status: "fulfilled", value: over },
    ]);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await chunks.next()).toEqual(over);
  });

  it("rejects where the asking throws", async () => {
    const stop = vi.fn();
    const ask = () => {
      throw oops;
    };
    const chunks = iterator<number>({ ready: nothing, ask, stop });
    await expect(chunks.next()).rejects.toBe(oops);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await chunks.next()).toEqual(over);
  });

  it.each(["comes", "fails"])(
    "return() takes effect at once, and hears nothing of a step that then %s",
    async (then) => {
      // What was under way may be settled by the stopping itself, too.
      const stop = vi.fn(() => settle());
      const { source, give, fail } = deferred(stop);
      const settle = () => (then === "comes" ? give(1) : fail());
      const chunks = iterator(source);
      const calls = [chunks.next(), chunks.next()];
      expect(await chunks.return(undefined)).toEqual(over);
      expect(await Promise.all(calls)).toEqual([over, over]);
      expect(stop).toHaveBeenCalledTimes(1);
      settle();
      expect(await chunks.next()).toEqual(over);
      expect(stop).toHaveBeenCalledTimes(1);
    },
  );

  it("return() before next() pulls nothing ever, and a second one is harmless", async () => {
    const { chunks, pull, stop } = counter(3, true);
    expect(await Promise.all([chunks.return(undefined), chunks.return(undefined), chunks.next()])).toEqual([
      over,
      over,
      over,
    ]);
    expect(await chunks.return(undefined)).toEqual(over);
    expect(pull).not.toHaveBeenCalled();
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("throw() ends it and rejects with what it was given", async () => {
    const stop = vi.fn();
    const chunks = iterator(deferred(stop).source);
    const pending = chunks.next();
    await expect(chunks.throw(oops)).rejects.toBe(oops);
    expect(await pending).toEqual(over);
    expect(await chunks.next()).toEqual(over);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("has AsyncGenerator's interface, whose asyncDispose ends it where the runtime knows that", async () => {
    const { chunks, stop } = counter(3, true);
    expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
    const symbol = Reflect.get(Symbol, "asyncDispose") as symbol | undefined;
    expect(symbol).toBeTypeOf("symbol");
    await (Reflect.get(chunks, symbol as symbol) as () => Promise<unknown>)();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await chunks.next()).toEqual(over);
  });

  it("does without asyncDispose where the runtime does not know it", async () => {
    const bare = { iterator: Symbol.iterator, asyncIterator: Symbol.asyncIterator };
    vi.stubGlobal("Symbol", bare);
    const { chunks } = counter(1, false);
    vi.unstubAllGlobals();
    expect(await chunks.next()).toEqual(gives(1));
    expect(Object.keys(chunks)).toEqual(["next", "return", "throw"]);
    expect(Reflect.ownKeys(chunks)).not.toContain("undefined");
  });

  it.each(["steps at once", "steps that wait"])("queues a next() that asking itself calls: %s", async (kind) => {
    const { source, ready, ask, give } = deferred();
    let inner: Promise<unknown> = Promise.reject(oops);
    inner.catch(() => {});
    const chunks = iterator({
      ...source,
      ask(settle) {
        ask(settle);
        if (ask.mock.calls.length === 1) inner = chunks.next();
      },
    });
    const outer = chunks.next();
    if (kind === "steps at once") ready.mockReturnValueOnce(gives(2));
    give(1);
    if (kind === "steps that wait") give(2);
    expect([await outer, await inner]).toEqual([gives(1), gives(2)]);
  });

  it("uses no stack for steps that come at once", async () => {
    const { chunks } = counter(50_000, false);
    const calls = Array.from({ length: 50_000 }, () => chunks.next());
    expect((await calls.at(-1))?.value).toBe(50_000);
  });
});
