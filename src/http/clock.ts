import type { Timeouts } from "../types/options.ts";
import type { Limits } from "./timeouts.ts";
import { createTimer } from "./timer.ts";

/**
 * Watches the limits of one call. Only `hasTimeFor` reads the time of day: all else works under fake timers that fake
 * `setTimeout` alone.
 */
export interface Clock {
  startAttempt(): void;
  endAttempt(): void;
  /** Starts to wait for a read of the body. */
  startRead(): void;
  /**
   * Ends the wait for a read. Until the next one no timer holds the process.
   * @param hasEvent - whether the read brought more than comments
   */
  endRead(hasEvent: boolean): void;
  /** Tells whether a wait of so many ms ends before `timeout.total`. */
  hasTimeFor(ms: number): boolean;
  /** Stops all timers. */
  stop(): void;
}

/**
 * Starts the clock of a call: `total` runs from now on.
 * @param onTimeout - called with the limit that ran out, and why, in words
 */
export function startClock(limits: Limits, onTimeout: (limit: keyof Timeouts, reason: string) => void): Clock {
  const { response, idle, total } = limits;
  const eventLimit = Math.max(idle, response);
  const startedAt = performance.now();
  let isReading = false;
  let restartsEventTimer = true;

  const responseTimer = createTimer(response, () => onTimeout("response", `no response within ${response} ms`));
  const totalTimer = createTimer(total, () => onTimeout("total", `not complete within ${total} ms`));
  // Not stopped between reads, which would cost more than to refresh it: it may fire then.
  const idleTimer = createTimer(idle, () => {
    if (isReading) onTimeout("idle", `no data for ${idle} ms`);
  });
  // A gateway may send comments for ever in front of a dead upstream.
  const eventTimer = createTimer(eventLimit, () => {
    if (isReading) onTimeout("response", `nothing but comments for ${eventLimit} ms`);
    // The reader has paused: the next read starts the limit anew.
    else restartsEventTimer = true;
  });

  /** Between reads no timer may keep a process alive: the stream may have been dropped. */
  function setReading(isStarting: boolean): void {
    isReading = isStarting;
    idleTimer.setRef(isStarting);
    totalTimer.setRef(isStarting);
  }

  totalTimer.start();
  return {
    startAttempt: responseTimer.start,
    endAttempt: responseTimer.stop,
    startRead() {
      idleTimer.start();
      if (restartsEventTimer) eventTimer.start();
      // The idle timer holds the process already.
      eventTimer.setRef(false);
      setReading(true);
    },
    endRead(hasEvent) {
      restartsEventTimer = hasEvent;
      setReading(false);
    },
    hasTimeFor: (ms) => ms < total - (performance.now() - startedAt),
    stop() {
      for (const timer of [responseTimer, totalTimer, idleTimer, eventTimer]) timer.stop();
    },
  };
}
