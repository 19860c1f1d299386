/** Waiting without sleeping: promises that a test settles, or that resolve once an event was emitted or a condition holds. */

/** A promise with the functions that settle it, as `Promise.withResolvers` of Node 22 gives it. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function createDeferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: (value) => settle?.resolve(value), reject: (reason) => settle?.reject(reason) };
}

/** Events by name. An event that was emitted stays so: a later `waitFor` resolves at once. */
export interface Latch {
  emit(event: string): void;
  waitFor(event: string): Promise<void>;
}

export function createLatch(): Latch {
  const emitted = new Set<string>();
  const conditions = createConditions();
  return {
    emit(event) {
      emitted.add(event);
      conditions.recheck();
    },
    waitFor: (event) => conditions.waitUntil(() => emitted.has(event)),
  };
}

/** Promises for conditions. `recheck` is to be called whenever something has changed. */
export interface Conditions {
  recheck(): void;
  waitUntil(condition: () => boolean): Promise<void>;
}

export function createConditions(): Conditions {
  const waiting = new Set<() => void>();
  return {
    recheck() {
      for (const check of [...waiting]) check();
    },
    waitUntil: (condition) =>
      new Promise((resolve) => {
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
