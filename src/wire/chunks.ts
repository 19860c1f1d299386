import type { BasetenError } from "../error.ts";
import type { ChatCompletionChunk } from "../types.ts";
import { failure, invalidResponse, type Trace } from "./failure.ts";
import { parse } from "./json.ts";
import { asChunk, readChunk, readCompletion } from "./reply.ts";
import { EVENT_LIMIT, type EventDecoder, eventDecoder, next, push, rest } from "./sse.ts";

/**
 * The chunks of a body, and whether they are the whole answer. Text goes in by {@link add}, one chunk after another comes
 * out by {@link nextChunk} and, at the end of the body, {@link lastChunk}.
 * @internal
 */
export interface Chunks {
  trace: Trace;
  /** What the body is, once its first character was seen. */
  kind: "events" | "completion" | "page" | undefined;
  events: EventDecoder;
  /** The text of a body that is no event stream. */
  whole: string;
  /** The indices of the choices seen, and of those that have a `finish_reason`. */
  seen: Set<number>;
  finished: Set<number>;
  /** Whether the server said that the answer is whole. */
  done: boolean;
}

/** @internal */
export function chunkReader(trace: Trace): Chunks {
  const events = eventDecoder(() => invalidResponse("an event of more than 16 MiB", "", trace));
  return { trace, kind: undefined, events, whole: "", seen: new Set(), finished: new Set(), done: false };
}

/** As much of a page as an error quotes, in characters. */
const QUOTED = 500;

/** Whether `[DONE]` was seen, or every choice seen has a `finish_reason`. */
function isComplete({ done, seen, finished }: Chunks): boolean {
  return done || (seen.size > 0 && seen.size === finished.size);
}

function note({ choices }: ChatCompletionChunk, { seen, finished }: Chunks): void {
  for (const { index = 0, finish_reason } of choices) {
    seen.add(index);
    if (finish_reason) finished.add(index);
  }
}

/** The first character decides, not the content type: servers mislabel both. */
function kindOf(text: string): Chunks["kind"] {
  const [first] = text.trimStart();
  if (first === undefined) return;
  if (first === "<") return "page";
  return first === "{" || first === "[" ? "completion" : "events";
}

/** The error of a body that is no event stream. Where its text was cut, it may end with a half of the key. */
function noStream({ whole, trace }: Chunks, cut: boolean): BasetenError {
  return invalidResponse("no event stream", cut ? whole.slice(0, whole.length - trace.secret.length) : whole, trace);
}

/**
 * Takes the next text of the body.
 * @throws {BasetenError} `InvalidResponseError` for what is no event stream and no completion
 * @internal
 */
export function add(text: string, chunks: Chunks): void {
  chunks.kind ??= kindOf(text);
  if (chunks.kind === "page" || chunks.kind === "completion") {
    chunks.whole += chunks.whole ? text : text.trimStart();
    const most = chunks.kind === "page" ? QUOTED + chunks.trace.secret.length : EVENT_LIMIT;
    if (chunks.whole.length > most) throw noStream(chunks, true);
  } else push(text, chunks.events);
}

/**
 * The next chunk of what was added, if it holds a whole one; none behind `[DONE]`.
 * @throws {BasetenError} `APIError` for an event that reports one, `InvalidResponseError` for one that is no JSON
 * @internal
 */
export function nextChunk(chunks: Chunks): ChatCompletionChunk | undefined {
  const { events, trace } = chunks;
  while (!chunks.done) {
    const data = next(events)?.trim();
    if (data === undefined) return;
    chunks.done = data === "[DONE]";
    const chunk = data && !chunks.done ? readChunk(data, trace) : undefined;
    if (!chunk) continue;
    note(chunk, chunks);
    return chunk;
  }
  return;
}

/** Whether what stood behind the last blank line is whole. No part of a JSON object is JSON. */
function isWhole(data: string | undefined): boolean {
  return data !== undefined && (data.trim() === "[DONE]" || parse(data) !== undefined);
}

/**
 * What is left at the end of the body: a completion, as servers send that do not stream, an event that only lacks its
 * blank line, nothing, or the truth.
 * @throws {BasetenError} `StreamTruncatedError` unless the answer is complete, `InvalidResponseError` if it is none
 * @internal
 */
export function lastChunk(chunks: Chunks): ChatCompletionChunk | undefined {
  if (chunks.done) return;
  if (chunks.kind === "page") throw noStream(chunks, false);
  if (chunks.kind === "completion") {
    const chunk = asChunk(readCompletion(chunks.whole, chunks.trace));
    chunks.done = true;
    return chunk;
  }
  if (isWhole(rest(chunks.events))) {
    push("\n\n", chunks.events);
    const chunk = nextChunk(chunks);
    if (chunk) return chunk;
  }
  if (isComplete(chunks)) return;
  throw failure("StreamTruncatedError", "the stream ended before the answer was complete", chunks.trace);
}

/**
 * The error to throw for a failure, or `undefined` where the answer is complete: then only an error event counts. A page
 * that breaks off was no event stream in the first place.
 * @internal
 */
export function verdict(error: unknown, chunks: Chunks): unknown {
  const name = (error as BasetenError | undefined)?.name;
  if (isComplete(chunks) && name !== "APIError") return;
  return chunks.kind === "page" && name !== "InvalidResponseError" ? noStream(chunks, true) : error;
}
