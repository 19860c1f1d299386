import { assertAsyncIterable, assertValid, BasetenError } from "../error.ts";
import { closeIterator, toPublicError } from "../to-readable-stream.ts";
import type { ChatCompletionChunk } from "../types/chat.ts";
import type { ToolEvent } from "../types/tools.ts";
import { mergeHeaders } from "./headers.ts";
import { createMessageParts, EXPECTED_SOURCE } from "./message-parts.ts";
import type { UIMessageChunk } from "./types.ts";

/** How the parts of a message are made; a server's stream needs none of this. */
interface PartOptions {
  /** Closes the source and ends the stream with the part `abort`. */
  signal?: AbortSignal | undefined;
  /** Returns the text of the part `error`. Default: {@link describeError}. */
  readErrorMessage?: (error: unknown) => string;
}

/**
 * Returns what any reader may know of an error. One without a URL came before anything was sent: it is about the call, and
 * holds nothing that a server said.
 */
function describeError(error: unknown): string {
  return error instanceof BasetenError && !error.url ? error.message : toPublicError(error).message;
}

/**
 * Yields the parts of a message. An error of the source becomes a part; an item of a wrong type is thrown, since the
 * program is wrong.
 */
async function* iterateParts(
  source: AsyncIterator<unknown>,
  { signal, readErrorMessage = describeError }: PartOptions,
): AsyncGenerator<UIMessageChunk, void> {
  const parts: UIMessageChunk[] = [];
  const message = createMessageParts((part) => parts.push(part));
  const closeSource = () => closeIterator(source);
  const endEarly = (part: UIMessageChunk) => {
    message.addMetadata();
    parts.push(part);
  };
  let isEmpty = true;
  let isReading = true;
  if (signal?.aborted) closeSource();
  signal?.addEventListener("abort", closeSource);
  yield { type: "start" };
  try {
    for await (const item of { [Symbol.asyncIterator]: () => source }) {
      isEmpty = isReading = false;
      message.add(item);
      isReading = true;
      yield* parts.splice(0);
    }
  } catch (error) {
    if (!isReading) throw error;
    const isAbort = error instanceof Error && error.name === "AbortError";
    endEarly(isAbort ? { type: "abort" } : { type: "error", errorText: readErrorMessage(error) });
    return yield* parts;
  } finally {
    signal?.removeEventListener("abort", closeSource);
  }
  if (signal?.aborted) endEarly({ type: "abort" });
  else {
    assertValid(!isEmpty, "source", EXPECTED_SOURCE, undefined);
    message.finish();
  }
  yield* parts;
}

/** Yields the parts as server-sent events. AI SDK UI's protocol ends with `[DONE]`, after a failure too. */
async function* serializeParts(parts: AsyncIterable<UIMessageChunk>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  const serialize = (part: UIMessageChunk) => encoder.encode(`data: ${JSON.stringify(part)}\n\n`);
  try {
    for await (const part of parts) yield serialize(part);
  } catch (error) {
    // A wrong item, or a tool's result that JSON cannot hold.
    yield serialize({ type: "error", errorText: describeError(error) });
  }
  yield encoder.encode("data: [DONE]\n\n");
}

/** Creates a stream of an iterator's values. Cancelling it closes the source, which ends the iterator. */
function createStream<T>(iterator: AsyncIterator<T>, source: AsyncIterator<unknown>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        closeIterator(source);
        closeIterator(iterator);
      },
    },
    { highWaterMark: 0 },
  );
}

function openSource(source: AsyncIterable<unknown>): AsyncIterator<unknown> {
  assertAsyncIterable(source, "source", EXPECTED_SOURCE);
  return source[Symbol.asyncIterator]();
}

/** {@link toUIMessageStream} with the options that a transport sets. */
export function createUIMessageStream(
  source: AsyncIterable<unknown>,
  options: PartOptions,
): ReadableStream<UIMessageChunk> {
  const iterator = openSource(source);
  return createStream(iterateParts(iterator, options), iterator);
}

/**
 * Turns an answer into the message stream of AI SDK UI: the parts of one assistant message, for `useChat` and
 * `readUIMessageStream` of the package `ai`.
 *
 * ```ts
 * const parts = toUIMessageStream(stream(request));
 * ```
 *
 * Text (of the first choice; a refusal is text), reasoning, tool calls and their results (static tool parts), the usage as
 * the message's `metadata`, and the reason why the model stopped. Each request of `runTools` is a step. A tool call whose
 * arguments were cut off (`finish_reason: "length"`) stays without input.
 *
 * @param source - the chunks of `stream` or the events of `runTools`. It is started when the first part is read, and
 * closed when the stream is cancelled
 * @returns the parts, as objects. If the source fails, the last one is `error`, after all that came before it; for an
 * AbortError it is `abort`
 * @throws {BasetenError} `BadRequestError` if the source is not an async iterable. Reading rejects with one if an item is
 * neither a chunk nor a tool event, or if there is none
 */
export function toUIMessageStream(
  source: AsyncIterable<ChatCompletionChunk | ToolEvent>,
): ReadableStream<UIMessageChunk> {
  return createUIMessageStream(source, {});
}

/** `x-accel-buffering` and `no-transform` keep nginx and compressing proxies from collecting the events. */
const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-vercel-ai-ui-message-stream": "v1",
  "x-accel-buffering": "no",
};

/**
 * Turns an answer into a server's Response to `useChat`: the parts of {@link toUIMessageStream} as server-sent events.
 *
 * ```ts
 * const { messages } = await request.json();
 * return toUIMessageStreamResponse(stream({ model, messages: toChatMessages(messages) }));
 * ```
 *
 * @param source - the chunks of `stream` or the events of `runTools`; closed when the reader of the response leaves
 * @param init - status and headers; its headers win over those of the protocol
 * @returns the response. It ends with `[DONE]` after a failure too: what failed is the part `error` before it, without a
 * host, and "internal error" for what is not a `BasetenError`
 * @throws {BasetenError} `BadRequestError` if the source is not an async iterable
 */
export function toUIMessageStreamResponse(
  source: AsyncIterable<ChatCompletionChunk | ToolEvent>,
  init: ResponseInit = {},
): Response {
  const iterator = openSource(source);
  const events = serializeParts(iterateParts(iterator, {}));
  return new Response(createStream(events, iterator), { ...init, headers: mergeHeaders(HEADERS, init.headers) });
}
