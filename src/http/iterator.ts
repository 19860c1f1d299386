type Step<T> = IteratorResult<T, undefined>;

/**
 * Tells the reader how the step that he waits for came out. He hears nothing of it once he has left.
 * @internal
 */
export interface Settle<T> {
  give(step: Step<T>): void;
  fail(error: unknown): void;
}

/**
 * Looks for the next step: returns it, or throws, if it is there at once; else returns nothing, and settles it later.
 * Called again only after that.
 */
type Pull<T> = (settle: Settle<T>) => Step<T> | undefined;

interface State<T> {
  pull: Pull<T>;
  stop: () => void;
  settle: Settle<T>;
  /** The calls of `next()` that wait for their step, oldest first. */
  waiting: { resolve: Settle<T>["give"]; reject: Settle<T>["fail"] }[];
  ended: boolean;
}

/** @internal */
export const END = { done: true, value: undefined } as const;

function end<T>(state: State<T>): void {
  if (state.ended) return;
  state.ended = true;
  const left = state.waiting.splice(0);
  state.stop();
  for (const { resolve } of left) resolve(END);
}

function hand<T>(step: Step<T>, state: State<T>): void {
  state.waiting.shift()?.resolve(step);
  if (step.done) end(state);
}

function refuse<T>(error: unknown, state: State<T>): void {
  state.waiting.shift()?.reject(error);
  end(state);
}

/** Serves those who wait with the steps that are there. */
function advance<T>(state: State<T>): void {
  try {
    while (state.waiting.length > 0) {
      const step = state.pull(state.settle);
      if (!step) return;
      hand(step, state);
    }
  } catch (error) {
    refuse(error, state);
  }
}

/**
 * An iterator with AsyncGenerator's interface whose `return()` takes effect at once: an async generator's own waits for
 * the `next()` that is pending, and so for a server. Calls of `next()` queue.
 * @param pull - looks for the next step
 * @param stop - frees what the iterator holds; called once, however it ends
 * @internal
 */
export function iterator<T>(pull: Pull<T>, stop: () => void): AsyncGenerator<T, undefined, undefined> {
  const settle: Settle<T> = {
    give(step) {
      hand(step, state);
      advance(state);
    },
    fail: (error) => refuse(error, state),
  };
  const state: State<T> = { pull, stop, settle, waiting: [], ended: false };
  const self: AsyncGenerator<T, undefined, undefined> = {
    next() {
      // Most steps of a large read are there at once: they shall cost no more than the promise.
      if (state.waiting.length === 0) {
        try {
          const step = state.ended ? END : pull(settle);
          if (step?.done) end(state);
          if (step) return Promise.resolve(step);
        } catch (error) {
          end(state);
          return Promise.reject(error);
        }
      }
      return new Promise((resolve, reject) => state.waiting.push({ resolve, reject }));
    },
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
