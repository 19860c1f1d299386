import { iterator, type Source } from "./http/iterator.ts";
import type { ChatCompletionChunk } from "./types/chat.ts";

type Step = IteratorResult<ChatCompletionChunk>;

function open(chunks: AsyncIterator<ChatCompletionChunk>): Source<string, Step> {
  let piece: string | undefined;
  let over = false;
  let leave: (() => void) | undefined;
  return {
    next() {
      const next = piece;
      piece = undefined;
      return next;
    },
    ask() {
      if (over) return;
      return new Promise((resolve, reject) => {
        leave = () => resolve({ done: true, value: undefined });
        Promise.resolve(chunks.next()).then(resolve, reject);
      });
    },
    take({ done = false, value }) {
      over = done;
      const content = !done && value.choices?.find(({ index = 0 }) => index === 0)?.delta?.content;
      if (content && typeof content === "string") piece = content;
    },
    judge(error) {
      throw error;
    },
    stop() {
      leave?.();
      // Nobody waits for the chunks to close: a generator's return() may wait for a server.
      (async () => chunks.return?.())().catch(() => {});
    },
  };
}

/**
 * The text of an answer as it comes: the content of choice 0, so that the choices of `n > 1` never mix.
 *
 * ```ts
 * for await (const piece of text(stream(request))) write(piece);
 * ```
 *
 * @param chunks - the chunks of `stream`; leaving the loop leaves them too
 * @returns the pieces of content, none of them empty
 * @throws what the chunks throw
 */
export function text(chunks: AsyncIterable<ChatCompletionChunk>): AsyncGenerator<string, undefined, undefined> {
  return iterator(() => open(chunks[Symbol.asyncIterator]()));
}
