import type { BasetenError } from "../error.ts";
import type { ChatCompletionChunk } from "../types/chat.ts";
import { failure, invalidResponse, type Trace } from "./failure.ts";
import { parse } from "./json.ts";
import { asChunk, readChunk, readCompletion } from "./reply.ts";
import { EVENT_LIMIT, type EventDecoder, eventDecoder, next, push, rest } from "./sse.ts";

/**
 * The chunks of a body, and whether they are the whole answer. Text goes in by {@link add}, one chunk after another comes
 * out by {@link nextChunk}.
 * @internal
 */
export interface Chunks {
  trace: Trace;
  /** What the body starts with, once that was seen: it decides what it is, not the content type, since servers mislabel. */
  first?: string | undefined;
  events: EventDecoder;
  /** The text of a body that is no event stream. */
  whole: string;
  /** For the index of each choice seen, whether it has a `finish_reason`. */
  finished: Map<unknown, boolean>;
  /** Whether the server said that the answer is whole. */
  done: boolean;
  /** Whether the body has come to its end. */
  ended: boolean;
  /** Chunks that wait to be handed out, and how many of them have been. */
  ahead: ChatCompletionChunk[];
  at: number;
  /** What is wrong behind them. */
  fault?: { error: unknown } | undefined;
}

/** @internal */
export function chunkReader(trace: Trace): Chunks {
  const events = eventDecoder(() => invalidResponse("an event of more than 16 MiB", "", trace));
  return { trace, events, whole: "", finished: new Map(), done: false, ended: false, ahead: [], at: 0 };
}

/** How many chunks are read at once, about those of 64 KiB, and then handed out: by turns the two take a tenth longer. */
const AHEAD = 256;

/** As much of a page as an error quotes, in characters. */
const QUOTED = 500;

const isPage = ({ first }: Chunks): boolean => first === "<";
const isJSON = ({ first }: Chunks): boolean => first === "{" || first === "[";

/** Whether `[DONE]` was seen, or every choice seen has a `finish_reason`. */
function isComplete({ done, finished }: Chunks): boolean {
  const choices = [...finished.values()];
  return done || (choices.length > 0 && choices.every(Boolean));
}

function note({ choices }: ChatCompletionChunk, { finished }: Chunks): void {
  for (const { index = 0, finish_reason } of choices) {
    if (finish_reason || !finished.has(index)) finished.set(index, Boolean(finish_reason));
  }
}

/** The error of a body that is no event stream. Where its text was cut, it may end with a half of the key. */
function noStream({ whole, trace }: Chunks, cut: boolean): BasetenError {
  return invalidResponse("no event stream", cut ? whole.slice(0, whole.length - trace.secret.length) : whole, trace);
}

function addWhole(text: string, chunks: Chunks): void {
  chunks.whole += chunks.whole ? text : text.trimStart();
  const most = isPage(chunks) ? QUOTED + chunks.trace.secret.length : EVENT_LIMIT;
  if (chunks.whole.length > most) throw noStream(chunks, true);
}

/** The data behind the last blank line, if it is whole: no part of a JSON object is JSON. */
function remainder({ events }: Chunks): string | undefined {
  const data = rest(events) ?? "";
  return data.trim() === "[DONE]" || parse(data) !== undefined ? data : undefined;
}

/** What the end of the body comes to: a completion, as servers send that do not stream, nothing, or the truth. */
function conclude(chunks: Chunks): ChatCompletionChunk | undefined {
  if (isPage(chunks)) throw noStream(chunks, false);
  if (isJSON(chunks)) {
    const chunk = asChunk(readCompletion(chunks.whole, chunks.trace));
    chunks.done = true;
    return chunk;
  }
  if (isComplete(chunks)) return;
  throw failure("StreamTruncatedError", "the stream ended before the answer was complete", chunks.trace);
}

/** Reads the next chunk of what was added, if it holds a whole one; none behind `[DONE]`. */
function read(chunks: Chunks): ChatCompletionChunk | undefined {
  while (!chunks.done) {
    const data = next(chunks.events) ?? (chunks.ended ? remainder(chunks) : undefined);
    if (data === undefined) return chunks.ended ? conclude(chunks) : undefined;
    const chunk = readChunk(data, chunks.trace);
    if (chunk === "[DONE]") chunks.done = true;
    else if (chunk) {
      note(chunk, chunks);
      return chunk;
    }
  }
  return;
}

function readAhead(chunks: Chunks): void {
  const ahead: ChatCompletionChunk[] = [];
  chunks.ahead = ahead;
  chunks.at = 0;
  try {
    for (let chunk = read(chunks); chunk; chunk = ahead.length < AHEAD ? read(chunks) : undefined) ahead.push(chunk);
  } catch (error) {
    chunks.fault = { error };
  }
}

/**
 * Takes the next text of the body, once {@link nextChunk} has used up the one before.
 * @throws {BasetenError} `InvalidResponseError` for what is no event stream and no completion
 * @internal
 */
export function add(text: string, chunks: Chunks): void {
  chunks.first ??= text.trimStart()[0];
  if (isPage(chunks) || isJSON(chunks)) addWhole(text, chunks);
  else push(text, chunks.events);
  readAhead(chunks);
}

/**
 * The next chunk of what was added, if there is one; nothing behind a fault, which is there once all before it is handed
 * out: an `APIError` for an event that reports one, an `InvalidResponseError` for one that is no JSON; at the end a
 * `StreamTruncatedError` unless the answer is complete, an `InvalidResponseError` if it is none.
 * @internal
 */
export function nextChunk(chunks: Chunks): ChatCompletionChunk | undefined {
  // As many as that may have left some behind.
  if (chunks.at === AHEAD) readAhead(chunks);
  const chunk = chunks.ahead[chunks.at];
  if (chunk) chunks.at++;
  return chunk;
}

/**
 * Throws the error of a failure, unless the answer is complete: then only an error event counts. A page that breaks off
 * was no event stream in the first place.
 * @internal
 */
export function judge(error: unknown, chunks: Chunks): void {
  const name = (error as BasetenError | undefined)?.name;
  if (isComplete(chunks) && name !== "APIError") return;
  throw isPage(chunks) && name !== "InvalidResponseError" ? noStream(chunks, true) : error;
}
