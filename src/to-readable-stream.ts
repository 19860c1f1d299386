import { assertValid, BasetenError } from "./error.ts";
import type { ChatCompletionChunk } from "./types/chat.ts";

/** What the message of an error begins with if a request was sent: the status, and the host. */
const ORIGIN = /^(\d+ from )?\S+: /;

/** Returns what the reader may know of an error: no address, and nothing of an error that is not about an answer. */
function toErrorBody(error: unknown): Record<string, unknown> {
  if (!(error instanceof BasetenError && (error.url || error.status))) {
    return { message: "internal error", type: "InternalServerError", code: null };
  }
  const { name, message, url = "", type = name, code = null } = error;
  // The words of a runtime name addresses.
  if (name === "APIConnectionError") return { message: "the connection to the model failed", type, code };
  const host = url && new URL(url).host;
  const words = message.replace(ORIGIN, "");
  return { message: host ? words.replaceAll(host, "***") : words, type, code };
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
 * @throws {BasetenError} `BadRequestError` for what is no async iterable
 */
export function toReadableStream(chunks: AsyncIterable<ChatCompletionChunk>): ReadableStream<Uint8Array> {
  const isIterable = typeof chunks?.[Symbol.asyncIterator] === "function";
  assertValid(isIterable, "chunks", "an async iterable of chunks", chunks);
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
          controller.enqueue(event(JSON.stringify({ error: toErrorBody(error) })));
          controller.close();
        }
      },
      cancel() {
        // Not waited for: a generator's return() may wait for a server.
        (async () => iterator.return?.())().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
