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
 * Where the steps come from.
 * @internal
 */
export interface Source<T> {
  /** The next step, if it is there at once. Runs no code of the caller's, and never throws. */
  ready(): Step<T> | undefined;
  /** Sees to a step that is not there, and settles it, now or later; called again only after that. A throw fails it. */
  ask(settle: Settle<T>): void;
  /** Frees what the source holds. Called once, however it ends. */
  stop(): void;
}

interface State<T> {
  source: Source<T>;
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
  state.source.stop();
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

/** Serves those who wait with the steps that are there, and asks for one that is not. */
function advance<T>(state: State<T>): void {
  try {
    while (state.waiting.length > 0) {
      const step = state.source.ready();
      if (!step) {
        state.source.ask(state.settle);
        return;
      }
      hand(step, state);
    }
  } catch (error) {
    refuse(error, state);
  }
}

/**
 * An iterator with AsyncGenerator's interface whose `return()` takes effect at once: an async generator's own waits for
 * the `next()` that is pending, and so for a server. Calls of `next()` queue.
 * @internal
 */
export function iterator<T>(source: Source<T>): AsyncGenerator<T, undefined, undefined> {
  const settle: Settle<T> = {
    give(step) {
      hand(step, state);
      advance(state);
    },
    fail: (error) => refuse(error, state),
  };
  const state: State<T> = { source, settle, waiting: [], ended: false };
  const self: AsyncGenerator<T, undefined, undefined> = {
    next() {
      if (state.ended) return Promise.resolve(END);
      // Most steps of a large read are there at once: they shall cost no more than the promise.
      const step = state.waiting.length === 0 ? source.ready() : undefined;
      if (step?.done) end(state);
      if (step) return Promise.resolve(step);
      return new Promise((resolve, reject) => {
        // Queued before it is asked for: that runs code of the caller's, which may come back here.
        if (state.waiting.push({ resolve, reject }) === 1) advance(state);
      });
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
