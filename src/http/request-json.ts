import type { Options } from "../types/options.ts";
import { createInvalidResponseError } from "../wire/api-error.ts";
import { isObject, parseJSON } from "../wire/json.ts";
import { throwIfErrorBody } from "../wire/parse-completion.ts";
import type { Base } from "../wire/target.ts";
import { readText } from "./body.ts";
import { type CallRequest, startCall } from "./call.ts";
import { send } from "./send.ts";

/**
 * Sends a request and returns what its answer is parsed to.
 * @param parse - given the parsed JSON, or `undefined`; returns `undefined` for what is not `expected`
 * @param expected - what to call it in the error
 * @throws {BasetenError} `APIError` if the body reports an error, `InvalidResponseError` if it is not `expected`, and
 * what sending and reading throw
 */
export async function requestJSON<T>(
  base: Base,
  request: CallRequest,
  options: Options,
  parse: (reply: unknown) => T | undefined,
  expected: string,
): Promise<T> {
  const call = startCall(base, request, options);
  try {
    const response = await send(call);
    const body = await readText(response, call);
    const reply = parseJSON(body);
    if (isObject(reply)) throwIfErrorBody(reply, body, call.createError);
    const value = parse(reply);
    if (value !== undefined) return value;
    throw createInvalidResponseError(`the body is not ${expected}`, body, response, call.createError);
  } finally {
    call.close();
  }
}
