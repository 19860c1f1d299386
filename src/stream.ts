import { type Body, openBody, type Read, readFailure } from "./http/body.ts";
import { begin, type Call } from "./http/call.ts";
import { end, type Timer } from "./http/deadline.ts";
import { iterator, type Source } from "./http/iterator.ts";
import { send } from "./http/send.ts";
import type { ChatCompletionChunk, ChatRequest, ChatStream, ChatStreamRequest } from "./types/chat.ts";
import type { Options } from "./types/options.ts";
import { add, type Chunks, chunkReader, judge, nextChunk } from "./wire/chunks.ts";
import { shape } from "./wire/request.ts";

/** An answer on its way. */
interface Answer {
  call: Call;
  /** There once the headers of a 2xx have come. */
  body?: Body | undefined;
  utf8: TextDecoder;
  chunks: Chunks;
  /** Ends the read behind `[DONE]`. */
  linger?: Timer | undefined;
  /** Whether nothing more will be read. */
  over: boolean;
}

/** How long, in ms, the end of the body may lag behind `[DONE]`. Seeing it lets Node use the connection again. */
const LINGER = 50;

function open(request: ChatRequest | ChatStreamRequest, options: Options): Answer {
  const { target, body } = shape(request, options, true);
  const call = begin(target, "/chat/completions", options, body);
  // The decoder of events drops the BOM.
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  const chunks = chunkReader(call.trace);
  return { call, utf8, chunks, over: false };
}

/** The next chunk of what has been read. What an abort finds there is dropped. */
function next({ call, chunks }: Answer): ChatCompletionChunk | undefined {
  return call.deadline.ended === "caller" ? undefined : nextChunk(chunks);
}

async function connect(answer: Answer): Promise<undefined> {
  const { call } = answer;
  answer.body = openBody(await send(call), call.deadline);
}

function ask(answer: Answer): Promise<Read | undefined> | undefined {
  const { body, call, chunks, over } = answer;
  const { deadline } = call;
  if (deadline.ended === "caller") throw deadline.reason;
  if (chunks.fault) throw chunks.fault.error;
  if (over) return;
  if (!body) return connect(answer);
  // Behind [DONE] a read is there to see the end, and for nothing else.
  if (chunks.done) answer.linger = setTimeout(() => end(deadline, "reader"), LINGER);
  return body.ask();
}

/**
 * The text of a read. One that ends in ASCII cuts no character, so that the decoder may be flushed, which in Node is the
 * fast way; an empty one flushes nothing.
 */
function decode(bytes: Uint8Array | undefined, { utf8 }: Answer): string {
  return utf8.decode(bytes, { stream: bytes !== undefined && (bytes[bytes.length - 1] ?? 255) > 127 });
}

function take(read: Read | undefined, answer: Answer): void {
  const { body, chunks } = answer;
  if (!(read && body)) return;
  const bytes = body.take(read);
  chunks.ended = !bytes;
  answer.over = chunks.ended || chunks.done;
  if (!chunks.done) add(decode(bytes, answer), chunks);
}

function fail(error: unknown, { call, chunks }: Answer): void {
  const { deadline } = call;
  if (deadline.ended === "caller") throw deadline.reason;
  judge(readFailure(error, deadline), chunks);
}

function stop({ call, chunks, linger }: Answer): void {
  clearTimeout(linger);
  if (chunks.ended) call.deadline.release();
  else end(call.deadline, "reader");
}

function sourceOf(answer: Answer): Source<ChatCompletionChunk, Read | undefined> {
  return {
    next: () => next(answer),
    ask: () => ask(answer),
    take: (read) => take(read, answer),
    judge: (error) => fail(error, answer),
    stop: () => stop(answer),
  };
}

/**
 * Asks a model and gives its answer chunk by chunk, as it comes.
 *
 * ```ts
 * for await (const { choices } of stream({ model: "baseten/openai/gpt-oss-120b", messages })) {
 *   write(choices[0]?.delta.content ?? "");
 * }
 * ```
 *
 * The request leaves at the first `next()`, which is also when `request` and `options` are read. Nothing is read from
 * the server that was not asked for. `break`, a throw in the loop and `return()` end the answer at once and stop the
 * server. A stream that is dropped without any of them keeps its connection, and one listener on the signal, until the
 * server, the signal or `timeout.total` ends it.
 *
 * @param request - the body of the wire; `stream: true` is sent, and `stream_options.include_usage` unless it is set
 * @param options - key, address, time and retries; see {@link Options} for the defaults
 * @returns the chunks, as the server sent them; a loop that ends without a throw has seen the whole answer
 * @throws {BasetenError} at `next()`, after every chunk that came before the failure: `StreamTruncatedError` if the
 * stream ends before `[DONE]` or a `finish_reason`, and others told apart by `name`. An abort throws `signal.reason`.
 */
export function stream(request: ChatRequest | ChatStreamRequest, options: Options = {}): ChatStream {
  return iterator(() => sourceOf(open(request, options)));
}
