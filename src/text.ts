import { iterator } from "./http/iterator.ts";
import type { ChatCompletionChunk } from "./types.ts";

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
  let source: AsyncIterator<ChatCompletionChunk> | undefined;
  const find = async (): Promise<IteratorResult<string, undefined>> => {
    source ??= chunks[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await source.next();
      if (done) return { done, value: undefined };
      const content = value.choices?.find(({ index = 0 }) => index === 0)?.delta?.content;
      if (content && typeof content === "string") return { done: false, value: content };
    }
  };
  // Nobody waits for the chunks to close: a generator's return() may wait for a server.
  const stop = (): void => void (async () => source?.return?.())().catch(() => {});
  return iterator({ ready: () => undefined, ask: ({ give, fail }) => void find().then(give, fail), stop });
}
