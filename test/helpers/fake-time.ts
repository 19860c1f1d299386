/** Fake timers whose leftovers fail the test, and promises and responses that take a while of fake time. */

import { afterEach, beforeEach, expect, vi } from "vitest";
import { flushEventLoop } from "./leak-check.js";
import type { FetchCall, Responder, ScriptedPiece } from "./recorded-fetch.js";

/** Fakes the timers of each test, from 2026-01-01 on, and expects after it that no timer is left. */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  });

  afterEach(() => {
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect(left, "timers left behind").toBe(0);
  });
}

/** The state of a promise so far. */
export interface PromiseState {
  state: "pending" | "fulfilled" | "rejected";
  value: unknown;
}

/** Follows a promise without awaiting it. */
export function observe(promise: Promise<unknown>): PromiseState {
  const observed: PromiseState = { state: "pending", value: undefined };
  promise.then(
    (value) => Object.assign(observed, { state: "fulfilled", value }),
    (value) => Object.assign(observed, { state: "rejected", value }),
  );
  return observed;
}

/** Advances the fake time, and lets everything run that became ready. */
export async function advanceTime(ms: number): Promise<void> {
  await flushEventLoop();
  await vi.advanceTimersByTimeAsync(ms);
  await flushEventLoop();
}

/** Resolves with the value after this many ms. */
export function delay<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

/** Pieces of a body, each of which comes this many ms after it is asked for. */
export function* delayedPieces(ms: number, pieces: Iterable<string>): Generator<ScriptedPiece> {
  for (const piece of pieces) yield delay(ms, piece);
}

/** Responds after this many ms. Rejects on abort. */
export function delayedResponse(ms: number, respond: Responder): Responder {
  return (call: FetchCall) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(respond(call)), ms);
      call.signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(call.signal?.reason);
      });
    });
}
