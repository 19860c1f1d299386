/** Proof that a call leaves nothing behind: no timer, no listener, no promise whose rejection nobody heard. */

import { getEventListeners } from "node:events";
import { clearTimeout as cancel, setTimeout as later } from "node:timers";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "vitest";

/** What is counted while a {@link watch} is on. */
export interface Watch {
  /** Where each timer that is still pending was set. */
  timers(): string[];
  /** Rejections that nobody handled. */
  rejections: unknown[];
  /** Checks that nothing has stayed behind, then stops counting. */
  check(...signals: AbortSignal[]): Promise<void>;
  /** Stops counting. */
  stop(): void;
}

/**
 * Counts the timers that are set from now on, but those of the runtime itself (Node's fetch has a coarse clock of its
 * own), and the unhandled rejections. For real timers only: under fake ones `vi.getTimerCount()` counts.
 */
export function watch(): Watch {
  const pending = new Map<unknown, string>();
  const rejections: unknown[] = [];
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const hear = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", hear);
  const counted = (callback: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]): unknown => {
    const caller = new Error().stack?.split("\n")[2] ?? "unknown";
    const run = (...values: unknown[]) => {
      pending.delete(timer);
      callback(...values);
    };
    const timer = set(run, ms, ...rest);
    if (!caller.includes("node:")) pending.set(timer, `${ms} ms ${caller.trim()}`);
    return timer;
  };
  globalThis.setTimeout = Object.assign(counted, set) as unknown as typeof globalThis.setTimeout;
  globalThis.clearTimeout = (timer) => {
    pending.delete(timer);
    clear(timer);
  };
  const stop = () => {
    globalThis.setTimeout = set;
    globalThis.clearTimeout = clear;
    process.off("unhandledRejection", hear);
  };
  return {
    timers: () => [...pending.values()],
    rejections,
    stop,
    async check(...signals) {
      await settled();
      stop();
      expect([...pending.values()], "timers left behind").toEqual([]);
      expect(rejections, "rejections that nobody heard").toEqual([]);
      for (const signal of signals) expect(listeners(signal), "listeners left on the signal").toBe(0);
    },
  };
}

/** How many listen to a signal's abort. */
export function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** A few turns of the event loop: what was going to be said by now has been said. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await turn();
}

/** The promise, or an error that says what never happened: so that a failure is quick and has a name. */
export async function soon<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = later(() => reject(new Error(`never happened: ${what}`)), 3_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel(timer);
  }
}
