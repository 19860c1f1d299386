import { BasetenError } from "./error.ts";
import { type BodyRead, type BodyReader, LINGER_MS, openBody, toReadError } from "./http/body.ts";
import { type Call, startCall } from "./http/call.ts";
import { type Controller, createIterator, type Source } from "./http/iterator.ts";
import { send } from "./http/send.ts";
import { createTimer } from "./http/timer.ts";
import type { ChatCompletionChunk, ChatRequest, ChatStream, ChatStreamRequest } from "./types/chat.ts";
import type { Options } from "./types/options.ts";
import { buildChatRequest } from "./wire/chat-request.ts";
import { createChunkParser } from "./wire/chunk-parser.ts";
import { endpointURL } from "./wire/target.ts";
import { createTextDecoder } from "./wire/utf8.ts";

// For `ai-sdk`, which adds headers to the options of a call.
export { readSendOptions } from "./http/call.ts";
export { pickCallOptions } from "./wire/options.ts";

/**
 * Opens a stream: its first pull sends the request, each later one reads from the body.
 * @param onStart - is given the call, whose `createError` builds errors about the answer
 */
export function openStream(
  request: ChatRequest | ChatStreamRequest,
  options: Options,
  controller: Controller<ChatCompletionChunk>,
  onStart?: (call: Call) => void,
): Source<BodyRead> {
  const { target, body: json } = buildChatRequest(request, options, true);
  const url = endpointURL(target, "/chat/completions");
  const call = startCall(target, { url, method: "POST", body: json }, options);
  onStart?.(call);
  /** Opened when the headers of a 2xx have come. */
  let body: BodyReader | undefined;
  let isReading = false;
  let hasEvent = false;
  let isBodyAtEnd = false;
  /** After `[DONE]` one more read is made, for the end of the body. */
  let wasLastRead = false;
  const decode = createTextDecoder();
  const parser = createChunkParser(call.createError, (chunk) => {
    hasEvent = true;
    controller.enqueue(chunk);
  });
  const linger = createTimer(LINGER_MS, controller.close);

  call.signal.addEventListener("abort", () => {
    if (call.endedBy() === "caller") controller.abort(call.signal.reason);
    // Before there is a body `send` rejects by itself: it may have a status to report instead.
    else if (body) controller.error(call.signal.reason);
  });

  function read(from: BodyReader): Promise<BodyRead> {
    if (parser.isDone()) linger.start();
    isReading = true;
    return from.read();
  }

  async function connect(): Promise<BodyRead> {
    body = openBody(await send(call), call);
    return read(body);
  }

  return {
    pull() {
      if (wasLastRead) return;
      return body ? read(body) : connect();
    },
    parse({ done, value }) {
      const text = decode(value);
      const wasDone = parser.isDone();
      isReading = false;
      isBodyAtEnd = done;
      wasLastRead = done || wasDone;
      hasEvent = false;
      if (!wasDone) parser.feed(text);
      if (done && !parser.isDone()) parser.flush();
      // JSON that comes instead of a stream has no comments.
      call.clock.endRead(hasEvent || !parser.isEventStream());
    },
    finalError(cause) {
      // Chunks before the failure keep the call open until they are taken, but no read is waited for.
      call.clock.endRead(true);
      // What a read rejects with comes from the caller's fetch, even if it is a BasetenError.
      const isOwn = cause instanceof BasetenError && !isReading;
      return parser.finalError(isOwn ? cause : toReadError(cause, call));
    },
    close() {
      linger.stop();
      if (isBodyAtEnd) call.close();
      else call.abort();
    },
  };
}

/**
 * Asks a model and yields its answer chunk by chunk, as it comes.
 *
 * ```ts
 * for await (const { choices } of stream({ model: "baseten/openai/gpt-oss-120b", messages })) {
 *   write(choices[0]?.delta.content ?? "");
 * }
 * ```
 *
 * The request is sent at the first `next()`, which is also when `request` and `options` are read. Nothing is read from
 * the server before it is asked for. `break`, a throw in the loop and `return()` end the stream at once, and the server
 * stops generating. A stream that is dropped without any of them keeps its connection, and one listener on the signal,
 * until the server, the signal or `timeout.total` ends it.
 *
 * @param request - the JSON body; `stream: true` is sent, and `stream_options.include_usage` unless it is set
 * @param options - key, address, timeouts and retries; see {@link Options} for the defaults
 * @returns the chunks, as the server sent them; a loop that ends without a throw has seen the whole answer
 * @throws {BasetenError} at `next()`, after every chunk that came before the failure: `StreamTruncatedError` if the
 * stream ends before `[DONE]` or a `finish_reason`, and others told apart by `name`. An abort throws `signal.reason` at once,
 * and drops the chunks that were not delivered.
 */
export function stream(request: ChatRequest | ChatStreamRequest, options: Options = {}): ChatStream {
  return createIterator((controller) => openStream(request, options, controller));
}
