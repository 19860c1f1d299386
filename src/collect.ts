import { assertValid, BasetenError } from "./error.ts";
import type { ChatCompletion, ChatCompletionChunk } from "./types/chat.ts";
import { assignPresent, createFields, type Fields, isObject } from "./wire/json.ts";
import { filterObjects, normalizeMessage } from "./wire/normalize.ts";
import { createToolCallMerger } from "./wire/tool-calls.ts";

// For `ai-sdk`, which shows the calls while they stream in.
export { createCallFinder, type KeyedCall } from "./wire/call-finder.ts";
export { isObject, parseJSON } from "./wire/json.ts";

/** Puts the parts of a completion together. */
interface Merger {
  add(part: Fields): void;
  /** Returns what the parts so far add up to. May be called at any time. */
  finish(): Fields;
}

/** The fields of a delta that are pieces of one text. */
const TEXT_FIELDS = ["content", "refusal", "reasoning", "reasoning_content"];

function createMessageMerger(): Merger {
  const fields = createFields();
  const toolCalls = createToolCallMerger();
  const functionCall = createToolCallMerger();

  return {
    add({ tool_calls, function_call, ...delta }) {
      // `stream` has done this; chunks from elsewhere may still hold content parts.
      normalizeMessage(delta);
      for (const field of TEXT_FIELDS) {
        delta[field] = typeof delta[field] === "string" ? `${fields[field] ?? ""}${delta[field]}` : null;
      }
      assignPresent(fields, delta);
      for (const call of filterObjects(tool_calls)) toolCalls.add(call);
      // A message has one `function_call`: one index for all its deltas.
      if (isObject(function_call)) functionCall.add({ index: 0, function: function_call });
    },
    finish() {
      const tool_calls = toolCalls.finish();
      const function_call = functionCall.finish()[0]?.function;
      const content = tool_calls.length > 0 || function_call ? fields.content || null : (fields.content ?? null);
      return {
        ...fields,
        role: fields.role || "assistant",
        content,
        ...(tool_calls.length > 0 && { tool_calls }),
        ...(function_call !== undefined && { function_call }),
      };
    },
  };
}

/** Joins lists of tokens under any name. A name whose lists are all null is null. */
function addLogprobs(logprobs: Fields, lists: Fields): void {
  for (const [name, tokens] of Object.entries(logprobs)) {
    lists[name] ??= Array.isArray(tokens) ? [] : null;
    const list = lists[name];
    // One by one: a spread into `push` throws a RangeError beyond some 100,000 entries.
    if (Array.isArray(list) && Array.isArray(tokens)) for (const token of tokens) list.push(token);
  }
}

function createChoiceMerger(index: number): Merger {
  const fields = createFields();
  const message = createMessageMerger();
  let lists: Fields | undefined;

  return {
    add({ index: _, delta, logprobs, ...rest }) {
      assignPresent(fields, rest);
      if (isObject(delta)) message.add(delta);
      if (!isObject(logprobs)) return;
      lists ??= createFields();
      addLogprobs(logprobs, lists);
    },
    finish: () => ({
      index,
      finish_reason: null,
      ...fields,
      message: message.finish(),
      ...(lists && { logprobs: { ...lists } }),
    }),
  };
}

function createCompletionMerger(): Merger {
  const fields = createFields();
  const choiceMergers = new Map<number, Merger>();

  return {
    add({ choices, created, ...rest }) {
      // Azure's first and last chunks say 0, and "" for the other fields.
      assignPresent(fields, { ...rest, created: created || null });
      for (const choice of filterObjects(choices)) {
        const index = typeof choice.index === "number" ? choice.index : 0;
        const merger = choiceMergers.get(index) ?? createChoiceMerger(index);
        choiceMergers.set(index, merger);
        merger.add(choice);
      }
    },
    finish() {
      const sorted = [...choiceMergers].sort(([a], [b]) => a - b);
      const choices = sorted.map(([, merger]) => merger.finish());
      return { id: "", created: 0, model: "", ...fields, object: "chat.completion", choices };
    },
  };
}

function assertIterable(chunks: object): void {
  // Only objects: a string is iterable, but holds no chunks.
  const isIterable = Object(chunks) === chunks && (Symbol.asyncIterator in chunks || Symbol.iterator in chunks);
  // The rejection of a promise would have no handler.
  if (!isIterable) Promise.resolve(chunks).catch(() => {});
  assertValid(isIterable, "chunks", "an iterable of chunks (await a promise first)", chunks);
}

/**
 * Puts chunks together into the completion that the call without a stream would have given: texts joined, tool calls
 * merged, usage the last one seen (it is cumulative), every choice of `n`.
 *
 * ```ts
 * const { choices, usage } = await collect(stream(request), ({ choices }) => render(choices[0]?.delta.content));
 * ```
 *
 * @param chunks - the chunks of `stream`, or any that were kept: push them into an array while rendering, and collect
 * that at the end or after an abort
 * @param onChunk - called with each chunk as it arrives, and awaited. If it throws, the stream is closed
 * @returns the completion; if the chunks end early, what came of it
 * @throws {BasetenError} `BadRequestError` for what is not chunks, and for an asynchronous source without any: the answer
 * was empty, or the stream was already read
 * @throws what the chunks throw (a {@link BasetenError} then carries the completion so far as `partial`), and what
 * `onChunk` throws
 */
export async function collect(
  chunks: Iterable<ChatCompletionChunk> | AsyncIterable<ChatCompletionChunk>,
  onChunk?: (chunk: ChatCompletionChunk) => void | Promise<void>,
): Promise<ChatCompletion> {
  assertIterable(chunks);
  assertValid(onChunk === undefined || typeof onChunk === "function", "onChunk", "a function", onChunk);
  const merger = createCompletionMerger();
  // The fields are the server's, and not checked.
  const finish = () => merger.finish() as unknown as ChatCompletion;
  let isEmpty = true;
  let isReading = true;
  try {
    for await (const chunk of chunks) {
      isReading = false;
      isEmpty = false;
      assertValid(isObject(chunk) && "choices" in chunk, "chunks", "chat completion chunks", chunk);
      merger.add(chunk);
      if (onChunk) await onChunk(chunk);
      isReading = true;
    }
  } catch (error) {
    // Not for an error of `onChunk`.
    if (isReading && error instanceof BasetenError) error.partial ??= finish();
    throw error;
  }
  if (isEmpty && Symbol.asyncIterator in chunks)
    throw new BasetenError("BadRequestError", "chunks: empty answer, or the stream was already read");
  return finish();
}
