import type { Address } from "./address.ts";

/**
 * Waits, or rejects with the reason of the first signal that aborts. Leaves neither a timer nor a listener behind.
 * @param ms - `Infinity` sets no timer
 */
export function sleep(ms: number, ...signals: (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(settle, ms);
    for (const signal of signals) signal?.addEventListener("abort", settle);
    if (signals.some((signal) => signal?.aborted)) settle();

    function settle() {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", settle);
      const aborted = signals.find((signal) => signal?.aborted);
      if (aborted) reject(aborted.reason);
      else resolve();
    }
  });
}

/** Settles as `work` does, or rejects with the signal's reason if it aborts first. Leaves no listener behind. */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const settled = new AbortController();
  // A sleep without an end only rejects: `then` is for the type.
  const aborted = sleep(Number.POSITIVE_INFINITY, signal, settled.signal).then(() => work);
  return Promise.race([work, aborted]).finally(() => settled.abort());
}

/** Starts the cold start of a deployment at its first request or wake; returns the ms that are left of it. */
export type ColdStarts = (deployment: Address["deployment"]) => number;

/**
 * Creates the record of which deployments have started. The Model API (no `deployment`) has no cold start.
 * @param coldStart - ms from the first request or wake of a deployment to its first answer
 */
export function createColdStarts(coldStart: number): ColdStarts {
  const readyAt = new Map<string, number>();
  return (deployment) => {
    if (!deployment) return 0;
    const key = `${deployment.id}/${deployment.target}`;
    const now = performance.now();
    const ready = readyAt.get(key) ?? now + coldStart;
    readyAt.set(key, ready);
    return Math.max(0, ready - now);
  };
}
