import type { Options } from "../types/options.ts";
import type { CreateError } from "../wire/api-error.ts";
import { endpointURL, type Server } from "../wire/target.ts";
import { readText } from "./body.ts";
import { startCall } from "./call.ts";
import { send } from "./send.ts";

/** Parses a whole body, or throws an error that is built by `createError`. */
export type ParseBody<T> = (body: string, createError: CreateError) => T;

/**
 * Calls an endpoint and returns what its whole answer is parsed to: a POST of `json`, or a GET without it.
 * @param path - such as `/models`
 * @throws {BasetenError} what sending, reading and `parse` throw; the signal's reason if it is aborted
 */
export async function callEndpoint<T>(
  server: Server,
  path: string,
  options: Options,
  parse: ParseBody<T>,
  json?: string,
): Promise<T> {
  const request = { url: endpointURL(server, path), method: json === undefined ? "GET" : "POST", body: json } as const;
  const call = startCall(server, request, options);
  try {
    return parse(await readText(await send(call), call), call.createError);
  } finally {
    call.close();
  }
}
