import { assertAsyncIterable, BasetenError } from "./error.ts";
import { closeIterator } from "./http/iterator.ts";
import type { ChatCompletionChunk } from "./types/chat.ts";

// For `ai-sdk`, which writes streams of its own.
export { closeIterator };

/** What the message of an error begins with if a request was sent: the status, if one came, and the host. */
const ORIGIN = /^(\d+ from )?\S+: /;

/** What any reader may know of an error. */
interface PublicError {
  message: string;
  type: string;
  code: string | number | null;
}

function readPublicMessage({ name, message, url }: BasetenError): string {
  // A runtime's messages may contain addresses.
  if (name === "APIConnectionError") return "the connection to the model failed";
  const words = message.replace(ORIGIN, "");
  return url ? words.replaceAll(new URL(url).host, "***") : words;
}

/** Returns what any reader may know of an error: no address, and nothing of an error that is not about an answer. */
export function toPublicError(error: unknown): PublicError {
  // An AuthenticationError without a status is about the key of this server, and nothing was sent.
  if (error instanceof BasetenError && (error.status || (error.url && error.name !== "AuthenticationError"))) {
    const { name, type = name, code = null } = error;
    return { message: readPublicMessage(error), type, code };
  }
  return { message: "internal error", type: "InternalServerError", code: null };
}

/**
 * Writes chunks as server-sent events, for a server that passes an answer on to a page:
 *
 * ```ts
 * const headers = { "content-type": "text/event-stream" };
 * return new Response(toReadableStream(stream(request, { signal: req.signal })), { headers });
 * ```
 *
 * It ends with `[DONE]`. A failure becomes an event `{"error":{"message","type","code"}}` without `[DONE]`, so that a
 * reader of it fails too; the message is the server's, without its host, or `internal error` for an error of another kind.
 * Nothing is read from `chunks` before it is asked for. Cancelling the stream closes them.
 *
 * @param chunks - of `stream`, or any async iterable of chunks
 * @throws {BasetenError} `BadRequestError` for anything but an async iterable
 */
export function toReadableStream(chunks: AsyncIterable<ChatCompletionChunk>): ReadableStream<Uint8Array> {
  assertAsyncIterable(chunks, "chunks", "an async iterable of chunks");
  const iterator = chunks[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const event = (data: string): Uint8Array => encoder.encode(`data: ${data}\n\n`);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next();
          controller.enqueue(event(done ? "[DONE]" : JSON.stringify(value)));
          if (done) controller.close();
        } catch (error) {
          controller.enqueue(event(JSON.stringify({ error: toPublicError(error) })));
          controller.close();
          // If JSON.stringify threw, the chunks are still open.
          closeIterator(iterator);
        }
      },
      cancel: () => closeIterator(iterator),
    },
    { highWaterMark: 0 },
  );
}
