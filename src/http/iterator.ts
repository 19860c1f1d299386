/** Where an iterator's values come from: reads, each of which gives any number of values. */
export interface Source<Read> {
  /** Starts the next read, or returns nothing at the end. */
  pull(): PromiseLike<Read> | undefined;
  /** Turns a read into values, each given to `enqueue`. Those before a throw are delivered before the error. */
  parse(read: Read): void;
  /**
   * Returns the error to throw for a failure, or `undefined` if the values so far were complete. Without it, the failure is
   * thrown as it is.
   */
  finalError?(error: unknown): unknown;
  /** Frees what the source holds. Called once, however the iterator ends; its pending read no longer counts. */
  close(): void;
}

/** What a source does to its iterator, as in the Streams standard. */
export interface Controller<Value, Return = undefined> {
  enqueue(value: Value): void;
  /** Ends the iterator well, after the values before; `value` is its return value. */
  close(value?: Return): void;
  /** Ends the iterator with an error, after the values before it. */
  error(reason: unknown): void;
  /** Ends the iterator with an error at once, and drops the values that were not delivered. */
  abort(reason: unknown): void;
}

interface PendingNext<Value, Return> {
  resolve(result: IteratorResult<Value, Return>): void;
  reject(error: unknown): void;
}

interface Ending {
  failure?: { error: unknown };
  /** The return value of a good end: only the first result that is done has it. */
  value?: unknown;
}

/**
 * Asks the source what a failure means. What the source throws then (a getter of a foreign error may throw) becomes the
 * failure: otherwise `next()` would never settle.
 */
function toEnding<Read>(reason: unknown, source: Source<Read> | undefined): Ending {
  if (!source?.finalError) return { failure: { error: reason } };
  try {
    const error = source.finalError(reason);
    return error === undefined ? {} : { failure: { error } };
  } catch (error) {
    return { failure: { error } };
  }
}

/** Closes an iterator without waiting: a generator's `return()` may wait for a server. */
export function closeIterator(iterator: AsyncIterator<unknown>): void {
  (async () => iterator.return?.())().catch(() => {});
}

/**
 * Creates an iterator with AsyncGenerator's interface whose `return()` takes effect at once: an async generator's own
 * waits for the pending `next()`, and so for a server. Concurrent calls of `next()` queue.
 * @param open - opens the source, at the first `next()`
 */
export function createIterator<Value, Read, Return = undefined>(
  open: (controller: Controller<Value, Return>) => Source<Read>,
): AsyncGenerator<Value, Return, undefined> {
  let source: Source<Read> | undefined;
  /** Values that were not delivered, from `position` on. */
  let queue: Value[] = [];
  let position = 0;
  /** Calls of `next()` that wait, from `firstPending` on. */
  let pending: PendingNext<Value, Return>[] = [];
  let firstPending = 0;
  let isPulling = false;
  let isClosed = false;
  /** What follows the queue; nothing is read any more. */
  let ending: Ending | undefined;

  function takeValue(): IteratorYieldResult<Value> | undefined {
    if (position === queue.length) return;
    const value = queue[position++] as Value;
    if (position === queue.length) clearQueue();
    return { done: false, value };
  }

  function clearQueue(): void {
    queue = [];
    position = 0;
  }

  /** Settles the pending calls, and reads on if there are more of them than values. */
  function advance(): void {
    for (let next = pending[firstPending]; next; next = pending[firstPending]) {
      const result = takeValue();
      if (!(result || ending)) {
        pull();
        return;
      }
      firstPending++;
      if (result) next.resolve(result);
      else settleEnded(next);
    }
    pending = [];
    firstPending = 0;
  }

  /** Only the first call behind the values rejects, or gets the return value; those behind it are done. */
  function settleEnded({ resolve, reject }: PendingNext<Value, Return>): void {
    const { failure, value } = ending ?? {};
    ending = {};
    if (failure) reject(failure.error);
    else resolve({ done: true, value: value as Return });
    // Settled first: the source may run code of the caller, which may call next().
    closeSource();
  }

  function pull(): void {
    if (isPulling) return;
    isPulling = true;
    try {
      source ??= openSource();
      const read = ending ? undefined : source.pull();
      if (read) read.then(onRead, onFailure);
      else endAfterQueue({});
    } catch (error) {
      onFailure(error);
    }
  }

  /** Opening runs code of the caller, such as getters, which may call `return()`. */
  function openSource(): Source<Read> {
    const opened = open({ enqueue, close: (value) => endAfterQueue({ value }), error: onFailure, abort });
    if (isClosed) opened.close();
    return opened;
  }

  function enqueue(value: Value): void {
    const next = pending[firstPending];
    if (!next) {
      queue.push(value);
      return;
    }
    // A call that waits gets the value at once: the queue is empty then.
    firstPending++;
    next.resolve({ done: false, value });
  }

  function onRead(read: Read): void {
    isPulling = false;
    if (ending) return;
    try {
      source?.parse(read);
    } catch (error) {
      onFailure(error);
    }
    advance();
  }

  function onFailure(reason: unknown): void {
    if (!ending) endAfterQueue(toEnding(reason, source));
  }

  function endAfterQueue(how: Ending): void {
    ending ??= how;
    // Values that wait keep the source open: until they are delivered an abort drops them.
    if (position === queue.length) closeSource();
    advance();
  }

  function endNow(how: Ending): void {
    clearQueue();
    ending = how;
    closeSource();
    advance();
  }

  function abort(reason: unknown): void {
    if (!isClosed) endNow({ failure: { error: reason } });
  }

  function closeSource(): void {
    if (isClosed) return;
    isClosed = true;
    source?.close();
  }

  const iterator: AsyncGenerator<Value, Return, undefined> = {
    next() {
      const result = takeValue();
      if (result) return Promise.resolve(result);
      return new Promise((resolve, reject) => {
        pending.push({ resolve, reject });
        advance();
      });
    },
    async return(value) {
      endNow({});
      return { done: true, value: await value };
    },
    async throw(error) {
      endNow({});
      throw error;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  // For `await using`, where the runtime has it.
  const asyncDispose: unknown = Reflect.get(Symbol, "asyncDispose");
  return typeof asyncDispose === "symbol"
    ? Object.assign(iterator, { [asyncDispose]: async () => endNow({}) })
    : iterator;
}
