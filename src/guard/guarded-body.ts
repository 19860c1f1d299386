import { LINGER_MS, openBody, toReadError } from "../http/body.ts";
import type { Lifetime } from "../http/lifetime.ts";
import { createTimer } from "../http/timer.ts";
import { createInvalidResponseError } from "../wire/api-error.ts";
import { type ChunkParser, createChunkParser } from "../wire/chunk-parser.ts";
import { createTextDecoder } from "../wire/utf8.ts";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Finds the next of one byte. Its absence is remembered: a search to the end for each line is quadratic. */
function createByteFinder(bytes: Uint8Array, byte: number): (start: number) => number {
  let position = -1;
  return (start) => {
    if (position < start) position = bytes.indexOf(byte, start);
    if (position < 0) position = bytes.length;
    return position;
  };
}

/**
 * Feeds bytes to a parser line by line. A line ends with CRLF, LF or CR.
 * @returns how many of them belong to events without a fault, and the fault
 */
function checkBytes(bytes: Uint8Array, parse: (line: Uint8Array) => void): { length: number; error?: unknown } {
  const findLineFeed = createByteFinder(bytes, LINE_FEED);
  const findCarriageReturn = createByteFinder(bytes, CARRIAGE_RETURN);
  let checked = 0;
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(findLineFeed(start), findCarriageReturn(start)) + 1;
    if (bytes[end - 1] === CARRIAGE_RETURN && bytes[end] === LINE_FEED) end++;
    try {
      parse(bytes.subarray(start, end));
    } catch (error) {
      return { length: checked, error };
    }
    const isBlank = end - start === 1 || (end - start === 2 && bytes[start] === CARRIAGE_RETURN);
    if (isBlank) checked = end;
    start = end;
  }
  return { length: bytes.length };
}

/**
 * Passes a body through byte for byte, read by read, and checks it on the way as `stream` does. Where `stream` would throw,
 * the body errors with that error, after the events before it.
 * @param lifetime - of the request: aborted if the body ends before the upstream's, else closed
 */
export function createGuardedBody(response: Response, lifetime: Lifetime): ReadableStream<Uint8Array> {
  const { signal, clock, createError } = lifetime;
  const upstream = openBody(response, lifetime);
  const decode = createTextDecoder();
  let hasEvent = false;
  const parser: ChunkParser = createChunkParser(createError, () => {
    hasEvent = true;
  });
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let failure: { error: unknown } | undefined;
  let isEnded = false;
  const linger = createTimer(LINGER_MS, () => finish(true));

  function finish(isEarly: boolean): void {
    if (isEnded) return;
    isEnded = true;
    linger.stop();
    controller.close();
    if (isEarly) lifetime.abort();
    else lifetime.close();
  }

  function fail(error: unknown): void {
    if (isEnded) return;
    isEnded = true;
    linger.stop();
    controller.error(error);
    lifetime.abort();
  }

  /** Ends the body with an error, or without one if the answer was already complete. */
  function failUnlessComplete(reason: unknown): void {
    const error = parser.finalError(reason);
    if (error === undefined) finish(true);
    else fail(error);
  }

  function flush(): void {
    try {
      if (!parser.isDone()) {
        parser.feed(decode());
        parser.flush();
      }
    } catch (error) {
      failUnlessComplete(error);
      return;
    }
    // SDKs show nothing of a completion that comes instead of a stream.
    const what = "a completion came instead of an event stream";
    if (parser.isEventStream()) finish(false);
    else fail(createInvalidResponseError(what, "", createError));
  }

  /** Returns how many bytes were passed on. */
  function passOn(bytes: Uint8Array): number {
    hasEvent = false;
    const { length, error } = checkBytes(bytes, (line) => parser.feed(decode(line)));
    clock.endRead(hasEvent);
    if (length > 0) controller.enqueue(bytes.subarray(0, length));
    // An error drops what is queued: let the reader take these bytes first.
    if (length > 0 && length < bytes.length) failure = { error };
    else if (length < bytes.length) failUnlessComplete(error);
    return length;
  }

  /** Reads until there are bytes to pass on: a pull that brings none is not repeated. */
  async function readOn(): Promise<void> {
    let passed = 0;
    while (passed === 0 && !isEnded) {
      if (parser.isDone()) linger.start();
      const { done, value } = await upstream.read();
      if (isEnded) return;
      if (done) flush();
      else passed = passOn(value);
    }
  }

  async function pull(): Promise<void> {
    if (failure) {
      failUnlessComplete(failure.error);
      return;
    }
    try {
      await readOn();
    } catch (cause) {
      failUnlessComplete(toReadError(cause, lifetime));
    }
  }

  signal.addEventListener("abort", () => {
    // A limit that runs out does not fail an answer that is complete; the caller's abort always errors.
    if (lifetime.endedBy() === "caller") fail(signal.reason);
    else failUnlessComplete(signal.reason);
  });
  return new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      pull,
      cancel() {
        isEnded = true;
        linger.stop();
        lifetime.abort();
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}
