import { after, type Deadline, expire } from "./deadline.ts";
import { NONE } from "./limits.ts";

/** Sets the timer, unless it fires early enough as it stands. */
function watch(deadline: Deadline): void {
  if (deadline.until >= deadline.firesAt) return;
  clearTimeout(deadline.timer);
  deadline.firesAt = deadline.until;
  deadline.timer = after(deadline.until - performance.now(), () => {
    deadline.firesAt = NONE;
    if (performance.now() >= deadline.until) expire(deadline, deadline.by);
    else watch(deadline);
  });
}

/**
 * Starts a wait: `interrupt` is called, once, if an abort or a limit ends it before {@link endWait} does.
 *
 * Made for a stream of many short reads: a timer per wait would cost more than the rest of a read, so one timer looks
 * after them all and is set anew only when it fires.
 * @param by - the limit that it is under
 * @param ms - another length of that limit
 * @throws the reason, where the call has been ended already
 * @internal
 */
export function startWait(
  deadline: Deadline,
  by: "response" | "idle",
  interrupt: (reason: unknown) => void,
  ms: number = deadline.limit[by],
): void {
  if (deadline.ended) throw deadline.ended.reason;
  deadline.interrupt = interrupt;
  deadline.by = by;
  deadline.until = performance.now() + ms;
  watch(deadline);
}

/**
 * Ends a wait.
 * @internal
 */
export function endWait(deadline: Deadline): void {
  deadline.until = NONE;
  deadline.interrupt = undefined;
}

/**
 * Waits for `work`. Rejects at once on an abort, with the caller's reason, and when time runs out; does not begin where
 * either has happened already. A promise of its own per wait, since a race with one that lives as long as the call would
 * keep every loser.
 * @param work - begins it
 * @param by - the limit that it is under
 * @param blame - makes the error of a rejection
 * @param ms - another length of that limit
 * @internal
 */
export function wait<T>(
  deadline: Deadline,
  work: () => Promise<T>,
  by: "response" | "idle",
  blame?: (cause: unknown) => unknown,
  ms?: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    startWait(deadline, by, reject, ms);
    work().then(
      (value) => {
        endWait(deadline);
        resolve(value);
      },
      (cause) => {
        endWait(deadline);
        reject(blame ? blame(cause) : cause);
      },
    );
  });
}

/**
 * Waits `ms`, or rejects as {@link wait} does.
 * @internal
 */
export function sleep(deadline: Deadline, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (deadline.ended) throw deadline.ended.reason;
    const timer = setTimeout(() => {
      endWait(deadline);
      resolve();
    }, ms);
    deadline.interrupt = (reason) => {
      clearTimeout(timer);
      reject(reason);
    };
  });
}
