import { assertValid, BasetenError } from "../error.ts";
import type { Target } from "../route.ts";
import type { ApiKey, Fetch, Options } from "../types/options.ts";
import { env } from "../wire/env.ts";
import type { Trace } from "../wire/failure.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { limits } from "./limits.ts";

/**
 * One call with its options read and checked, and its clock running.
 * @internal
 */
export interface Call {
  fetch: Fetch;
  method: "GET" | "POST";
  body: string | undefined;
  /** The caller's headers, and the content type. */
  headers: Headers;
  apiKey: ApiKey | undefined;
  /** Whether a request without a key is not worth sending. */
  keyNeeded: boolean;
  maxRetries: number;
  trace: Trace;
  deadline: Deadline;
}

function headersOf({ headers }: Options, body: string | undefined): Headers {
  let all: Headers;
  try {
    all = new Headers(headers);
  } catch {
    // What the platform throws shows the value, which may be a key.
    throw new BasetenError("BadRequestError", "headers: expected valid names and values");
  }
  if (body !== undefined && !all.has("content-type")) all.set("content-type", "application/json");
  return all;
}

function sender({ fetch = globalThis.fetch, maxRetries = 2, signal }: Options): { fetch: Fetch; maxRetries: number } {
  assertValid(typeof fetch === "function", "fetch", "a function (this runtime may have none)", fetch);
  assertValid(Number.isInteger(maxRetries) && maxRetries >= 0, "maxRetries", "a whole number", maxRetries);
  assertValid(
    signal === undefined || typeof signal?.addEventListener === "function",
    "signal",
    "an AbortSignal",
    signal,
  );
  return { fetch, maxRetries };
}

/**
 * Reads the options of a call and starts its clock. `deadline.release()` must follow, however the call ends.
 * @param path - what follows the target's base, such as `/chat/completions`
 * @param body - the JSON to post; without it the request is a GET
 * @throws {BasetenError} `BadRequestError` that names the option
 * @internal
 */
export function begin(target: Target, path: string, options: Options, body?: string): Call {
  const { base, query, kind, baseten, keyVariable } = target;
  const trace: Trace = { url: base + path + query, attempts: 0, secret: "" };
  return {
    ...sender(options),
    method: body === undefined ? "GET" : "POST",
    body,
    headers: headersOf(options, body),
    apiKey: options.apiKey ?? (keyVariable && env(keyVariable)),
    // A fetch of the caller's may add one, or be the emulator.
    keyNeeded: baseten && options.fetch === undefined,
    trace,
    deadline: startDeadline(options.signal, limits(options.timeout, kind === "model-api"), trace),
  };
}
