import type { ChatCompletion, ChatCompletionChunk } from "../types/chat.ts";
import { type CreateError, createInvalidResponseError } from "./api-error.ts";
import { type Fields, isObject, stringifyJSON } from "./json.ts";

/** The text of text parts (and of plain strings between them), or `null` if there are none. */
function joinText(parts: readonly unknown[]): string | null {
  let text: string | null = null;
  for (const part of parts) {
    const piece = isObject(part) && part.type === "text" ? part.text : part;
    if (typeof piece === "string") text = (text ?? "") + piece;
  }
  return text;
}

/**
 * Mistral's reasoning models send content as parts: `{ type: "text", text }` and
 * `{ type: "thinking", thinking: [{ type: "text", text }] }`. Parts of any other type are dropped.
 */
function flattenContent(message: Fields, parts: readonly unknown[]): void {
  message.content = joinText(parts);
  const thoughts = parts.flatMap((part) => (isObject(part) && part.type === "thinking" ? part.thinking : []));
  if (thoughts.length > 0) message.reasoning_content ||= joinText(thoughts);
}

/**
 * Normalizes the text fields of a message or a delta in place: content parts become text, and `reasoning` (newer vLLM,
 * OpenRouter) is there as `reasoning_content` too.
 */
export function normalizeMessage(message: Fields): void {
  if (Array.isArray(message.content)) flattenContent(message, message.content);
  if (typeof message.reasoning === "string") message.reasoning_content ||= message.reasoning;
}

/** The fields of a delta that are a part of the answer. */
const OUTPUT_FIELDS = ["content", "reasoning_content", "reasoning", "refusal", "tool_calls", "function_call"];

/** Tells whether a delta holds a piece of the answer: text, reasoning, a refusal or a call, not empty. */
export function hasOutput(delta: Fields): boolean {
  return OUTPUT_FIELDS.some((field) => {
    const value = delta[field];
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  });
}

function normalizeToolCalls(calls: readonly unknown[], body: string, createError: CreateError): void {
  for (const call of calls) {
    const called = isObject(call) && call.function;
    if (!isObject(called) || typeof called.arguments !== "object" || called.arguments === null) continue;
    const json = stringifyJSON(called.arguments);
    if (json === undefined) throw createInvalidResponseError("tool arguments are nested too deeply", body, createError);
    called.arguments = json;
  }
}

/** The objects of a list: the list itself if it holds nothing else, since a copy for each chunk is measurable. */
export function filterObjects(list: unknown): Fields[] {
  if (!Array.isArray(list)) return [];
  return list.every(isObject) ? list : list.filter(isObject);
}

/** One check for each field: this runs for each chunk of a stream. */
function normalizeChoices(reply: Fields, part: "message" | "delta", body: string, createError: CreateError): void {
  const choices = filterObjects(reply.choices);
  reply.choices = choices;
  for (const choice of choices) {
    if (choice.finish_reason === "") choice.finish_reason = null;
    const message = choice[part];
    if (!isObject(message)) {
      choice[part] = {};
      continue;
    }
    normalizeMessage(message);
    if (Array.isArray(message.tool_calls)) normalizeToolCalls(message.tool_calls, body, createError);
  }
}

/**
 * Removes the differences between servers from a completion, in place: `choices` is an array of objects, each with a
 * `message`; content parts are text; `reasoning` is also `reasoning_content`; tool arguments are JSON text; an empty
 * `finish_reason` is null. All else stays as it came.
 * @param body - its JSON, which an error quotes
 * @throws {BasetenError} `InvalidResponseError` if tool arguments came as an object that is nested too deeply to be
 * serialized (thousands of levels)
 */
export function normalizeCompletion(
  reply: Fields,
  body: string,
  createError: CreateError,
): asserts reply is ChatCompletion {
  normalizeChoices(reply, "message", body, createError);
}

/** {@link normalizeCompletion} for a chunk of a stream: each of its choices has a `delta`. */
export function normalizeChunk(
  chunk: Fields,
  body: string,
  createError: CreateError,
): asserts chunk is ChatCompletionChunk {
  normalizeChoices(chunk, "delta", body, createError);
}
