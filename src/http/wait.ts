import { after, type Deadline, expire, type Timer } from "./deadline.ts";
import { NONE } from "./limits.ts";

/** @throws why the call has ended early, if it has */
function check({ ended, reason }: Deadline): void {
  if (ended) throw reason;
}

/** One timer for all reads, set anew only when it fires: one for each would cost as much as the rest of a read. */
function watchReads(deadline: Deadline, ms: number): void {
  deadline.watch = after(ms, () => {
    const left = deadline.readBegan + deadline.limit.idle - performance.now();
    if (left > 0) watchReads(deadline, left);
    else expire(deadline, "idle");
  });
}

/**
 * Begins to wait for a read of the body, which is under `timeout.idle`.
 * @throws why the call has ended early, if it has
 * @internal
 */
export function startRead(deadline: Deadline): void {
  check(deadline);
  deadline.readBegan = performance.now();
  if (deadline.watch === undefined) watchReads(deadline, deadline.limit.idle);
}

/**
 * Ends the wait for a read.
 * @throws why the call has ended early, if it has
 * @internal
 */
export function endRead(deadline: Deadline): void {
  deadline.readBegan = NONE;
  check(deadline);
}

/**
 * Waits for what `work` begins. Rejects at once when the call ends early.
 * @param ms - how long at most: then `timeout.response` has run out
 * @internal
 */
export async function wait<T>(deadline: Deadline, work: () => Promise<T>, ms: number = NONE): Promise<T> {
  let timer: Timer | undefined;
  try {
    return await new Promise((resolve, reject) => {
      check(deadline);
      deadline.interrupt = reject;
      timer = after(ms, () => expire(deadline, "response"));
      work().then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits `ms`, unless the call ends early.
 * @internal
 */
export async function sleep(deadline: Deadline, ms: number): Promise<void> {
  let timer: Timer | undefined;
  const work = () =>
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
  await wait(deadline, work).finally(() => clearTimeout(timer));
}
