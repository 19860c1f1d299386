/** Checks that a call leaves nothing behind: no timer, no listener, no unhandled rejection. */

import { getEventListeners } from "node:events";
import { clearTimeout as clearNodeTimeout, setTimeout as setNodeTimeout } from "node:timers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "vitest";

/** A check that has started and has not stopped. */
export interface LeakCheck {
  /** The delay and the source line of each pending timer. */
  timers(): string[];
  /** The reasons of unhandled rejections. */
  rejections: unknown[];
  /** Stops, and expects no pending timer, no unhandled rejection and no abort listener on these signals. */
  check(...signals: AbortSignal[]): Promise<void>;
  /** Stops without expecting anything. */
  stop(): void;
}

/**
 * Records the timers that are set from now on and the unhandled rejections. Timers that Node sets itself are not counted:
 * its fetch keeps one running. For real timers only; with fake timers use `vi.getTimerCount()`.
 */
export function startLeakCheck(): LeakCheck {
  const pending = new Map<unknown, string>();
  const rejections: unknown[] = [];
  const { setTimeout, clearTimeout } = globalThis;
  const recordRejection = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", recordRejection);
  const recordedSetTimeout = (callback: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]): unknown => {
    const caller = new Error().stack?.split("\n")[2] ?? "unknown";
    const run = (...values: unknown[]) => {
      pending.delete(timer);
      callback(...values);
    };
    const timer = setTimeout(run, ms, ...rest);
    if (!caller.includes("node:")) pending.set(timer, `${ms} ms ${caller.trim()}`);
    return timer;
  };
  globalThis.setTimeout = Object.assign(recordedSetTimeout, setTimeout) as unknown as typeof globalThis.setTimeout;
  globalThis.clearTimeout = (timer) => {
    pending.delete(timer);
    clearTimeout(timer);
  };
  const stop = () => {
    globalThis.setTimeout = setTimeout;
    globalThis.clearTimeout = clearTimeout;
    process.off("unhandledRejection", recordRejection);
  };
  return {
    timers: () => [...pending.values()],
    rejections,
    stop,
    async check(...signals) {
      await flushEventLoop();
      stop();
      expect([...pending.values()], "timers left behind").toEqual([]);
      expect(rejections, "unhandled rejections").toEqual([]);
      for (const signal of signals) expect(countAbortListeners(signal), "listeners left on the signal").toBe(0);
    },
  };
}

/** How many listeners a signal has for its abort event. */
export function countAbortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** Waits a few turns of the event loop, so that everything that was ready to run has run. */
export async function flushEventLoop(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await nextTurn();
}

/**
 * Returns the promise's value, or rejects after 10 s with an error that names what did not happen, so that a test that hangs
 * fails early and with a reason.
 * @param what Names what the promise stands for.
 */
export async function withTimeout<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_, reject) => {
    timer = setNodeTimeout(() => reject(new Error(`did not happen: ${what}`)), 10_000);
  });
  try {
    return await Promise.race([promise, timedOut]);
  } finally {
    clearNodeTimeout(timer);
  }
}
