import { assertValid } from "../error.ts";

/**
 * Refuses anything but an AbortSignal. Not instanceof: a polyfill has a class of its own.
 * @throws {BasetenError} `BadRequestError`
 */
export function assertSignal(signal: AbortSignal | undefined): void {
  const isSignal = signal === undefined || typeof signal?.addEventListener === "function";
  assertValid(isSignal, "signal", "an AbortSignal", signal);
}

/** Waits for what `run` starts, and rejects with the signal's reason as soon as it is aborted. Leaves no listener. */
export function abortable<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    const removeListener = () => signal.removeEventListener("abort", onAbort);
    run().then(resolve, reject).finally(removeListener);
  });
}

/** Waits `ms`, unless the signal is aborted. Leaves no timer. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () =>
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
  await abortable(run, signal).finally(() => clearTimeout(timer));
}
