import { assertValid } from "../error.ts";
import type { Fetch, Options } from "../types/options.ts";
import type { ErrorContext } from "../wire/api-error.ts";
import { readEnv } from "../wire/env.ts";
import type { Server } from "../wire/target.ts";
import { abortable, assertSignal } from "./abortable.ts";
import { getSecret, resolveApiKey } from "./api-key.ts";
import { cancelBody } from "./body.ts";
import { fetchOnce } from "./fetch-once.ts";
import { type Lifetime, startLifetime } from "./lifetime.ts";
import { type Attempt, MAX_RETRYABLE_ATTEMPT_MS } from "./retry.ts";
import { type Limits, resolveTimeouts } from "./timeouts.ts";
import { createTimer } from "./timer.ts";

/** What a call sends. */
export interface CallRequest {
  url: string;
  method: "GET" | "POST";
  /** JSON. */
  body?: string | undefined;
}

/** One call: its state, behind a small interface. */
export interface Call extends Lifetime {
  url: string;
  maxRetries: number;
  /**
   * Sends the request once. Resolves at the headers, whatever the status. Never rejects: an error is part of the result,
   * since the retry depends on it.
   */
  attempt(): Promise<Attempt>;
}

function readHeaders({ headers: given }: Options, body: string | undefined): Headers {
  let headers: Headers | undefined;
  try {
    // `new Headers` takes a function for an object without fields.
    if (typeof given !== "function") headers = new Headers(given);
  } catch {
    // The platform's own error shows the value, which may be a key.
  }
  assertValid(headers, "headers", "valid names and values", typeof given);
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  return headers;
}

/** Names the variable to set, and what Deno needs to read it. */
function missingKeyMessage(variable: string | undefined): string {
  const permission = "Deno" in globalThis ? ` with --allow-env=${variable}` : "";
  return `no API key: pass apiKey${variable ? `, or set ${variable}${permission}` : ""}`;
}

/** The options that say how a request is sent, with their defaults. */
interface SendOptions {
  fetch: Fetch;
  maxRetries: number;
  signal: AbortSignal | undefined;
  limits: Limits;
}

/**
 * Reads the options that say how a request is sent, except its headers and key.
 * @throws {BasetenError} `BadRequestError` that names the option
 */
export function readSendOptions(options: Options, isModelAPI = false): SendOptions {
  const { fetch = globalThis.fetch, maxRetries = 2, signal, timeout } = options;
  assertValid(typeof fetch === "function", "fetch", "a function", fetch);
  assertValid(Number.isInteger(maxRetries) && maxRetries >= 0, "maxRetries", "a whole number, 0 or more", maxRetries);
  assertSignal(signal);
  return { fetch, maxRetries, signal, limits: resolveTimeouts(timeout, isModelAPI) };
}

/**
 * Reads the options of a call and starts its clock.
 * @throws {BasetenError} `BadRequestError` that names the option
 */
export function startCall(server: Server, request: CallRequest, options: Options): Call {
  const { apiKey, fetch: callerFetch } = options;
  const { fetch, maxRetries, signal: callerSignal, limits } = readSendOptions(options, server.kind === "model-api");
  const { url, method, body } = request;
  const headers = readHeaders(options, body);
  const context: ErrorContext = { url, attempts: 0, apiKey: "" };
  const lifetime = startLifetime(context, limits, callerSignal);
  const { signal, clock, createError } = lifetime;

  /** Resolves the value of `authorization`, unless the caller's headers have one. */
  async function authorize(): Promise<string | undefined> {
    const given = headers.get("authorization");
    if (given) return given;
    const { keyVariable } = server;
    const key = await resolveApiKey(apiKey ?? (keyVariable && readEnv(keyVariable)), createError);
    // A fetch of the caller's may add a key, or be the emulator.
    if (!key && server.isBaseten && callerFetch === undefined) {
      throw createError("AuthenticationError", missingKeyMessage(keyVariable));
    }
    return key && `Bearer ${key}`;
  }

  async function sendRequest(): Promise<Response> {
    context.response = undefined;
    const authorization = await authorize();
    // The key may have come after the call had ended.
    if (signal.aborted) throw signal.reason;
    context.apiKey = getSecret(authorization);
    context.attempts++;
    // A plain object survives the spread of a wrapper around fetch; a Headers instance does not.
    const sent = { ...Object.fromEntries(headers), ...(authorization && { authorization }) };
    const init = { method, headers: sent, signal, ...(body !== undefined && { body }) };
    context.response = await fetchOnce(fetch, url, init, createError);
    // The call may have ended since.
    if (signal.aborted) cancelBody(context.response);
    return context.response;
  }

  async function attempt(): Promise<Attempt> {
    let isLate = false;
    // A timer, since fake timers may leave the time of day as it is.
    const timer = createTimer(MAX_RETRYABLE_ATTEMPT_MS + 1, () => {
      isLate = true;
    });
    timer.start();
    clock.startAttempt();
    try {
      return { response: await abortable(sendRequest, signal), isLate };
    } catch (error) {
      return { error, isLate };
    } finally {
      timer.stop();
      clock.endAttempt();
    }
  }

  return { ...lifetime, url, maxRetries, attempt };
}
