import { describe, expect, it, vi } from "vitest";
import { type Controller, createIterator, type Source } from "../../src/http/iterator.js";
import { flushEventLoop } from "../helpers/leak-check.js";

const done = { done: true, value: undefined };
const yields = (value: number) => ({ done: false as const, value });
const failure = new Error("the read failed");

/** A source whose reads the test settles itself, with the values that they bring. */
function createManualSource() {
  let settle: { resolve(values: number[]): void; reject(error: unknown): void } | undefined;
  let controller: Controller<number, string> | undefined;
  const pull = vi.fn<() => Promise<number[]> | undefined>(
    () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
      }),
  );
  const source = {
    pull,
    parse: (values: number[]) => {
      for (const value of values) controller?.enqueue(value);
    },
    finalError: vi.fn((error: unknown): unknown => error),
    close: vi.fn(),
  };
  const open = vi.fn((given: Controller<number, string>): Source<number[]> => {
    controller = given;
    return source;
  });
  return {
    ...source,
    open,
    iterator: createIterator(open),
    controller: () => controller as Controller<number, string>,
    bring: (...values: number[]) => settle?.resolve(values),
    fail: () => settle?.reject(failure),
  };
}

/** An iterator over 1, 2, … `last`, so many of them in each read. */
function createCounter(last: number, perRead: number) {
  const { iterator, pull, close } = createManualSource();
  let value = 0;
  pull.mockImplementation(() => {
    const values = Array.from({ length: Math.min(perRead, last - value) }, () => ++value);
    return values.length > 0 ? Promise.resolve(values) : undefined;
  });
  return { iterator, pull, close };
}

describe.each([
  ["one in each read", 1],
  ["three in each read", 3],
])("values that come %s", (_, perRead) => {
  const reads = (values: number) => Math.ceil(values / perRead);

  it("are yielded in order, then next() is done for good, and the source is closed once", async () => {
    const { iterator, pull, close } = createCounter(3, perRead);
    for (const value of [1, 2, 3]) expect(await iterator.next()).toEqual(yields(value));
    expect(close).not.toHaveBeenCalled();
    expect([await iterator.next(), await iterator.next()]).toEqual([done, done]);
    expect(close).toHaveBeenCalledTimes(1);
    expect(pull).toHaveBeenCalledTimes(reads(3) + 1);
  });

  it("go to concurrent calls of next() in the order of the calls", async () => {
    const { iterator, pull, close } = createCounter(3, perRead);
    const calls = Array.from({ length: 5 }, () => iterator.next());
    expect(await Promise.all(calls)).toEqual([yields(1), yields(2), yields(3), done, done]);
    expect(close).toHaveBeenCalledTimes(1);
    expect(pull).toHaveBeenCalledTimes(reads(3) + 1);
  });

  it.each<[string, (values: AsyncIterable<number>) => Promise<void>]>([
    [
      "break",
      async (values) => {
        for await (const _ of values) break;
      },
    ],
    [
      "a throw",
      async (values) => {
        for await (const _ of values) throw failure;
      },
    ],
  ])("are left by %s in the loop, which closes the source", async (_, leave) => {
    const { iterator, pull, close } = createCounter(3, perRead);
    await leave(iterator).catch((error) => expect(error).toBe(failure));
    expect(close).toHaveBeenCalledTimes(1);
    expect(pull).toHaveBeenCalledTimes(1);
    expect(await iterator.next()).toEqual(done);
  });
});

describe("reading", () => {
  it("opens the source at the first next(), and pulls one read at a time", async () => {
    const { iterator, open, pull, bring } = createManualSource();
    await flushEventLoop();
    expect(open).not.toHaveBeenCalled();
    const calls = [iterator.next(), iterator.next()];
    await flushEventLoop();
    expect([open.mock.calls.length, pull.mock.calls.length]).toEqual([1, 1]);
    bring(1);
    expect(await calls[0]).toEqual(yields(1));
    await flushEventLoop();
    expect(pull).toHaveBeenCalledTimes(2);
    bring(2);
    expect(await calls[1]).toEqual(yields(2));
    expect([open.mock.calls.length, pull.mock.calls.length]).toEqual([1, 2]);
  });

  it("goes on if a read brings nothing", async () => {
    const { iterator, pull, bring } = createManualSource();
    const call = iterator.next();
    bring();
    await flushEventLoop();
    expect(pull).toHaveBeenCalledTimes(2);
    bring(1);
    expect(await call).toEqual(yields(1));
  });

  it("settles all pending calls that one read can serve", async () => {
    const { iterator, pull, bring } = createManualSource();
    const results: unknown[] = [];
    const calls = [1, 2, 3, 4].map(() => iterator.next().then((result) => results.push(result)));
    bring(1, 2, 3);
    await flushEventLoop();
    expect(results).toEqual([yields(1), yields(2), yields(3)]);
    expect(pull).toHaveBeenCalledTimes(2);
    bring(4);
    await Promise.all(calls);
    expect(results[3]).toEqual(yields(4));
  });

  it.each(["open", "pull"])("queues a next() that is called from inside %s", async (place) => {
    const { open, pull, bring } = createManualSource();
    const inner: Promise<unknown>[] = [];
    const callAgain = (here: string) => {
      if (here === place && inner.length === 0) inner.push(iterator.next(), iterator.next());
    };
    const iterator = createIterator((controller: Controller<number, string>) => {
      const source = open(controller);
      callAgain("open");
      return {
        ...source,
        pull() {
          callAgain("pull");
          return source.pull();
        },
      };
    });
    const outer = iterator.next();
    const last = iterator.next();
    await flushEventLoop();
    expect(pull).toHaveBeenCalledTimes(1);
    bring(1, 2);
    await flushEventLoop();
    expect(pull).toHaveBeenCalledTimes(2);
    bring(3, 4);
    expect(await Promise.all([outer, ...inner, last])).toEqual([yields(1), yields(2), yields(3), yields(4)]);
  });

  it("serves 50,000 concurrent calls", async () => {
    const { iterator } = createCounter(50_000, 50_000);
    const calls = Array.from({ length: 50_000 }, () => iterator.next());
    expect((await calls.at(-1))?.value).toBe(50_000);
  });
});

describe("a failure", () => {
  it("rejects the first pending next(); those behind it are done", async () => {
    const { iterator, close, fail } = createManualSource();
    const calls = Promise.allSettled([iterator.next(), iterator.next(), iterator.next()]);
    fail();
    expect(await calls).toEqual([
      { status: "rejected", reason: failure },
      { status: "fulfilled", value: done },
      { status: "fulfilled", value: done },
    ]);
    expect(close).toHaveBeenCalledTimes(1);
    expect(await iterator.next()).toEqual(done);
  });

  it("for which finalError returns undefined ends the iterator without an error", async () => {
    const { iterator, finalError, close, fail } = createManualSource();
    finalError.mockReturnValue(undefined);
    const calls = [iterator.next(), iterator.next()];
    fail();
    expect(await Promise.all(calls)).toEqual([done, done]);
    expect(finalError).toHaveBeenCalledExactlyOnceWith(failure);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("for which finalError throws rejects next() instead of leaving it pending", async () => {
    const { iterator, finalError, close, fail } = createManualSource();
    const thrown = new Error("the error's message is a getter that throws");
    finalError.mockImplementation(() => {
      throw thrown;
    });
    const next = iterator.next();
    fail();
    await expect(next).rejects.toBe(thrown);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("in parse comes after the values of the same read, and the source stays open until then", async () => {
    const { iterator, controller, pull, close } = createManualSource();
    pull.mockImplementation(() => Promise.resolve([1, 2]));
    const first = iterator.next();
    controller().error(failure);
    await expect(first).rejects.toBe(failure);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (fail: () => never) => Partial<Source<number[]>>]>([
    ["pull", (fail) => ({ pull: fail })],
    ["parse", (fail) => ({ pull: () => Promise.resolve([1]), parse: fail })],
  ])("thrown by %s rejects next() and closes the source", async (_, part) => {
    const { open, close } = createManualSource();
    const fail = (): never => {
      throw failure;
    };
    const iterator = createIterator((controller: Controller<number, string>) => ({
      ...open(controller),
      ...part(fail),
    }));
    await expect(iterator.next()).rejects.toBe(failure);
    expect(close).toHaveBeenCalledTimes(1);
    expect(await iterator.next()).toEqual(done);
  });

  it("rejects the pending next(), although close() calls next() again", async () => {
    const { iterator, close, fail } = createManualSource();
    const inner: Promise<unknown>[] = [];
    close.mockImplementation(() => inner.push(iterator.next()));
    const pending = iterator.next();
    fail();
    await expect(pending).rejects.toBe(failure);
    expect(await Promise.all(inner)).toEqual([done]);
    expect(await iterator.next()).toEqual(done);
  });

  it("whose reason is undefined rejects, too, if the source has no finalError", async () => {
    const iterator = createIterator(() => ({ pull: () => Promise.reject(undefined), parse() {}, close() {} }));
    await expect(iterator.next()).rejects.toBeUndefined();
  });

  it("to open the source rejects the first next(); the second is done", async () => {
    const iterator = createIterator((): Source<number[]> => {
      throw failure;
    });
    const calls = [iterator.next(), iterator.next()];
    await expect(calls[0]).rejects.toBe(failure);
    expect(await calls[1]).toEqual(done);
  });
});

describe("a controller", () => {
  it("that reports an error delivers the values before it first", async () => {
    const { iterator, controller, close, bring } = createManualSource();
    const first = iterator.next();
    bring(1, 2, 3);
    expect(await first).toEqual(yields(1));
    controller().error(failure);
    expect(close).not.toHaveBeenCalled();
    expect([await iterator.next(), await iterator.next()]).toEqual([yields(2), yields(3)]);
    await expect(iterator.next()).rejects.toBe(failure);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("that aborts drops the values that were not delivered, also those before an error", async () => {
    const { iterator, controller, close, bring } = createManualSource();
    const first = iterator.next();
    bring(1, 2, 3);
    await first;
    controller().error(failure);
    controller().abort("stopped by the user");
    expect(close).toHaveBeenCalledTimes(1);
    await expect(iterator.next()).rejects.toBe("stopped by the user");
    expect(await iterator.next()).toEqual(done);
  });

  it("that aborts rejects a pending next() at once, although its read goes on", async () => {
    const { iterator, controller, bring } = createManualSource();
    const pending = iterator.next();
    controller().abort(failure);
    await expect(pending).rejects.toBe(failure);
    bring(1);
    expect(await iterator.next()).toEqual(done);
  });

  it("that closes gives its value to the first result that is done", async () => {
    const { iterator, controller, bring } = createManualSource();
    const first = iterator.next();
    bring(1);
    await first;
    controller().close("the return value");
    expect(await iterator.next()).toEqual({ done: true, value: "the return value" });
    expect(await iterator.next()).toEqual(done);
  });

  it("that reports an error with nothing left to deliver closes the source at once", async () => {
    const { iterator, controller, close, bring } = createManualSource();
    const first = iterator.next();
    bring(1);
    await first;
    controller().error(failure);
    expect(close).toHaveBeenCalledTimes(1);
    await expect(iterator.next()).rejects.toBe(failure);
  });

  it("that reports an error and then closes has failed", async () => {
    const { iterator, controller, bring } = createManualSource();
    const first = iterator.next();
    bring(1);
    await first;
    controller().error(failure);
    controller().close("the return value");
    await expect(iterator.next()).rejects.toBe(failure);
  });

  it("that aborts after the end changes nothing", async () => {
    const { iterator, controller, close } = createManualSource();
    const pending = iterator.next();
    controller().close("the return value");
    expect(await pending).toEqual({ done: true, value: "the return value" });
    controller().abort(failure);
    expect(await iterator.next()).toEqual(done);
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe("return() and throw()", () => {
  it.each(["comes", "fails"])("return() takes effect at once, whether the pending read then %s", async (then) => {
    const { iterator, close, bring, fail } = createManualSource();
    close.mockImplementation(() => (then === "comes" ? bring(1) : fail()));
    const calls = [iterator.next(), iterator.next()];
    expect(await iterator.return("left")).toEqual({ done: true, value: "left" });
    expect(await Promise.all(calls)).toEqual([done, done]);
    expect(await iterator.next()).toEqual(done);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("return() awaits a promise that it is given, as an async generator does", async () => {
    const { iterator } = createManualSource();
    expect(await iterator.return(Promise.resolve("left"))).toEqual({ done: true, value: "left" });
  });

  it("return() resolves a pending next() even if its read never settles", async () => {
    const { iterator } = createManualSource();
    const pending = iterator.next();
    await iterator.return("left");
    expect(await pending).toEqual(done);
  });

  it("return() before next() never opens the source, and a second one changes nothing", async () => {
    const { iterator, open } = createManualSource();
    const results = await Promise.all([iterator.return("a"), iterator.return("b"), iterator.next()]);
    expect(results).toEqual([{ done: true, value: "a" }, { done: true, value: "b" }, done]);
    expect(open).not.toHaveBeenCalled();
  });

  it("return() from inside open closes the source that is opened", async () => {
    const { open, pull, close } = createManualSource();
    const iterator = createIterator((controller: Controller<number, string>) => {
      iterator.return("left").catch(() => {});
      return open(controller);
    });
    expect(await iterator.next()).toEqual(done);
    expect([pull.mock.calls.length, close.mock.calls.length]).toEqual([0, 1]);
  });

  it("throw() ends the iterator and rejects with what it was given", async () => {
    const { iterator, close } = createManualSource();
    const pending = iterator.next();
    await expect(iterator.throw(failure)).rejects.toBe(failure);
    expect(await pending).toEqual(done);
    expect(await iterator.next()).toEqual(done);
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe("the interface of AsyncGenerator", () => {
  it("has asyncDispose, which ends the iterator, where the runtime has it", async () => {
    const { iterator, close } = createCounter(3, 1);
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
    expect(await iterator.next()).toEqual(yields(1));
    const symbol = Reflect.get(Symbol, "asyncDispose") as symbol | undefined;
    expect(symbol).toBeTypeOf("symbol");
    await (Reflect.get(iterator, symbol as symbol) as () => Promise<unknown>)();
    expect(close).toHaveBeenCalledTimes(1);
    expect(await iterator.next()).toEqual(done);
  });

  it("lacks asyncDispose where the runtime lacks it", async () => {
    vi.stubGlobal("Symbol", { iterator: Symbol.iterator, asyncIterator: Symbol.asyncIterator });
    const { iterator } = createCounter(1, 1);
    vi.unstubAllGlobals();
    expect(await iterator.next()).toEqual(yields(1));
    expect(Object.keys(iterator)).toEqual(["next", "return", "throw"]);
    expect(Reflect.ownKeys(iterator)).not.toContain("undefined");
  });
});
