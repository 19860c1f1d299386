import { connectionFailure, failure } from "../wire/failure.ts";
import type { Deadline } from "./deadline.ts";
import { NONE } from "./limits.ts";
import { endRead, startRead, wait } from "./wait.ts";

/** @internal */
export interface Read {
  done: boolean;
  value?: Uint8Array | undefined;
}

/**
 * The bytes of a response, a read at a time.
 * @internal
 */
export interface Body {
  /** Asks for the next bytes. Rejects with whatever the runtime makes of a body that breaks off. */
  ask(): Promise<Read>;
  /**
   * The bytes that came, or `undefined` at the end.
   * @throws why the call has ended early, if it has
   */
  take(read: Read): Uint8Array | undefined;
  /** Gives up what is unread. */
  cancel(): void;
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
    const advice = "response.body is no stream: in React Native pass the fetch of expo/fetch";
    throw failure("InvalidResponseError", advice, deadline.trace);
  }
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    reader = response.body?.getReader();
  } catch (cause) {
    throw connectionFailure("the body broke off", cause, deadline.trace);
  }
  // It ends the read under way: the standard has it so. A stream that is broken already has nothing to give up.
  const cancel = (): void => void reader?.cancel().catch(() => {});
  deadline.interrupt = cancel;
  return {
    ask() {
      startRead(deadline);
      return reader ? reader.read() : Promise.resolve({ done: true });
    },
    take(read) {
      endRead(deadline);
      return read.done ? undefined : (read.value ?? new Uint8Array());
    },
    cancel,
  };
}

/**
 * The error of a read that rejected; what was thrown while no read was waited for stays as it is.
 * @internal
 */
export function readFailure(cause: unknown, deadline: Deadline): unknown {
  const { ended, reason, readBegan, trace } = deadline;
  if (readBegan === NONE) return cause;
  deadline.readBegan = NONE;
  return ended ? reason : connectionFailure("the body broke off", cause, trace);
}

/**
 * What was read of a text, and why no more came.
 * @internal
 */
export interface Reading {
  text: string;
  /** What broke the reading off, if anything did. */
  failure?: unknown;
}

/**
 * A response's whole body as text, or its first `limit` bytes; also where it cannot be read as it comes. It never
 * rejects: what came before a failure counts.
 * @internal
 */
export async function textOf(response: Response, deadline: Deadline, limit: number = NONE): Promise<Reading> {
  let text = "";
  try {
    if (!isReadable(response)) {
      startRead(deadline);
      text = await wait(deadline, () => response.text());
      endRead(deadline);
      return { text };
    }
    const body = openBody(response, deadline);
    const utf8 = new TextDecoder();
    for (let left = limit; left > 0; ) {
      const bytes = body.take(await body.ask());
      if (!bytes) return { text: text + utf8.decode() };
      text += utf8.decode(bytes.subarray(0, left), { stream: true });
      left -= bytes.length;
    }
    body.cancel();
    // It may end with a half of the key.
    return { text: text.slice(0, text.length - deadline.trace.secret.length) };
  } catch (cause) {
    return { text, failure: readFailure(cause, deadline) };
  }
}
