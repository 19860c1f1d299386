import { connectionFailure, failure } from "../wire/failure.ts";
import type { Deadline } from "./deadline.ts";
import { wait } from "./wait.ts";

type Read = ReadableStreamReadResult<Uint8Array>;

/**
 * The bytes of a response, a read at a time.
 * @internal
 */
export interface Body {
  /** The next bytes, however long they take. */
  next(): Promise<Read>;
  /** The error of a read that rejected. */
  blame(cause: unknown): unknown;
  /** Gives up what is unread. */
  cancel(): void;
}

function blamer({ trace }: Deadline): Body["blame"] {
  return (cause) => connectionFailure("the body broke off", cause, trace);
}

/** React Native's own responses have no body, node-fetch's are no web streams. */
function isReadable({ body }: Response): boolean {
  return body === null || typeof body?.getReader === "function";
}

/**
 * Opens a response's body for reading: a reader in a loop, since Safari's streams cannot be iterated.
 * @throws {BasetenError} `InvalidResponseError` where the runtime's responses cannot be read as they come
 * @internal
 */
export function openBody(response: Response, deadline: Deadline): Body {
  if (!isReadable(response)) {
    const advice = "this fetch gives no response.body to stream: in React Native pass the fetch of expo/fetch";
    throw failure("InvalidResponseError", advice, deadline.trace);
  }
  const blame = blamer(deadline);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    reader = response.body?.getReader();
  } catch (cause) {
    throw blame(cause);
  }
  return {
    next: reader ? () => reader.read() : async () => ({ done: true, value: undefined }),
    blame,
    // A stream that is broken already has nothing to give up.
    cancel: () => void reader?.cancel().catch(() => {}),
  };
}

/**
 * The next bytes, if they come within `ms`.
 * @throws {BasetenError} `APIConnectionError` if the body breaks off, `TimeoutError`, or the caller's abort
 * @internal
 */
export function read({ next, blame }: Body, deadline: Deadline, ms?: number): Promise<Read> {
  return wait(deadline, next, "idle", blame, ms);
}

/**
 * What was read of a text, and why no more came.
 * @internal
 */
export interface Reading {
  text: string;
  /** Whether there was more than was asked for. */
  cut?: boolean;
  /** What broke the reading off, if anything did. */
  failure?: unknown;
}

async function readText(body: Body, deadline: Deadline, limit: number): Promise<Reading> {
  const utf8 = new TextDecoder();
  let text = "";
  try {
    for (let left = limit; left > 0; ) {
      const { done, value } = await read(body, deadline);
      if (done) return { text: text + utf8.decode() };
      text += utf8.decode(value.subarray(0, left), { stream: true });
      left -= value.length;
    }
    body.cancel();
    return { text, cut: true };
  } catch (failure) {
    return { text, failure };
  }
}

/**
 * A response's whole body as text, or its first `limit` bytes; also where it cannot be read as it comes. It never
 * rejects: what came before a failure counts.
 * @internal
 */
export async function textOf(
  response: Response,
  deadline: Deadline,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<Reading> {
  try {
    if (isReadable(response)) return await readText(openBody(response, deadline), deadline, limit);
    return { text: await wait(deadline, async () => response.text(), "idle", blamer(deadline)) };
  } catch (failure) {
    return { text: "", failure };
  }
}
