import { BasetenError } from "../error.ts";
import { type BodyContext, LINGER_MS, openBody, toReadError } from "../http/body.ts";
import { createTimer } from "../http/timer.ts";
import { createInvalidResponseError } from "../wire/api-error.ts";
import { type ChunkParser, createChunkParser } from "../wire/chunk-parser.ts";
import { createTextDecoder } from "../wire/utf8.ts";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Feeds bytes to a parser line by line.
 * @returns how many of them belong to events without a fault, and the fault
 */
function checkBytes(bytes: Uint8Array, parse: (line: Uint8Array) => void): { length: number; error?: unknown } {
  let checked = 0;
  for (let start = 0; start < bytes.length; ) {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
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
 * @param onEnd - called once, however the body ends; `isEarly` if the upstream's body is not at its end
 */
export function createGuardedBody(
  response: Response,
  context: BodyContext,
  onEnd: (isEarly: boolean) => void,
): ReadableStream<Uint8Array> {
  const { signal, clock, createError } = context;
  const upstream = openBody(response, context);
  const decode = createTextDecoder();
  let hasEvent = false;
  const parser: ChunkParser = createChunkParser(createError, () => {
    hasEvent = true;
  });
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let failure: { error: unknown } | undefined;
  let isOver = false;
  const linger = createTimer(LINGER_MS, () => finish(true));

  function finish(isEarly: boolean): void {
    if (isOver) return;
    isOver = true;
    linger.stop();
    controller.close();
    onEnd(isEarly);
  }

  function fail(error: unknown): void {
    if (isOver) return;
    isOver = true;
    linger.stop();
    controller.error(error);
    onEnd(true);
  }

  /** Ends well if the answer was already complete. */
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
    }
    // SDKs show nothing of a completion that comes instead of a stream.
    const what = "a completion came instead of an event stream";
    if (!parser.isEventStream()) fail(createInvalidResponseError(what, "", createError));
    finish(false);
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
    while (passed === 0 && !isOver) {
      if (parser.isDone()) linger.start();
      const { done, value = new Uint8Array() } = await upstream.read();
      if (isOver) return;
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
      failUnlessComplete(toReadError(cause, context));
    }
  }

  signal.addEventListener("abort", () => {
    // A limit that runs out does not fail an answer that is complete; the caller's abort always errors.
    if (signal.reason instanceof BasetenError) failUnlessComplete(signal.reason);
    else fail(signal.reason);
  });
  return new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      pull,
      cancel() {
        isOver = true;
        linger.stop();
        onEnd(true);
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}
