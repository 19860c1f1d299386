import type { Timeouts } from "../types.ts";
import { failure, type Trace } from "../wire/failure.ts";
import { type Limits, NONE } from "./limits.ts";

type End = keyof Timeouts | "caller" | "reader";

/**
 * One call's time: its limits, its caller's signal, and the one wait that is under way.
 * @internal
 */
export interface Deadline {
  /** For `fetch`: aborted when the call ends early. */
  controller: AbortController;
  limit: Limits;
  trace: Trace;
  /** When the call began, in ms of `performance.now()`. */
  began: number;
  /** What ended the call early: a limit, the caller's signal, or the reader who left. */
  ended: { by: End; reason: unknown } | undefined;
  /** Called when the call ends early while something is waited for. */
  interrupt: ((reason: unknown) => void) | undefined;
  /** When the wait under way runs out, and by which limit. Infinity while nothing is waited for. */
  until: number;
  by: "response" | "idle";
  /** The one timer of all waits, and when it fires: Infinity where none is set. */
  timer: ReturnType<typeof setTimeout> | undefined;
  firesAt: number;
  /** Drops the listener and the timers. */
  release(): void;
}

/** The longest delay that setTimeout takes; a longer one fires at once. */
const LONGEST = 2 ** 31 - 1;

const RAN_OUT = { response: "no response within", idle: "silence for", total: "not done within" };

/**
 * A timer, unless it would be too long for one. A busy machine may have used up the time before it is set, and Node warns
 * of a negative one.
 * @internal
 */
export function after(ms: number, act: () => void): ReturnType<typeof setTimeout> | undefined {
  return ms > LONGEST ? undefined : setTimeout(act, Math.max(0, ms));
}

/**
 * Ends the call early: the wait under way is interrupted with `reason`, the fetch is aborted.
 * @internal
 */
export function stop(deadline: Deadline, by: End, reason?: unknown): void {
  if (deadline.ended) return;
  deadline.ended = { by, reason };
  deadline.release();
  deadline.controller.abort(reason);
  deadline.interrupt?.(reason);
}

/**
 * Ends the call because a limit has run out.
 * @internal
 */
export function expire(deadline: Deadline, by: keyof Timeouts): void {
  const message = `${RAN_OUT[by]} ${deadline.limit[by]} ms (timeout.${by})`;
  stop(deadline, by, failure("TimeoutError", message, deadline.trace));
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
  const abort = (): void => stop(deadline, "caller", reasonOf(caller as AbortSignal));
  const deadline: Deadline = {
    controller: new AbortController(),
    limit,
    trace,
    began: performance.now(),
    ended: undefined,
    interrupt: undefined,
    until: NONE,
    by: "response",
    timer: undefined,
    firesAt: NONE,
    release() {
      clearTimeout(total);
      clearTimeout(deadline.timer);
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
