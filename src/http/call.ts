import { assertValid } from "../error.ts";
import type { Options, Timeouts } from "../types/options.ts";
import { buildError, type CreateError, type ErrorContext } from "../wire/api-error.ts";
import { env } from "../wire/env.ts";
import type { Base } from "../wire/target.ts";
import { abortable, assertSignal } from "./abortable.ts";
import { resolveApiKey, secretOf } from "./api-key.ts";
import { type Clock, startClock } from "./clock.ts";
import { cancelBody, fetchOnce } from "./fetch-once.ts";
import { resolveTimeouts } from "./timeouts.ts";

/** What a call sends. */
export interface CallRequest {
  url: string;
  method: "GET" | "POST";
  /** JSON. */
  body?: string | undefined;
}

export type EndedBy = "caller" | "reader" | keyof Timeouts;

/** One call: its state, behind a small interface. `close` or `abort` must follow, however it ends. */
export interface Call {
  /** Aborted once, by the caller's signal, a timeout or `abort`: whoever waits rejects with its reason. */
  signal: AbortSignal;
  clock: Clock;
  url: string;
  maxRetries: number;
  createError: CreateError;
  /** Sends the request once. Resolves at the headers, whatever the status. */
  attempt(): Promise<Response>;
  /** What ended the call early: the caller's signal, a limit, or `abort`. */
  endedBy(): EndedBy | undefined;
  /** Ends the call early: aborts the fetch and cancels the body. */
  abort(): void;
  /** Stops the timers and removes the listener. */
  close(): void;
}

function readHeaders({ headers: given }: Options, body: string | undefined): Headers {
  let headers: Headers | undefined;
  try {
    // To the platform a function is an object without fields.
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

/** The caller's reason; runtimes older than `AbortSignal.reason` have none. */
function reasonOf({ reason }: AbortSignal): unknown {
  return reason === undefined ? Object.assign(new Error("aborted"), { name: "AbortError" }) : reason;
}

/**
 * Reads the options of a call and starts its clock.
 * @throws {BasetenError} `BadRequestError` that names the option
 */
export function startCall(target: Base, request: CallRequest, options: Options): Call {
  const { fetch = globalThis.fetch, maxRetries = 2, signal: callerSignal } = options;
  assertValid(typeof fetch === "function", "fetch", "a function", fetch);
  assertValid(Number.isInteger(maxRetries) && maxRetries >= 0, "maxRetries", "a whole number, 0 or more", maxRetries);
  assertSignal(callerSignal);
  const { url, method, body } = request;
  const headers = readHeaders(options, body);
  const context: ErrorContext = { url, attempts: 0, apiKey: "" };
  const controller = new AbortController();
  const { signal } = controller;
  let endedBy: EndedBy | undefined;
  const fail: CreateError = (name, prefix, details) => buildError(context, name, prefix, details);
  const clock = startClock(resolveTimeouts(options.timeout, target.kind === "model-api"), timeOut);
  if (callerSignal?.aborted) abortByCaller();
  else callerSignal?.addEventListener("abort", abortByCaller);

  function close(): void {
    clock.stop();
    callerSignal?.removeEventListener("abort", abortByCaller);
  }

  function abort(by: EndedBy, reason?: unknown): void {
    if (signal.aborted) return;
    close();
    endedBy = by;
    // For runtimes whose `abort` takes no reason.
    if (!("reason" in signal)) Object.defineProperty(signal, "reason", { value: reason });
    controller.abort(reason);
    dropResponse();
  }

  /** Frees a response that came as the call ended, before its body had a reader. */
  function dropResponse(): void {
    if (context.response) cancelBody(context.response);
  }

  function abortByCaller(): void {
    if (callerSignal) abort("caller", reasonOf(callerSignal));
  }

  function timeOut(limit: keyof Timeouts, reason: string): void {
    abort(limit, fail("TimeoutError", `${reason} (timeout.${limit})`));
  }

  /** Resolves the value of `authorization`, unless the caller's headers have one. */
  async function authorize(): Promise<string | undefined> {
    const given = headers.get("authorization");
    if (given) return given;
    const { keyVariable } = target;
    const key = await resolveApiKey(options.apiKey ?? (keyVariable && env(keyVariable)), fail);
    // A fetch of the caller's may add a key, or be the emulator.
    if (!key && target.isBaseten && options.fetch === undefined) {
      throw fail("AuthenticationError", missingKeyMessage(keyVariable));
    }
    return key && `Bearer ${key}`;
  }

  async function sendRequest(): Promise<Response> {
    context.response = undefined;
    const authorization = await authorize();
    // The key may have come after the call had ended.
    if (signal.aborted) throw signal.reason;
    context.apiKey = secretOf(authorization);
    context.attempts++;
    // A plain object survives the spread of a wrapper around fetch; a Headers instance does not.
    const sent = { ...Object.fromEntries(headers), ...(authorization && { authorization }) };
    const init = { method, headers: sent, signal, ...(body !== undefined && { body }) };
    context.response = await fetchOnce(fetch, url, init, fail);
    if (signal.aborted) dropResponse();
    return context.response;
  }

  async function attempt(): Promise<Response> {
    clock.startAttempt();
    return abortable(sendRequest, signal).finally(clock.endAttempt);
  }

  return {
    signal,
    clock,
    url,
    maxRetries,
    createError: fail,
    attempt,
    endedBy: () => endedBy,
    abort: () => abort("reader"),
    close,
  };
}
