import type { ChatCompletion, ChatCompletionChunk } from "../types/chat.ts";
import { invalidResponse, type Trace, throwReported } from "./failure.ts";
import { isObject, parseJSON } from "./json.ts";
import { normalizeChunk, normalizeCompletion } from "./normalize.ts";

/**
 * Reads the body of a completion.
 * @throws {BasetenError} `APIError` if it reports one, `InvalidResponseError` if it is no completion
 * @internal
 */
export function readCompletion(text: string, trace: Trace): ChatCompletion {
  const reply = parseJSON(text);
  if (isObject(reply)) throwReported(reply, text, trace);
  if (!isObject(reply) || !Array.isArray(reply.choices)) throw invalidResponse("no completion", text, trace);
  if (!normalizeCompletion(reply)) throw invalidResponse("tool arguments nested too deeply", text, trace);
  return reply;
}

/**
 * Reads the data of one event of a stream: a chunk, the word that ends it, or nothing, for JSON that is no object.
 * @throws {BasetenError} `APIError` if the event reports one, `InvalidResponseError` if it is no JSON
 * @internal
 */
export function readChunk(data: string, trace: Trace): ChatCompletionChunk | "[DONE]" | undefined {
  const chunk = parseJSON(data);
  if (isObject(chunk)) {
    throwReported(chunk, data, trace);
    if (!normalizeChunk(chunk)) throw invalidResponse("tool arguments nested too deeply", data, trace);
    return chunk;
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
