import type { BasetenError } from "./error.ts";
import { type Body, openBody, readText } from "./http/body.ts";
import { begin, type Call } from "./http/call.ts";
import { stop } from "./http/deadline.ts";
import { iterator } from "./http/iterator.ts";
import { send } from "./http/send.ts";
import type { ChatCompletionChunk, ChatRequest, ChatStream, ChatStreamRequest, Options } from "./types.ts";
import { failure, invalidResponse } from "./wire/failure.ts";
import { parse } from "./wire/json.ts";
import { asChunk, readChunk, readCompletion } from "./wire/reply.ts";
import { shape } from "./wire/request.ts";
import { EVENT_LIMIT, type EventDecoder, eventDecoder, next, push, rest } from "./wire/sse.ts";

type Step = IteratorResult<ChatCompletionChunk, undefined>;

/** An answer on its way. */
interface Answer {
  call: Call;
  /** There once the headers of a 2xx have come. */
  body: Body | undefined;
  utf8: TextDecoder;
  events: EventDecoder;
  /** Whether the body's first character was seen. */
  sniffed: boolean;
  /** Which of the choices seen have a `finish_reason`. */
  finished: Map<number, boolean>;
  /** Whether the server said that the answer is whole. */
  done: boolean;
  /** Whether the end of the body was seen: nothing is left to cancel. */
  closed: boolean;
}

const END: Step = { done: true, value: undefined };

/** How long, in ms, the end of the body may lag behind `[DONE]`. Seeing it lets Node use the connection again. */
const LINGER = 50;

/** As much of a page as an error may quote, in bytes: 500 characters. */
const PAGE = 2_000;

function open(request: ChatRequest | ChatStreamRequest, options: Options): Answer {
  const { target, body } = shape(request, options, true);
  const call = begin(target, "/chat/completions", options, body);
  return {
    call,
    body: undefined,
    utf8: new TextDecoder(),
    events: eventDecoder(() => invalidResponse("an event of more than 16 MiB", "", call.trace)),
    sniffed: false,
    finished: new Map(),
    done: false,
    closed: false,
  };
}

function release({ call, body, closed }: Answer): void {
  call.deadline.release();
  if (closed) return;
  body?.cancel();
  stop(call.deadline, "reader");
}

function isComplete({ done, finished }: Answer): boolean {
  return done || (finished.size > 0 && [...finished.values()].every(Boolean));
}

function note({ choices }: ChatCompletionChunk, { finished }: Answer): void {
  for (const { index = 0, finish_reason } of choices) {
    if (finish_reason || !finished.has(index)) finished.set(index, Boolean(finish_reason));
  }
}

/** The next chunk of what has been read, if it holds a whole one. */
function ready(answer: Answer): Step | undefined {
  const { call, events } = answer;
  // After an abort, what was not handed out is dropped; the next read gives the reason.
  if (answer.done || call.deadline.ended?.by === "caller") return;
  for (let data = next(events); data !== undefined; data = next(events)) {
    const text = data.trim();
    if (text === "[DONE]") {
      answer.done = true;
      return;
    }
    const chunk = text ? readChunk(text, call.trace) : undefined;
    if (!chunk) continue;
    note(chunk, answer);
    return { done: false, value: chunk };
  }
  return;
}

/** Whether the body is no event stream. Its first character decides, not the content type: servers mislabel both. */
function isSingle(text: string, answer: Answer): boolean {
  if (answer.sniffed) return false;
  const [first] = text.trimStart();
  answer.sniffed = first !== undefined;
  return first !== undefined && "{[<".includes(first);
}

/** A body that is no event stream: a completion, as servers send that do not stream, or something else. */
async function single(head: string, body: Body, answer: Answer): Promise<Step> {
  const { deadline, trace } = answer.call;
  const html = head.trimStart().startsWith("<");
  const { text, failure } = await readText(body, html ? PAGE : EVENT_LIMIT, head, answer.utf8);
  if (failure !== undefined && (!html || deadline.ended?.by === "caller")) throw failure;
  if (html) throw invalidResponse("no event stream", text, trace);
  const value = asChunk(readCompletion(text, trace));
  answer.done = true;
  return { done: false, value };
}

/** Whether what stood behind the last blank line is whole. No part of a JSON object is JSON. */
function isWhole(data: string | undefined): boolean {
  return data !== undefined && (data.trim() === "[DONE]" || parse(data) !== undefined);
}

/** What to give at the end of the body: an event that only lacks its blank line, the end, or the truth. */
function last(answer: Answer): Step {
  if (isWhole(rest(answer.events))) {
    push("\n\n", answer.events);
    const step = ready(answer);
    if (step) return step;
  }
  if (isComplete(answer)) return END;
  throw failure("StreamTruncatedError", "the stream ended before the answer was complete", answer.call.trace);
}

/** A complete answer is not spoiled by what follows it; only an error event or the caller's abort still is one. */
function settle(error: unknown, answer: Answer): Step {
  const aborted = answer.call.deadline.ended?.by === "caller";
  if (aborted || !isComplete(answer) || (error as BasetenError | undefined)?.name === "APIError") throw error;
  return END;
}

/** Reads on until there is a chunk, or none will come. */
async function more(answer: Answer): Promise<Step> {
  const { call, events, utf8 } = answer;
  try {
    answer.body ??= openBody(await send(call), call.deadline, call.trace);
    for (;;) {
      const { done, value } = await answer.body.read(answer.done ? LINGER : undefined);
      answer.closed = done;
      if (answer.done) return END;
      const text = utf8.decode(value, { stream: !done });
      if (isSingle(text, answer)) return await single(text, answer.body, answer);
      push(text, events);
      const step = ready(answer) ?? (done ? last(answer) : undefined);
      if (step) return step;
    }
  } catch (error) {
    return settle(error, answer);
  }
}

function pull(answer: Answer): Step | Promise<Step> {
  try {
    return ready(answer) ?? more(answer);
  } catch (error) {
    return settle(error, answer);
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
  return iterator(
    () => {
      answer ??= open(request, options);
      return pull(answer);
    },
    () => answer && release(answer),
  );
}
