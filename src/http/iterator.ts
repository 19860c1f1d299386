/**
 * Where an iterator's values come from: read by read, each of which may hold any number of them.
 * @internal
 */
export interface Source<Value, Read> {
  /** The next value of what was read, if there is one. Runs no code of the caller's, and never throws. */
  next(): Value | undefined;
  /** Asks for the next read, or gives nothing at the end. {@link Source.stop} settles one that is waited for. */
  ask(): Promise<Read> | undefined;
  /** Takes what was read. */
  take(read: Read): void;
  /** Throws the error of a failure, unless it is none. */
  judge(error: unknown): void;
  /** Frees what the source holds. Called once, however it ends. */
  stop(): void;
}

type Step<Value> = IteratorResult<Value, undefined>;

interface State<Value, Read> {
  open(): Source<Value, Read>;
  source?: Source<Value, Read> | undefined;
  /** How many calls of `next()` wait for their step, and the step of the latest. */
  waiting: number;
  latest?: Promise<Step<Value>> | undefined;
  /**
   * While a step is being begun, which runs code of the caller's, his `fetch` for one: those who come from inside that
   * code, and wait for a place in the queue.
   */
  inside?: ((step: Promise<Step<Value>>) => void)[] | undefined;
  ended: boolean;
}

const END = { done: true, value: undefined } as const;

function end<Value, Read>(state: State<Value, Read>): void {
  if (state.ended) return;
  state.ended = true;
  state.source?.stop();
}

function openSource<Value, Read>(state: State<Value, Read>): Source<Value, Read> {
  const source = state.open();
  // That read what the caller gave, whose getters may have left already.
  if (state.ended) source.stop();
  return source;
}

function fail<Value, Read>(error: unknown, state: State<Value, Read>): void {
  try {
    if (!state.source) throw error;
    state.source.judge(error);
  } finally {
    end(state);
  }
}

/** The step behind another. One function for the whole of it: each further one that waits would cost as much as a read. */
async function stepAfter<Value, Read>(
  before: Promise<unknown> | undefined,
  state: State<Value, Read>,
): Promise<Step<Value>> {
  try {
    if (state.waiting > 1) await before;
    while (!state.ended) {
      state.source ??= openSource(state);
      const value = state.source.next();
      if (value !== undefined) return { done: false, value };
      const read = state.source.ask();
      if (!read) break;
      state.source.take(await read);
    }
  } catch (error) {
    // One caller is told of a failure, those behind him that it is over.
    if (!state.ended) fail(error, state);
  } finally {
    state.waiting--;
  }
  end(state);
  return END;
}

function next<Value, Read>(state: State<Value, Read>): Promise<Step<Value>> {
  // Most steps of a large read are there at once: they shall cost no more than the promise.
  const value = state.ended || state.waiting > 0 ? undefined : state.source?.next();
  if (value !== undefined) return Promise.resolve({ done: false, value });
  if (state.inside) return new Promise((resolve) => state.inside?.push(resolve));
  const inside: State<Value, Read>["inside"] = [];
  state.inside = inside;
  state.waiting++;
  const step = stepAfter(state.latest, state);
  state.latest = step;
  state.inside = undefined;
  for (const resolve of inside) resolve(next(state));
  return step;
}

/**
 * An iterator with AsyncGenerator's interface whose `return()` takes effect at once: an async generator's own waits for
 * the `next()` that is pending, and so for a server. Calls of `next()` queue.
 * @param open - makes the source, at the first `next()`
 * @internal
 */
export function iterator<Value, Read>(open: () => Source<Value, Read>): AsyncGenerator<Value, undefined, undefined> {
  const state: State<Value, Read> = { open, waiting: 0, ended: false };
  const self: AsyncGenerator<Value, undefined, undefined> = {
    next: () => next(state),
    return: async (value) => {
      end(state);
      return { done: true, value: await value };
    },
    throw: async (error) => {
      end(state);
      throw error;
    },
    [Symbol.asyncIterator]: () => self,
  };
  // For `await using`, where the runtime knows it.
  const { asyncDispose } = Symbol as { asyncDispose?: symbol };
  return asyncDispose ? Object.assign(self, { [asyncDispose]: () => self.return(undefined) }) : self;
}
