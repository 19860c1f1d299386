import { describe, expect, it, vi } from "vitest";
import { iterator, type Source } from "../../src/http/iterator.js";
import { flushEventLoop } from "../helpers/leak-check.js";

const over = { done: true, value: undefined };
const gives = (value: number) => ({ done: false as const, value });
const oops = new Error("oops");

interface Settle {
  resolve(values: number[]): void;
  reject(error: unknown): void;
}

/** A source whose reads the test settles itself, with the values they hold. */
function deferred() {
  const held: number[] = [];
  let settle: Settle | undefined;
  const give = (...values: number[]) => settle?.resolve(values);
  const fail = () => settle?.reject(oops);
  const ask = vi.fn<() => Promise<number[]> | undefined>(
    () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
      }),
  );
  const judge = vi.fn((error: unknown) => {
    throw error;
  });
  const stop = vi.fn(() => give());
  const next = () => held.shift();
  const take = (values: number[]) => void held.push(...values);
  const source: Source<number, number[]> = { next, ask, take, judge, stop };
  return { source, ask, judge, stop, give, fail, chunks: iterator(() => source) };
}

/** An iterator that gives 1, 2, … up to `last`, so many of them a read. */
function counter(last: number, perRead: number) {
  const { source, stop } = deferred();
  let value = 0;
  const ask = vi.fn(() => {
    const values = Array.from({ length: Math.min(perRead, last - value) }, () => ++value);
    return values.length > 0 ? Promise.resolve(values) : undefined;
  });
  return { chunks: iterator(() => ({ ...source, ask })), ask, stop };
}

describe.each([
  ["one a read", 1],
  ["three a read", 3],
])("values that come %s", (_, perRead) => {
  const reads = (values: number) => Math.ceil(values / perRead);

  it("are given in order, then it is over for good, and stopped once", async () => {
    const { chunks, ask, stop } = counter(3, perRead);
    for (const value of [1, 2, 3]) expect(await chunks.next()).toEqual(gives(value));
    expect(stop).not.toHaveBeenCalled();
    expect([await chunks.next(), await chunks.next()]).toEqual([over, over]);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(ask).toHaveBeenCalledTimes(reads(3) + 1);
  });

  it("queue for concurrent calls of next()", async () => {
    const { chunks, ask, stop } = counter(3, perRead);
    const calls = [chunks.next(), chunks.next(), chunks.next(), chunks.next(), chunks.next()];
    expect(await Promise.all(calls)).toEqual([gives(1), gives(2), gives(3), over, over]);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(ask).toHaveBeenCalledTimes(reads(3) + 1);
  });

  it("are for a loop, too", async () => {
    const seen: number[] = [];
    for await (const value of counter(3, perRead).chunks) seen.push(value);
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
    const { chunks, ask, stop } = counter(3, perRead);
    await leave(chunks).catch((error) => expect(error).toBe(oops));
    expect(stop).toHaveBeenCalledTimes(1);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(await chunks.next()).toEqual(over);
  });
});

describe("an iterator", () => {
  it("opens its source at the first next(), and asks for one read at a time", async () => {
    const { source, ask, give } = deferred();
    const open = vi.fn(() => source);
    const chunks = iterator(open);
    await flushEventLoop();
    expect(open).not.toHaveBeenCalled();
    const calls = [chunks.next(), chunks.next()];
    expect(ask).toHaveBeenCalledTimes(1);
    await flushEventLoop();
    expect(ask).toHaveBeenCalledTimes(1);
    give(1);
    expect(await calls[0]).toEqual(gives(1));
    await flushEventLoop();
    expect(ask).toHaveBeenCalledTimes(2);
    give(2);
    expect(await calls[1]).toEqual(gives(2));
    expect([open.mock.calls.length, ask.mock.calls.length]).toEqual([1, 2]);
  });

  it("reads on where a read holds nothing", async () => {
    const { chunks, ask, give } = deferred();
    const call = chunks.next();
    give();
    await flushEventLoop();
    expect(ask).toHaveBeenCalledTimes(2);
    give(1);
    expect(await call).toEqual(gives(1));
  });

  it("gives what one read holds to all who wait, in their order", async () => {
    const { chunks, ask, give } = deferred();
    const order: unknown[] = [];
    const calls = [1, 2, 3, 4].map(() => chunks.next().then((step) => order.push(step)));
    give(1, 2, 3);
    await flushEventLoop();
    expect(order).toEqual([gives(1), gives(2), gives(3)]);
    expect(ask).toHaveBeenCalledTimes(2);
    give(4);
    await Promise.all(calls);
    expect(order[3]).toEqual(gives(4));
  });

  it("lets nobody overtake one who waits", async () => {
    const { source, chunks, ask, give } = deferred();
    const order: unknown[] = [];
    const first = chunks.next().then((step) => order.push(step));
    source.take([2]);
    const second = chunks.next().then((step) => order.push(step));
    await flushEventLoop();
    expect([order, ask.mock.calls.length]).toEqual([[], 1]);
    give();
    await flushEventLoop();
    expect(order).toEqual([gives(2)]);
    give(3);
    await Promise.all([first, second]);
    expect(order).toEqual([gives(2), gives(3)]);
  });

  it("tells one caller of a failure, the others that it is over", async () => {
    const { chunks, stop, fail } = deferred();
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

  it("ends well where the source judges a failure to be none, before it is stopped", async () => {
    const { chunks, judge, stop, fail } = deferred();
    judge.mockImplementation((() => expect(stop).not.toHaveBeenCalled()) as never);
    const calls = [chunks.next(), chunks.next()];
    fail();
    expect(await Promise.all(calls)).toEqual([over, over]);
    expect(judge).toHaveBeenCalledExactlyOnceWith(oops);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it.each<[string, Partial<Source<number, number[]>>]>([
    [
      "asking",
      {
        ask() {
          throw oops;
        },
      },
    ],
    [
      "taking",
      {
        ask: () => Promise.resolve([1]),
        take() {
          throw oops;
        },
      },
    ],
  ])("rejects where %s throws", async (_, part) => {
    const { source, stop } = deferred();
    const chunks = iterator(() => ({ ...source, ...part }));
    await expect(chunks.next()).rejects.toBe(oops);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await chunks.next()).toEqual(over);
  });

  it("rejects where its source cannot be opened", async () => {
    const chunks = iterator((): Source<number, number[]> => {
      throw oops;
    });
    const calls = [chunks.next(), chunks.next()];
    await expect(calls[0]).rejects.toBe(oops);
    expect(await calls[1]).toEqual(over);
  });

  it.each(["comes", "fails"])("return() takes effect at once, and drops a read that then %s", async (then) => {
    const { chunks, stop, give, fail } = deferred();
    const settle = () => (then === "comes" ? give(1) : fail());
    // What was under way is settled by the stopping itself.
    stop.mockImplementation(settle);
    const calls = [chunks.next(), chunks.next()];
    expect(await chunks.return(undefined)).toEqual(over);
    expect(await Promise.all(calls)).toEqual([over, over]);
    expect(await chunks.next()).toEqual(over);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("return() before next() opens nothing ever, and a second one is harmless", async () => {
    const open = vi.fn(() => deferred().source);
    const chunks = iterator(open);
    expect(await Promise.all([chunks.return(undefined), chunks.return(undefined), chunks.next()])).toEqual([
      over,
      over,
      over,
    ]);
    expect(await chunks.return(undefined)).toEqual(over);
    expect(open).not.toHaveBeenCalled();
  });

  it("throw() ends it and rejects with what it was given", async () => {
    const { chunks, stop } = deferred();
    const pending = chunks.next();
    await expect(chunks.throw(oops)).rejects.toBe(oops);
    expect(await pending).toEqual(over);
    expect(await chunks.next()).toEqual(over);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("has AsyncGenerator's interface, whose asyncDispose ends it where the runtime knows that", async () => {
    const { chunks, stop } = counter(3, 1);
    expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
    expect(await chunks.next()).toEqual(gives(1));
    const symbol = Reflect.get(Symbol, "asyncDispose") as symbol | undefined;
    expect(symbol).toBeTypeOf("symbol");
    await (Reflect.get(chunks, symbol as symbol) as () => Promise<unknown>)();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await chunks.next()).toEqual(over);
  });

  it("does without asyncDispose where the runtime does not know it", async () => {
    const bare = { iterator: Symbol.iterator, asyncIterator: Symbol.asyncIterator };
    vi.stubGlobal("Symbol", bare);
    const { chunks } = counter(1, 1);
    vi.unstubAllGlobals();
    expect(await chunks.next()).toEqual(gives(1));
    expect(Object.keys(chunks)).toEqual(["next", "return", "throw"]);
    expect(Reflect.ownKeys(chunks)).not.toContain("undefined");
  });

  it.each(["open", "ask"])("queues a next() that comes from inside %s", async (place) => {
    const { source, ask, give } = deferred();
    const inner: Promise<unknown>[] = [];
    const again = (here: string) => {
      if (here === place && inner.length === 0) inner.push(chunks.next(), chunks.next());
    };
    const chunks = iterator(() => {
      again("open");
      return {
        ...source,
        ask() {
          again("ask");
          return ask();
        },
      };
    });
    const outer = chunks.next();
    // Who comes from outside is behind those who came from inside.
    const late = chunks.next();
    await flushEventLoop();
    expect(ask).toHaveBeenCalledTimes(1);
    give(1, 2);
    await flushEventLoop();
    expect(ask).toHaveBeenCalledTimes(2);
    give(3, 4);
    expect(await Promise.all([outer, ...inner, late])).toEqual([gives(1), gives(2), gives(3), gives(4)]);
  });

  it("serves a great many calls at once", async () => {
    const { chunks } = counter(50_000, 50_000);
    const calls = Array.from({ length: 50_000 }, () => chunks.next());
    expect((await calls.at(-1))?.value).toBe(50_000);
  });
});
