import { type Body, openBody } from "./http/body.ts";
import { begin, type Call } from "./http/call.ts";
import { stop } from "./http/deadline.ts";
import { END, iterator, type Settle } from "./http/iterator.ts";
import { send } from "./http/send.ts";
import { endWait, startWait } from "./http/wait.ts";
import type { ChatCompletionChunk, ChatRequest, ChatStream, ChatStreamRequest, Options } from "./types.ts";
import { add, type Chunks, chunkReader, lastChunk, nextChunk, verdict } from "./wire/chunks.ts";
import { shape } from "./wire/request.ts";

type Step = IteratorResult<ChatCompletionChunk, undefined>;
type Read = ReadableStreamReadResult<Uint8Array>;

/** An answer on its way. */
interface Answer {
  call: Call;
  /** There once the headers of a 2xx have come. */
  body: Body | undefined;
  utf8: TextDecoder;
  chunks: Chunks;
  /** Whether the end of the body was seen: nothing is left to cancel. */
  closed: boolean;
  /** What is wrong with what has been read, until it is told. */
  fault: { error: unknown } | undefined;
  settle: Settle<ChatCompletionChunk>;
  /** What a read calls back: made once, since it is there for each. */
  onRead(result: Read): void;
  onBreak(cause: unknown): void;
  onFailure(error: unknown): void;
}

/** How long, in ms, the end of the body may lag behind `[DONE]`. Seeing it lets Node use the connection again. */
const LINGER = 50;

function open(request: ChatRequest | ChatStreamRequest, options: Options, settle: Answer["settle"]): Answer {
  const { target, body } = shape(request, options, true);
  const call = begin(target, "/chat/completions", options, body);
  const answer: Answer = {
    call,
    body: undefined,
    // The decoder of events drops the BOM.
    utf8: new TextDecoder("utf-8", { ignoreBOM: true }),
    chunks: chunkReader(call.trace),
    closed: false,
    fault: undefined,
    settle,
    onRead: (result) => take(result, answer),
    onBreak(cause) {
      endWait(call.deadline);
      fail(answer.body?.blame(cause), answer);
    },
    onFailure: (error) => fail(error, answer),
  };
  return answer;
}

function release({ call, body, closed }: Answer): void {
  call.deadline.release();
  if (closed) return;
  body?.cancel();
  stop(call.deadline, "reader");
}

const step = (value: ChatCompletionChunk | undefined): Step => (value ? { done: false, value } : END);

function fail(error: unknown, { call, chunks, settle }: Answer): void {
  const aborted = call.deadline.ended?.by === "caller";
  const failure = aborted ? error : verdict(error, chunks);
  if (failure === undefined) settle.give(END);
  else settle.fail(failure);
}

/**
 * The text of a read. One that ends in ASCII cuts no character, so that the decoder may be flushed, which in Node is the
 * fast way; an empty one flushes nothing.
 */
function decode({ done, value }: Read, { utf8 }: Answer): string {
  const last = value?.[value.length - 1] ?? 255;
  return utf8.decode(value, { stream: !done && last > 127 });
}

/** Gives what a read holds, or reads on. */
function advance(result: Read, answer: Answer): void {
  const { chunks, settle } = answer;
  answer.closed = result.done;
  // Behind [DONE] a read is there to see the end, and for nothing else.
  const lingered = chunks.done;
  if (!lingered) add(decode(result, answer), chunks);
  const chunk = nextChunk(chunks);
  if (chunk || lingered || result.done) settle.give(step(chunk ?? lastChunk(chunks)));
  else read(answer);
}

function take(result: Read, answer: Answer): void {
  endWait(answer.call.deadline);
  try {
    advance(result, answer);
  } catch (error) {
    fail(error, answer);
  }
}

/** Asks for the next bytes; {@link take} goes on with them. */
function read({ call, body, chunks, onRead, onBreak, onFailure }: Answer): void {
  startWait(call.deadline, "idle", onFailure, chunks.done ? LINGER : undefined);
  (body as Body).next().then(onRead, onBreak);
}

async function connect(answer: Answer): Promise<void> {
  const { call } = answer;
  answer.body = openBody(await send(call), call.deadline);
  read(answer);
}

/** The next chunk of what has been read. What an abort finds there is dropped. */
function ready(answer: Answer): Step | undefined {
  if (answer.fault || answer.call.deadline.ended?.by === "caller") return;
  try {
    const chunk = nextChunk(answer.chunks);
    return chunk && step(chunk);
  } catch (error) {
    answer.fault = { error };
    return;
  }
}

/** Goes on behind what has been read: with the failure found there, or the next bytes. */
function ask(answer: Answer): void {
  try {
    if (answer.fault) throw answer.fault.error;
    if (answer.body) read(answer);
    else connect(answer).catch(answer.onFailure);
  } catch (error) {
    fail(error, answer);
  }
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
  let answer: Answer | undefined;
  return iterator({
    ready: () => answer && ready(answer),
    ask(settle) {
      answer ??= open(request, options, settle);
      ask(answer);
    },
    stop: () => answer && release(answer),
  });
}
