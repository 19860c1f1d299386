import { collect } from "./collect.ts";
import { assertValid, BasetenError } from "./error.ts";
import { assertSignal } from "./http/abortable.ts";
import { type Controller, createIterator, type Source } from "./http/iterator.ts";
import { stream } from "./stream.ts";
import type { ChatCompletion, ChatCompletionChunk, ChatRequest, ChatStream, Message, ToolCall } from "./types/chat.ts";
import type { Options } from "./types/options.ts";
import type { ToolDefinitions, ToolEvent } from "./types/tools.ts";
import { isObject } from "./wire/json.ts";
import { assertOptions, CALL_OPTIONS, pickCallOptions } from "./wire/options.ts";
import { createToolSet, type ToolSet } from "./wire/tool-set.ts";

/** The options of `runTools`: those of every call, which hold for each request, and the limit of the loop. */
export interface RunToolsOptions extends Options {
  /** The most requests to send, a whole number above 0. Default 8. */
  maxSteps?: number | undefined;
}

type Events = AsyncGenerator<ToolEvent, ChatCompletion, undefined>;

/** A loop with its arguments checked. */
interface Loop {
  request: ChatRequest;
  toolSet: ToolSet;
  maxSteps: number;
  /** Of each request. */
  options: Options;
}

/** Yields the chunks of one answer and returns its completion. A failure carries the chunks before it as `partial`. */
async function* readAnswer(chunks: ChatStream): Events {
  const seen: ChatCompletionChunk[] = [];
  try {
    for await (const chunk of chunks) {
      seen.push(chunk);
      yield { type: "chunk", chunk };
    }
  } catch (error) {
    if (error instanceof BasetenError) error.partial = await collect(seen);
    throw error;
  }
  // Without `await` WebKit hands the promise itself to `yield*`.
  return await collect(seen);
}

/** Appends an answer to the conversation and returns the calls in it that are not the server's own. */
function appendAnswer(
  { choices: [choice] }: ChatCompletion,
  messages: Message[],
  { isServerCall }: ToolSet,
): ToolCall[] {
  if (!choice) return [];
  const { tool_calls = [], ...message } = choice.message;
  // The server has run its own calls already: no tool message will answer them.
  const calls = tool_calls.filter((call) => !isServerCall(call));
  // A tool message refers to its call by the id, which some servers leave out.
  for (const [index, call] of calls.entries()) call.id ||= `call_${messages.length}_${index}`;
  messages.push(calls.length > 0 ? { ...message, tool_calls: calls } : message);
  return calls;
}

async function* runLoop({ request, toolSet, maxSteps, options }: Loop, signal: AbortSignal): Events {
  const messages: Message[] = [...request.messages];
  for (let step = 1; ; step++) {
    const chunks = stream({ ...request, messages, ...toolSet.fields }, { ...options, signal });
    const completion = yield* readAnswer(chunks);
    const calls = appendAnswer(completion, messages, toolSet);
    for (const call of calls) yield { type: "tool-call", call };
    const reason = completion.choices[0]?.finish_reason ?? null;
    // No further request would send the results of the last step.
    const isPending = (call: ToolCall): boolean => step === maxSteps || toolSet.isPending(call, reason);
    const pending = calls.filter(isPending);
    const runs = calls.filter((call) => !pending.includes(call)).map((call) => toolSet.run(call, signal));
    for (const run of runs) {
      const { event, content } = await run;
      messages.push({ role: "tool", tool_call_id: event.call.id, content });
      yield event;
    }
    if (runs.length > 0 && pending.length === 0) continue;
    yield { type: "finish", completion, messages, pending };
    return completion;
  }
}

function readLoop(request: ChatRequest, tools: unknown, options: RunToolsOptions): Loop {
  const { maxSteps = 8 } = options;
  assertValid(isObject(request), "request", "an object", request);
  assertValid(Array.isArray(request.messages), "messages", "an array", request.messages);
  assertValid(Number.isInteger(maxSteps) && maxSteps > 0, "maxSteps", "a whole number above 0", maxSteps);
  assertSignal(options.signal);
  const toolSet = createToolSet(tools, request.tools);
  // Copies, so that a later change of these objects does not reach the steps that follow.
  return { request: { ...request }, toolSet, maxSteps, options: pickCallOptions(options) };
}

/** Opens the loop so that an abort and an end take effect at once, also while a tool runs that ignores its signal. */
function openLoop(
  loop: Loop,
  controller: Controller<ToolEvent, ChatCompletion>,
): Source<IteratorResult<ToolEvent, ChatCompletion>> {
  const { signal } = loop.options;
  const aborter = new AbortController();
  const events = runLoop(loop, aborter.signal);
  let isOver = false;
  const abort = (): void => {
    aborter.abort(signal?.reason);
    controller.abort(aborter.signal.reason);
  };
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort);
  return {
    pull: () => events.next(),
    parse(result) {
      isOver = result.done ?? false;
      if (result.done) controller.close(result.value);
      else controller.enqueue(result.value);
    },
    close() {
      signal?.removeEventListener("abort", abort);
      if (!isOver) aborter.abort();
      // Not waited for: a tool that ignores its signal delays the end of the generator.
      events.return(undefined as never).catch(() => {});
    },
  };
}

/**
 * Calls the model, runs the tools that it asks for, sends their results back, and so on until it answers.
 *
 * ```ts
 * const events = runTools({ model, messages }, {
 *   weather: {
 *     description: "The weather in a city",
 *     parameters: z.object({ city: z.string() }),
 *     execute: ({ city }) => fetchWeather(city),
 *   },
 * });
 * for await (const event of events) {
 *   if (event.type === "chunk") write(event.chunk.choices[0]?.delta.content ?? "");
 *   if (event.type === "finish") messages = event.messages;
 * }
 * ```
 *
 * - The calls of one answer run side by side; their results are in the order of the calls.
 * - A call is left pending, and ends the loop, if its tool has no `execute`, if it is of a function in `request.tools`,
 *   if `finish_reason: "length"` cut its arguments off, or if `maxSteps` requests were sent. The other calls of the answer
 *   run, except after `maxSteps` requests. Append a tool message for each pending call to `messages` to go on.
 * - An unknown tool, arguments that are not JSON or do not fit, and what `execute` throws are told to the model.
 *
 * @param request - the body of the first request; choice 0 of each answer counts. Server-side tools belong in its `tools`
 * @param tools - the tools by name
 * @param options - as for `stream`, `timeout` and `maxRetries` for each request; and `maxSteps`, default 8
 * @returns what happens, as events; the last is `finish`. The generator's return value is the last completion
 * @throws {BasetenError} at `next()`: `BadRequestError` for a wrong tool, schema or option, and what `stream` throws, with
 * the answer so far as `partial`. An abort throws `signal.reason` at once, and aborts the `signal` of running tools.
 */
export function runTools<Args extends Record<string, unknown>>(
  request: ChatRequest,
  tools: ToolDefinitions<Args>,
  options: RunToolsOptions = {},
): AsyncGenerator<ToolEvent, ChatCompletion, undefined> {
  return createIterator((controller) => {
    assertOptions(options, [...CALL_OPTIONS, "maxSteps"]);
    return openLoop(readLoop(request, tools, options), controller);
  });
}
