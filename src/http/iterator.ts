type Step<T> = IteratorResult<T, undefined>;

interface Waiter<T> {
  resolve(step: Step<T>): void;
  reject(error: unknown): void;
}

interface State<T> {
  pull: () => Step<T> | Promise<Step<T>>;
  stop: () => void;
  /** The calls of `next()` that wait for their step, oldest first. */
  waiting: Waiter<T>[];
  pulling: boolean;
  ended: boolean;
}

function end<T>(state: State<T>): void {
  if (state.ended) return;
  state.ended = true;
  state.stop();
  for (const { resolve } of state.waiting.splice(0)) resolve({ done: true, value: undefined });
}

function give<T>(step: Step<T>, state: State<T>): void {
  state.pulling = false;
  state.waiting.shift()?.resolve(step);
  if (step.done) end(state);
}

function fail<T>(error: unknown, state: State<T>): void {
  state.waiting.shift()?.reject(error);
  end(state);
}

function advance<T>(state: State<T>): void {
  while (state.waiting.length > 0 && !state.pulling) {
    state.pulling = true;
    try {
      const step = state.pull();
      if ("then" in step) {
        step.then(
          (step) => {
            give(step, state);
            advance(state);
          },
          (error) => fail(error, state),
        );
      } else give(step, state);
    } catch (error) {
      fail(error, state);
    }
  }
}

/**
 * An iterator with AsyncGenerator's interface whose `return()` takes effect at once: an async generator's own waits for
 * the `next()` that is pending, and so for a server. Calls of `next()` queue.
 * @param pull - the next step, or a promise of it; called again only once that has settled
 * @param stop - frees what the iterator holds; called once, however it ends
 * @internal
 */
export function iterator<T>(
  pull: () => Step<T> | Promise<Step<T>>,
  stop: () => void,
): AsyncGenerator<T, undefined, undefined> {
  const state: State<T> = { pull, stop, waiting: [], pulling: false, ended: false };
  const self: AsyncGenerator<T, undefined, undefined> = {
    next: () =>
      new Promise((resolve, reject) => {
        if (state.ended) return resolve({ done: true, value: undefined });
        state.waiting.push({ resolve, reject });
        advance(state);
      }),
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
