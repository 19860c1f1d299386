import { type CreateError, createInvalidResponseError } from "./api-error.ts";
import { isObject, parseJSON } from "./json.ts";
import { throwIfErrorBody } from "./parse-completion.ts";

/**
 * Parses the body of an answer that is not a completion.
 * @param read - returns what the JSON object holds, or `undefined` if it is not `expected`
 * @param expected - what to call it in the error
 * @throws {BasetenError} `APIError` if the body reports an error, `InvalidResponseError` if it is not `expected`
 */
export function parseReply<T>(
  body: string,
  createError: CreateError,
  read: (reply: Record<string, unknown>) => T | undefined,
  expected: string,
): T {
  const reply = parseJSON(body);
  if (isObject(reply)) {
    throwIfErrorBody(reply, body, createError);
    const value = read(reply);
    if (value !== undefined) return value;
  }
  throw createInvalidResponseError(`the body is not ${expected}`, body, createError);
}
