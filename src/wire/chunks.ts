import type { ChatCompletionChunk } from "../types.ts";
import { failure, invalidResponse, type Trace } from "./failure.ts";
import { parse } from "./json.ts";
import { readChunk } from "./reply.ts";
import { type EventDecoder, eventDecoder, next, push, rest } from "./sse.ts";

/**
 * The chunks of an event stream, and whether they are the whole answer. Text goes in by `push(text, chunks.events)`.
 * @internal
 */
export interface Chunks {
  events: EventDecoder;
  trace: Trace;
  /** Which of the choices seen have a `finish_reason`. */
  finished: Map<number, boolean>;
  /** Whether the server said that the answer is whole. */
  done: boolean;
}

/** @internal */
export function chunkReader(trace: Trace): Chunks {
  const events = eventDecoder(() => invalidResponse("an event of more than 16 MiB", "", trace));
  return { events, trace, finished: new Map(), done: false };
}

/**
 * Whether `[DONE]` was seen, or every choice seen has a `finish_reason`.
 * @internal
 */
export function isComplete({ done, finished }: Chunks): boolean {
  return done || (finished.size > 0 && [...finished.values()].every(Boolean));
}

function note({ choices }: ChatCompletionChunk, { finished }: Chunks): void {
  for (const { index = 0, finish_reason } of choices) {
    if (finish_reason || !finished.has(index)) finished.set(index, Boolean(finish_reason));
  }
}

/**
 * The next chunk of what was pushed, if it holds a whole one; none behind `[DONE]`.
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
 * What is left at the end of the stream: an event that only lacks its blank line, nothing, or the truth.
 * @throws {BasetenError} `StreamTruncatedError` unless the answer is complete
 * @internal
 */
export function lastChunk(chunks: Chunks): ChatCompletionChunk | undefined {
  if (isWhole(rest(chunks.events))) {
    push("\n\n", chunks.events);
    const chunk = nextChunk(chunks);
    if (chunk) return chunk;
  }
  if (isComplete(chunks)) return;
  throw failure("StreamTruncatedError", "the stream ended before the answer was complete", chunks.trace);
}
