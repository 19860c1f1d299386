import type { Timeouts } from "../types/options.ts";
import { failure, type Trace } from "../wire/failure.ts";
import { discard } from "./exchange.ts";
import { type Limits, NONE } from "./limits.ts";

/** @internal */
export type Timer = ReturnType<typeof setTimeout>;

/**
 * One call's time. A limit, the caller's signal or the reader who leaves may end it early, and with it all that the call
 * waits for.
 * @internal
 */
export interface Deadline {
  trace: Trace;
  limit: Limits;
  /** For fetch: aborted when the call ends early. */
  controller: AbortController;
  /** What ended the call early, and the reason for those who wait. */
  ended?: keyof Timeouts | "caller" | "reader" | undefined;
  reason?: unknown;
  /** Ends what is waited for. */
  interrupt?: ((reason: unknown) => void) | undefined;
  /** When the call began and, while a read is waited for, that wait: ms of `performance.now()`. */
  began: number;
  readBegan: number;
  /** The timer that looks after all reads. */
  watch?: Timer | undefined;
  /** Drops the listener and the timers. */
  release(): void;
}

/** The longest delay that setTimeout takes; a longer one fires at once. */
const LONGEST = 2 ** 31 - 1;

const RAN_OUT = { response: "no response within", idle: "silence for", total: "not done within" };

/**
 * A timer, unless it would be too long for one.
 * @internal
 */
export function after(ms: number, act: () => void): Timer | undefined {
  return ms > LONGEST ? undefined : setTimeout(act, ms);
}

/**
 * Ends the call early.
 * @internal
 */
export function end(deadline: Deadline, by: NonNullable<Deadline["ended"]>, reason?: unknown): void {
  if (deadline.ended) return;
  deadline.ended = by;
  deadline.reason = reason;
  deadline.release();
  deadline.controller.abort(reason);
  deadline.interrupt?.(reason);
  // A fetch may ignore its signal.
  if (deadline.trace.response) discard(deadline.trace.response);
}

/**
 * Ends the call because a limit has run out.
 * @internal
 */
export function expire(deadline: Deadline, by: keyof Timeouts): void {
  const message = `${RAN_OUT[by]} ${deadline.limit[by]} ms (timeout.${by})`;
  end(deadline, by, failure("TimeoutError", message, deadline.trace));
}

function reasonOf({ reason }: AbortSignal): unknown {
  // A runtime may be older than AbortSignal.reason.
  return reason === undefined ? Object.assign(new Error("aborted"), { name: "AbortError" }) : reason;
}

/**
 * Starts the clock of a call. `release()` must follow, however the call ends.
 * @internal
 */
export function startDeadline(caller: AbortSignal | undefined, limit: Limits, trace: Trace): Deadline {
  const total = after(limit.total, () => expire(deadline, "total"));
  const abort = (): void => end(deadline, "caller", reasonOf(caller as AbortSignal));
  const deadline: Deadline = {
    trace,
    limit,
    controller: new AbortController(),
    began: performance.now(),
    readBegan: NONE,
    release() {
      clearTimeout(total);
      clearTimeout(deadline.watch);
      caller?.removeEventListener("abort", abort);
    },
  };
  if (caller?.aborted) abort();
  else caller?.addEventListener("abort", abort);
  return deadline;
}

/**
 * ms left of `timeout.total`.
 * @internal
 */
export function left({ began, limit }: Deadline): number {
  return limit.total - (performance.now() - began);
}
