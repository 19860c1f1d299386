import { BasetenError } from "../error.ts";
import type { ChatCompletionChunk } from "../types/chat.ts";
import { type CreateError, createInvalidResponseError } from "./api-error.ts";
import { isObject, MAX_JSON_CHARS, parseJSON } from "./json.ts";
import { hasOutput, normalizeChunk } from "./normalize.ts";
import { parseCompletion, throwIfErrorBody, toChunk } from "./parse-completion.ts";
import { createSSEParser } from "./sse.ts";

/** How much of an HTML page is kept, in characters: the error quotes no more. */
const MAX_PAGE_CHARS = 500;

const DONE = "[DONE]";

export interface ChunkParser {
  /**
   * Takes the next text of the body.
   * @throws {BasetenError} `APIError` for an event that reports an error, `InvalidResponseError` for one that is not JSON,
   * for HTML, and for what is over a size limit
   */
  feed(text: string): void;
  /**
   * Takes the end of the body.
   * @throws {BasetenError} `StreamTruncatedError` if the answer is incomplete, `InvalidResponseError` if the body is not an
   * answer
   */
  flush(): void;
  /** Tells whether the body is an event stream, as far as it has come. */
  isEventStream(): boolean;
  /** Tells whether `[DONE]` or a whole completion has come: nothing more counts. */
  isDone(): boolean;
  /** Returns the error to throw for a failure, or `undefined` if the answer was already complete. */
  finalError(error: unknown): unknown;
}

/** Tells whether an event that lacks its blank line is whole: a part of a JSON object is not JSON. */
function isWhole(data: string): boolean {
  return data.trim() === DONE || isObject(parseJSON(data));
}

/**
 * Creates a parser that turns the text of a streamed answer into chunks, and decides when the answer is complete:
 * `[DONE]` was seen, or every choice seen is finished. What the body starts with decides what it is, since servers
 * mislabel: `{` or `[` is JSON, `<` is a page, all else is an event stream.
 * @param onChunk - called with each chunk, normalized
 */
export function createChunkParser(
  createError: CreateError,
  onChunk: (chunk: ChatCompletionChunk) => void,
): ChunkParser {
  const sse = createSSEParser(parseEvent, () => {
    throw createInvalid("an event is larger than 16 Mi characters", "");
  });
  /** For the index of each choice seen, whether it is finished. */
  const finished = new Map<number, boolean>();
  let isDone = false;
  /** The first character of the body that is not blank. */
  let start: string | undefined;
  /** The text of a body that is not an event stream. */
  let body = "";

  const createInvalid = (what: string, text: string) => createInvalidResponseError(what, text, createError);
  const createNotAStreamError = () => createInvalid("the body is not an event stream", body);
  const isPage = () => start === "<";
  const isJSON = () => start === "{" || start === "[";
  const isComplete = () => isDone || (finished.size > 0 && [...finished.values()].every(Boolean));

  /** A finished choice that goes on is unfinished again: server-side tool loops do that. */
  function recordFinish({ choices }: ChatCompletionChunk): void {
    for (const { index, finish_reason, delta } of choices) {
      const choice = index ?? 0;
      const wasFinished = finished.get(choice);
      if (finish_reason) finished.set(choice, true);
      else if (wasFinished === undefined || (wasFinished && hasOutput(delta))) finished.set(choice, false);
    }
  }

  function parseEvent(data: string, type: string): void {
    if (isDone) return;
    if (type === "error") {
      throw createError("APIError", data.trim() ? "" : "an error event without data", { body: data });
    }
    // Compared before JSON.parse, which takes 15 µs to throw.
    if (data === DONE) isDone = true;
    else parseChunk(data);
  }

  function parseChunk(data: string): void {
    const chunk = parseJSON(data);
    if (isObject(chunk)) {
      throwIfErrorBody(chunk, data, createError);
      normalizeChunk(chunk, data, createError);
      recordFinish(chunk);
      onChunk(chunk);
    }
    // Other JSON, such as a number, is skipped: it is not a chunk.
    else if (chunk === undefined && data.trim() === DONE) isDone = true;
    else if (chunk === undefined && data.trim()) throw createInvalid("invalid JSON in event", data);
  }

  function addToBody(text: string): void {
    body += body ? text : text.trimStart();
    if (isPage() && body.length > MAX_PAGE_CHARS) throw createNotAStreamError();
    if (body.length > MAX_JSON_CHARS) throw createInvalid("the body is larger than 64 Mi characters", body);
  }

  return {
    feed(text) {
      start ??= text.trimStart()[0];
      if (isPage() || isJSON()) addToBody(text);
      else sse.feed(text);
    },
    flush() {
      if (isPage()) throw createNotAStreamError();
      if (isJSON()) {
        onChunk(toChunk(parseCompletion(body, createError)));
        isDone = true;
        return;
      }
      const last = sse.flush();
      if (last && isWhole(last.data)) parseEvent(last.data, last.type);
      if (!isComplete()) throw createError("StreamTruncatedError", "the stream ended before the answer was complete");
    },
    isEventStream: () => !isPage() && !isJSON(),
    isDone: () => isDone,
    finalError(error) {
      const name = error instanceof BasetenError ? error.name : undefined;
      // An error that the server reports counts even after a complete answer.
      if (isComplete() && name !== "APIError") return;
      return isPage() && name !== "InvalidResponseError" ? createNotAStreamError() : error;
    },
  };
}
