import { BasetenError } from "./error.ts";
import type { ChatCompletion, ChatCompletionChunk } from "./types/chat.ts";
import { isObject } from "./wire/json.ts";
import { addToolCall, assignPresent, type CallDraft, toolCalls } from "./wire/toolcalls.ts";

type Fields = Record<string, unknown>;

interface ChoiceDraft {
  index: number;
  fields: Fields;
  logprobs: Record<string, unknown[]>;
  message: Fields;
  /** Latest first. */
  calls: CallDraft[];
}

interface Draft {
  fields: Fields;
  choices: Map<number, ChoiceDraft>;
}

/** The fields of a delta that are pieces of one text. */
const JOINED = ["content", "refusal", "reasoning", "reasoning_content"];

function addDelta(delta: Fields, { message, calls }: ChoiceDraft): void {
  const { tool_calls, ...fields } = delta;
  for (const field of JOINED) {
    if (typeof fields[field] === "string") fields[field] = `${message[field] ?? ""}${fields[field]}`;
  }
  assignPresent(message, fields);
  if (!Array.isArray(tool_calls)) return;
  for (const call of tool_calls) if (isObject(call)) addToolCall(call, calls);
}

function addLogprobs(logprobs: unknown, draft: ChoiceDraft): void {
  if (!isObject(logprobs)) return;
  for (const [field, tokens] of Object.entries(logprobs)) {
    if (!Array.isArray(tokens)) continue;
    draft.logprobs[field] ??= [];
    draft.logprobs[field].push(...tokens);
  }
}

function addChoice(choice: Fields, { choices }: Draft): void {
  const { index: at, delta, logprobs, ...fields } = choice;
  const index = typeof at === "number" ? at : 0;
  const draft = choices.get(index) ?? { index, fields: {}, logprobs: {}, message: {}, calls: [] };
  choices.set(index, draft);
  assignPresent(draft.fields, fields);
  addLogprobs(logprobs, draft);
  if (isObject(delta)) addDelta(delta, draft);
}

function addChunk({ choices, ...fields }: ChatCompletionChunk, draft: Draft): void {
  assignPresent(draft.fields, fields);
  for (const choice of choices ?? []) addChoice(choice, draft);
}

function finishChoice({ index, fields, logprobs, message, calls }: ChoiceDraft): Fields {
  const content = calls.length > 0 ? message.content || null : (message.content ?? null);
  return {
    index,
    finish_reason: null,
    ...fields,
    message: { role: "assistant", ...message, content, ...(calls.length > 0 && { tool_calls: toolCalls(calls) }) },
    ...(Object.keys(logprobs).length > 0 && { logprobs }),
  };
}

function finish({ fields, choices }: Draft): ChatCompletion {
  return {
    id: "",
    created: 0,
    model: "",
    ...fields,
    object: "chat.completion",
    choices: [...choices.values()].sort((a, b) => a.index - b.index).map(finishChoice),
  } as unknown as ChatCompletion;
}

/**
 * Puts chunks together into the completion that the call without a stream would have given: texts joined, tool calls
 * merged, usage the last one seen (it is cumulative), every choice of `n`.
 *
 * ```ts
 * const { choices, usage } = await collect(stream(request));
 * ```
 *
 * @param chunks - the chunks of `stream`, or any that were kept: push them into an array while rendering, and collect
 * that at the end or after an abort
 * @returns the completion; as far as it came if the chunks just end
 * @throws what the chunks throw; a {@link BasetenError} then carries the completion so far as `partial`
 */
export async function collect(
  chunks: Iterable<ChatCompletionChunk> | AsyncIterable<ChatCompletionChunk>,
): Promise<ChatCompletion> {
  const draft: Draft = { fields: {}, choices: new Map() };
  try {
    for await (const chunk of chunks) addChunk(chunk, draft);
  } catch (error) {
    if (error instanceof BasetenError) error.partial = finish(draft);
    throw error;
  }
  return finish(draft);
}
