import { BasetenError } from "../error.ts";
import type { CreateError } from "../wire/api-error.ts";
import { createConnectionError } from "../wire/connection-error.ts";
import { MAX_JSON_CHARS } from "../wire/json.ts";
import { createTextDecoder } from "../wire/utf8.ts";
import { abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";

/** How long, in ms, to wait for the end of the body after `[DONE]`. Reading that end lets Node use the connection again. */
export const LINGER_MS = 50;

/** What reading a body needs: a part of a request's `Lifetime`. */
export interface BodyContext {
  /** Aborting it cancels the body. */
  signal: AbortSignal;
  clock: Clock;
  createError: CreateError;
}

/** One read of a body: its next bytes, or its end. */
export type BodyRead = ReadableStreamReadResult<Uint8Array>;

export interface BodyReader {
  /**
   * Starts the next read, and with it `timeout.idle`: another read, `clock.endRead` or the end of the request must
   * follow. Not an async function, since one for each read is measurable. Rejects with whatever the runtime gives: see
   * {@link toReadError}.
   */
  read(): Promise<BodyRead>;
  /** Gives up what is unread. */
  cancel(): void;
}

/** Tells whether a response has no body by its status: the Fetch standard's null body statuses. */
export function hasNullBodyStatus({ status }: Response): boolean {
  return [204, 205, 304].includes(status);
}

/** Cancels a body that will not be read, so that its connection is free. */
export function cancelBody(response: Response): void {
  // A body that is locked, broken or absent has nothing left to free.
  (async () => response.body?.cancel())().catch(() => {});
}

/** React Native's responses have no body, node-fetch's bodies are not web streams. */
function isReadable({ body }: Response): boolean {
  return body === null || typeof body?.getReader === "function";
}

/**
 * Returns the error of a body that broke off, or the signal's reason if it was aborted. An error of a guard about the same
 * address is kept.
 */
export function toReadError(cause: unknown, { signal, createError }: BodyContext): unknown {
  if (signal.aborted) return signal.reason;
  const error = createConnectionError("the response body broke off", cause, createError);
  return cause instanceof BasetenError && cause.url === error.url ? cause : error;
}

/**
 * Opens a body for reading, by a reader: Safari's streams have no async iterator.
 * @throws {BasetenError} `InvalidResponseError` if the runtime's responses cannot be read as they come,
 * `APIConnectionError` if the body is locked
 */
export function openBody(response: Response, context: BodyContext): BodyReader {
  const { signal, clock, createError } = context;
  if (!isReadable(response)) {
    const advice = "response.body is not a stream: in React Native pass the fetch of expo/fetch";
    throw createError("InvalidResponseError", advice);
  }
  const reader = getReader(response, context);
  // By the Streams standard this settles the read under way.
  const cancel = (): void => void reader?.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  return {
    read() {
      clock.startRead();
      return reader ? reader.read() : Promise.resolve({ done: true, value: undefined });
    },
    cancel,
  };
}

function getReader({ body }: Response, context: BodyContext): ReadableStreamDefaultReader<Uint8Array> | undefined {
  try {
    return body?.getReader();
  } catch (cause) {
    throw toReadError(cause, context);
  }
}

/** A body as far as it was read. */
export interface BodyText {
  text: string;
  /** Why reading ended early. */
  failure?: { error: unknown } | undefined;
}

/** Reads the text of a response that has no stream, such as React Native's. */
function readWithoutStream(response: Response, { signal, clock }: BodyContext): Promise<string> {
  clock.startRead();
  return abortable(() => response.text(), signal);
}

async function readStream(response: Response, context: BodyContext, append: (text: string) => boolean): Promise<void> {
  const body = openBody(response, context);
  const decode = createTextDecoder();
  for (;;) {
    const { done, value } = await body.read();
    if (context.signal.aborted) throw context.signal.reason;
    const wantsMore = append(decode(value));
    if (done) return;
    if (!wantsMore) return body.cancel();
  }
}

/**
 * Reads a body as text, up to a limit in characters, and cancels the rest. Never rejects: what came before a failure
 * counts.
 */
export async function readTextUpTo(maxChars: number, response: Response, context: BodyContext): Promise<BodyText> {
  let text = "";
  const append = (piece: string): boolean => {
    text += piece;
    return text.length < maxChars;
  };
  let failure: BodyText["failure"];
  try {
    if (isReadable(response)) await readStream(response, context, append);
    else append(await readWithoutStream(response, context));
  } catch (cause) {
    failure = { error: toReadError(cause, context) };
  }
  return { text: text.slice(0, maxChars), failure };
}

/**
 * Reads a whole body of JSON as text.
 * @throws {BasetenError} `APIConnectionError` if it breaks off, `InvalidResponseError` if it is over
 * {@link MAX_JSON_CHARS}; the signal's reason if it is aborted
 */
export async function readText(response: Response, context: BodyContext): Promise<string> {
  const { text, failure } = await readTextUpTo(MAX_JSON_CHARS + 1, response, context);
  if (failure) throw failure.error;
  if (text.length > MAX_JSON_CHARS)
    throw context.createError("InvalidResponseError", "the body is larger than 64 Mi characters");
  return text;
}
