import { sleep } from "./timing.ts";

/** A piece of a response body: text to send, or a pause in ms (`Infinity` stalls until the body is aborted or cancelled). */
export type BodyPiece = string | number;

/**
 * Creates a response body that generates a piece only when it is read, so that back-pressure works and an unread body
 * costs nothing. It errors with what `pieces` throws, or with the signal's reason. Cancelling it ends a pause at once.
 * Between reads it holds neither a timer nor a listener.
 */
export function createBody(pieces: Iterable<BodyPiece>, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]();
  const encoder = new TextEncoder();
  const cancellation = new AbortController();

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      if (signal?.aborted) throw signal.reason;
      const { value, done } = iterator.next();
      if (done) return controller.close();
      if (typeof value === "string") return controller.enqueue(encoder.encode(value));
      await sleep(value, signal, cancellation.signal);
    }
  }

  return new ReadableStream({ pull, cancel: () => cancellation.abort() }, { highWaterMark: 0 });
}
