/** Waiting without sleeping: promises that resolve once an event was emitted or a condition holds. */

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
