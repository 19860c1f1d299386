import { assertAsyncIterable, assertValid } from "./error.ts";
import { type Controller, closeIterator, createIterator, type Source } from "./http/iterator.ts";
import type { ChatCompletionChunk } from "./types/chat.ts";
import { isObject } from "./wire/json.ts";

/** Reads the text that a chunk adds to the content of choice 0; `""` if it adds none. */
function readContent(chunk: ChatCompletionChunk): string {
  assertValid(isObject(chunk) && "choices" in chunk, "chunks", "the chunks of stream", chunk);
  const content: unknown = chunk.choices?.find(({ index }) => (index ?? 0) === 0)?.delta?.content;
  return typeof content === "string" ? content : "";
}

function openText(
  chunks: AsyncIterable<ChatCompletionChunk>,
  controller: Controller<string>,
): Source<IteratorResult<ChatCompletionChunk>> {
  assertAsyncIterable(chunks, "chunks", "the chunks of stream (await a promise first)");
  const iterator = chunks[Symbol.asyncIterator]();
  let isOver = false;
  return {
    pull: () => (isOver ? undefined : Promise.resolve(iterator.next())),
    parse({ done = false, value }) {
      isOver = done;
      const content = done ? "" : readContent(value);
      if (content) controller.enqueue(content);
    },
    close: () => closeIterator(iterator),
  };
}

/**
 * Yields the text of an answer as it comes: the content of choice 0, so that the choices of `n > 1` never mix.
 *
 * ```ts
 * for await (const piece of text(stream(request))) write(piece);
 * ```
 *
 * @param chunks - the chunks of `stream`; leaving the loop leaves them too
 * @returns the pieces of content, none of them empty
 * @throws {BasetenError} `BadRequestError` at the first `next()` if it is not an async iterable of chunks, such as the
 * promise of `completion`; what the chunks throw, as it is
 */
export function text(chunks: AsyncIterable<ChatCompletionChunk>): AsyncGenerator<string, undefined, undefined> {
  return createIterator((controller) => openText(chunks, controller));
}
