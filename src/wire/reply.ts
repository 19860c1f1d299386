import type { ChatCompletion, ChatCompletionChunk } from "../types/chat.ts";
import { invalidResponse, type Trace, throwReported } from "./failure.ts";
import { isObject, parse } from "./json.ts";

type Fields = Record<string, unknown>;

function normaliseMessage(message: Fields): void {
  if (message.reasoning !== undefined) message.reasoning_content ||= message.reasoning;
  if (!Array.isArray(message.tool_calls)) return;
  for (const call of message.tool_calls) {
    const { function: called } = call ?? {};
    if (isObject(called?.arguments)) called.arguments = JSON.stringify(called.arguments);
  }
}

/** The objects of a list: as a rule the list itself, since a copy for each chunk would be felt. */
function objects(list: unknown): Fields[] {
  if (!Array.isArray(list)) return [];
  return list.every(isObject) ? list : list.filter(isObject);
}

/** The differences between servers that every reader would have to know, evened out; all else stays as it came. */
function normalise(reply: Fields, part: "message" | "delta"): void {
  const choices = objects(reply.choices);
  reply.choices = choices;
  for (const choice of choices) {
    if (choice.finish_reason === "") choice.finish_reason = null;
    const message = choice[part];
    if (isObject(message)) normaliseMessage(message);
    else choice[part] = {};
  }
}

/**
 * Reads the body of a completion.
 * @throws {BasetenError} `APIError` if it reports one, `InvalidResponseError` if it is no completion
 * @internal
 */
export function readCompletion(text: string, trace: Trace): ChatCompletion {
  const reply = parse(text);
  if (isObject(reply)) throwReported(reply, text, trace);
  if (!isObject(reply) || !Array.isArray(reply.choices)) throw invalidResponse("no completion", text, trace);
  normalise(reply, "message");
  return reply as unknown as ChatCompletion;
}

/**
 * Reads the data of one event of a stream: a chunk, the word that ends it, or nothing, for JSON that is no object.
 * @throws {BasetenError} `APIError` if the event reports one, `InvalidResponseError` if it is no JSON
 * @internal
 */
export function readChunk(data: string, trace: Trace): ChatCompletionChunk | "[DONE]" | undefined {
  const chunk = parse(data);
  if (isObject(chunk)) {
    throwReported(chunk, data, trace);
    normalise(chunk, "delta");
    return chunk as unknown as ChatCompletionChunk;
  }
  if (chunk !== undefined) return;
  const word = data.trim();
  if (word === "[DONE]") return word;
  if (word) throw invalidResponse("an event that is no JSON", data, trace);
  return;
}

/**
 * A whole completion as the one chunk that would have given it, for a server that does not stream.
 * @internal
 */
export function asChunk({ choices, ...rest }: ChatCompletion): ChatCompletionChunk {
  return {
    ...rest,
    object: "chat.completion.chunk",
    choices: choices.map(({ message: { tool_calls, ...message }, ...choice }, position) => ({
      ...choice,
      index: choice.index ?? position,
      delta: {
        ...message,
        ...(Array.isArray(tool_calls) && { tool_calls: tool_calls.map((call, index) => ({ index, ...call })) }),
      },
    })),
  };
}
