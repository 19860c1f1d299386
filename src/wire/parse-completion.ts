import type { ChatCompletion, ChatCompletionChunk } from "../types/chat.ts";
import { type CreateError, createInvalidResponseError } from "./api-error.ts";
import { isErrorBody } from "./error-body.ts";
import { isObject, parseJSON } from "./json.ts";
import { normalizeCompletion } from "./normalize.ts";

/**
 * Throws the error that a body reports although its status is 200.
 * @throws {BasetenError} `APIError` with the server's words
 */
export function throwIfErrorBody(reply: Record<string, unknown>, body: string, createError: CreateError): void {
  if (isErrorBody(reply)) throw createError("APIError", "", { body });
}

/**
 * Parses the body of a completion.
 * @throws {BasetenError} `APIError` if it reports one, `InvalidResponseError` if it is not a completion
 */
export function parseCompletion(body: string, createError: CreateError): ChatCompletion {
  const reply = parseJSON(body);
  if (isObject(reply)) throwIfErrorBody(reply, body, createError);
  if (!isObject(reply) || !Array.isArray(reply.choices)) {
    throw createInvalidResponseError("the body is not a completion", body, createError);
  }
  normalizeCompletion(reply, body, createError);
  return reply;
}

/** Returns a whole completion as the one chunk that adds up to it, for a server that does not stream. */
export function toChunk({ choices, ...rest }: ChatCompletion): ChatCompletionChunk {
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
