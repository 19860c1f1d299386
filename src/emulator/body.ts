/**
 * A piece of a body: text to send, or ms to be silent (`Infinity` is for ever).
 * @internal
 */
export type Piece = string | number;

/**
 * Waits, or rejects with the reason of the first signal that aborts. Leaves neither timer nor listener behind.
 * @param ms - `Infinity` sets no timer
 * @internal
 */
export function pause(ms: number, ...signals: (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(end, ms);
    for (const signal of signals) signal?.addEventListener("abort", end);
    if (signals.some((signal) => signal?.aborted)) end();

    function end() {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", end);
      const aborted = signals.find((signal) => signal?.aborted);
      if (aborted) reject(aborted.reason);
      else resolve();
    }
  });
}

/**
 * Settles as `work` does, or rejects with the signal's reason if that aborts before.
 * @internal
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const settled = new AbortController();
  const abort = pause(Number.POSITIVE_INFINITY, signal, settled.signal) as Promise<never>;
  return Promise.race([work, abort]).finally(() => settled.abort());
}

/**
 * A body that makes a piece when it is asked for one, and none before. It errs with what `pieces` throws, or with the
 * signal's reason; when it is cancelled, a pause ends at once. Between reads nothing of it is alive.
 * @internal
 */
export function bodyOf(pieces: Iterable<Piece>, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]();
  const encoder = new TextEncoder();
  const cancelled = new AbortController();

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      if (signal?.aborted) throw signal.reason;
      const { value, done } = iterator.next();
      if (done) return controller.close();
      if (typeof value === "string") return controller.enqueue(encoder.encode(value));
      await pause(value, signal, cancelled.signal);
    }
  }

  return new ReadableStream({ pull, cancel: () => cancelled.abort() }, { highWaterMark: 0 });
}
