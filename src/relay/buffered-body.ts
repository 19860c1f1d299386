import { BasetenError } from "../error.ts";
import { createTimer } from "../http/timer.ts";
import { isObject, parseJSON } from "../wire/json.ts";
import { createRelayError, isRelayError } from "./relay-error.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The body of a request, read once, for `authorize` and for the relay. Nothing is read before one of them reads it. */
export interface BufferedBody {
  /**
   * @throws {BasetenError} 413 above the cap, 408 if it does not come in time, 400 if it breaks off, 500 if it was read
   * before
   */
  text(): Promise<string>;
  /** @throws {BasetenError} as `text` */
  bytes(): Promise<Bytes>;
  /** What is wrong with it, as far as it was read: what `text` throws, or the 400 of a body that is not a JSON object. */
  failure(): BasetenError | undefined;
  /** Ends a read under way, and its time limit. */
  cancel(): void;
}

/** What bounds a body. */
export interface BodyLimits {
  maxBodyBytes: number;
  /** How long it may take to come, in ms. */
  timeout: number;
  /** Ends the request with an error. */
  abort(error: BasetenError): void;
  /** Aborted when the request has ended. */
  signal: AbortSignal;
}

function createTooLargeError(maxBodyBytes: number): BasetenError {
  return createRelayError(413, `the body is larger than ${maxBodyBytes} bytes`, { code: "body_too_large" });
}

/** What runtimes say of a body that was read before. Some adapters' requests say it without setting `bodyUsed`. */
const READ_BEFORE = /body.*(unusable|already)/i;

function createReadBeforeError(): BasetenError {
  const advice =
    "request: its body was read before the relay got it: mount the relay before express.json() and its like, and give " +
    "request.clone() to what reads requests in authorize";
  const cause = new BasetenError("BadRequestError", advice);
  return createRelayError(500, "the body was read before it came to the relay", { code: "body_used", cause });
}

function createBrokenError(cause: unknown): BasetenError {
  if (cause instanceof Error && READ_BEFORE.test(cause.message)) return createReadBeforeError();
  return createRelayError(400, "the body broke off", { code: "body_broken" });
}

/** Creates the error of a body that is not a JSON object. */
export function createNotAnObjectError(text: string): BasetenError {
  const suffix = text === "" ? ", got an empty body" : "";
  return createRelayError(400, `body: expected a JSON object${suffix}`, { code: "invalid_body" });
}

function toText(content: string | Bytes): string {
  return typeof content === "string" ? content : new TextDecoder().decode(content);
}

/** Returns the body's length as its headers declare it. Servers hold a body to it; without one it may be any. */
function declaredLength({ headers }: Request): number {
  const text = headers.get("content-length") ?? "";
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** UTF-8 needs at most three bytes for a UTF-16 unit, so that most texts need no count. */
function isLonger(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes;
}

function join(chunks: Bytes[], size: number): Bytes {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Creates the body of a request. */
export function createBufferedBody(
  request: Request,
  { maxBodyBytes, timeout, abort, signal }: BodyLimits,
): BufferedBody {
  /** Set by the first read. */
  let content: Promise<string | Bytes> | undefined;
  /** What was read, once it has come whole. */
  let whole: string | Bytes | undefined;
  let failure: BasetenError | undefined;
  let reader: ReadableStreamDefaultReader<Bytes> | undefined;
  const length = declaredLength(request);
  const timer = createTimer(timeout, () =>
    abort(createRelayError(408, "the body did not come in time", { code: "body_timeout" })),
  );

  /**
   * The platform's own member: `shareBody` may have put another in front of it. Read from the request itself: the members of
   * a prototype refuse a Proxy, and Next.js gives route handlers one.
   */
  function getNative<Name extends "body" | "bodyUsed" | "text" | "arrayBuffer">(name: Name): Request[Name] {
    const shared = Object.getOwnPropertyDescriptor(request, name);
    if (!shared) return request[name];
    Reflect.deleteProperty(request, name);
    try {
      return request[name];
    } finally {
      Object.defineProperty(request, name, shared);
    }
  }

  function cancel(): void {
    timer.stop();
    // A body that is broken has nothing to cancel.
    reader?.cancel().catch(() => {});
  }

  async function readAll(): Promise<Bytes> {
    const stream = getNative("body");
    // Firefox has no stream for a request's body.
    if (stream === undefined) return new Uint8Array(await getNative("arrayBuffer").call(request));
    reader = stream?.getReader();
    const chunks: Bytes[] = [];
    let size = 0;
    for (;;) {
      const { value } = (await reader?.read()) ?? {};
      // To cancel a reader ends its read as if the body had ended.
      if (signal.aborted) throw signal.reason;
      if (!value) return join(chunks, size);
      size += value.length;
      if (size > maxBodyBytes) throw createTooLargeError(maxBodyBytes);
      chunks.push(value);
    }
  }

  /**
   * Reads the body with `text()` if its length is declared, within the cap: the server holds it to that length. Any other
   * body is counted as it is read.
   */
  async function readChecked(isTextEnough: boolean): Promise<string | Bytes> {
    if (signal.aborted) throw signal.reason;
    if (getNative("bodyUsed")) throw createReadBeforeError();
    if (length > maxBodyBytes) throw createTooLargeError(maxBodyBytes);
    const isText = isTextEnough && !Number.isNaN(length);
    const read = isText ? await getNative("text").call(request) : await readAll();
    // A server holds a body to its declared length: one that is empty all the same was read before.
    if (length > 0 && read.length === 0) throw createReadBeforeError();
    if (typeof read === "string" && isLonger(read, maxBodyBytes)) throw createTooLargeError(maxBodyBytes);
    return read;
  }

  async function read(isTextEnough: boolean): Promise<string | Bytes> {
    timer.start();
    signal.addEventListener("abort", cancel);
    try {
      whole = await readChecked(isTextEnough);
      return whole;
    } catch (error) {
      cancel();
      const known = signal.aborted ? signal.reason : error;
      failure = isRelayError(known) ? known : createBrokenError(known);
      throw failure;
    } finally {
      timer.stop();
      signal.removeEventListener("abort", cancel);
    }
  }

  function start(isTextEnough: boolean): Promise<string | Bytes> {
    content ??= read(isTextEnough);
    // `authorize` may start a read and never wait for it.
    content.catch(() => {});
    return content;
  }

  return {
    text: async () => toText(await start(true)),
    async bytes() {
      const value = await start(false);
      return typeof value === "string" ? new TextEncoder().encode(value) : value;
    },
    failure() {
      if (failure || whole === undefined) return failure;
      const text = toText(whole);
      return isObject(parseJSON(text)) ? undefined : createNotAnObjectError(text);
    },
    cancel,
  };
}
