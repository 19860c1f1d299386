import { BasetenError } from "../error.ts";
import { getSecret, resolveApiKey } from "../http/api-key.ts";
import { cancelBody } from "../http/body.ts";
import { fetchOnce } from "../http/fetch-once.ts";
import { startLifetime } from "../http/lifetime.ts";
import type { Limits } from "../http/timeouts.ts";
import { createTimer } from "../http/timer.ts";
import { buildError, type CreateError, type ErrorContext } from "../wire/api-error.ts";
import { endpointURL, type Target } from "../wire/target.ts";
import type { HeaderRecord } from "./headers.ts";
import type { RelaySettings } from "./options.ts";
import { createRedactor } from "./redactor.ts";
import { createRelayError } from "./relay-error.ts";
import { readUpstreamError, toResponse } from "./response.ts";
import type { UpstreamRequest } from "./upstream-request.ts";

/** The request of a caller, on its way. */
export interface RelayedRequest {
  request: Request;
  corsHeaders: HeaderRecord;
  /** Aborted when the caller has left, or a limit has run out. */
  signal: AbortSignal;
  /** Ends the request with an error. */
  abort(error: BasetenError): void;
}

/** Resolves the `authorization` to send. With a key of the relay's own, the caller's is for `authorize` alone. */
async function resolveAuthorization(
  { headers }: Request,
  { apiKey }: RelaySettings,
  createError: CreateError,
): Promise<string> {
  if (apiKey === undefined) {
    const given = headers.get("authorization");
    // A client whose key is empty sends the scheme alone.
    if (given && !/^(bearer|api-key)\s*$/i.test(given)) return given;
    throw createRelayError(401, "no API key: send one as Authorization: Bearer …", { code: "no_key" });
  }
  let cause: unknown;
  try {
    const key = typeof apiKey === "string" ? apiKey : await resolveApiKey(apiKey, createError);
    if (key) return `Bearer ${key}`;
    cause = createError("AuthenticationError", "the function apiKey gave no key");
  } catch (error) {
    cause = error;
  }
  throw createRelayError(500, "the server's API key is missing or cannot be one", { code: "server_key", cause });
}

function createUpstreamTimeoutError(cause: BasetenError): BasetenError {
  return createRelayError(504, "the upstream did not answer in time", { code: "upstream_timeout", cause });
}

/** Hides an upstream that could not be reached: the core's errors name its address. */
function hideAddress(cause: unknown): unknown {
  if (!(cause instanceof BasetenError) || cause.url === undefined) return cause;
  if (cause.name === "TimeoutError") return createUpstreamTimeoutError(cause);
  return createRelayError(502, "the upstream could not be reached", { code: "upstream_unreachable", cause });
}

function isNotModified(error: unknown): error is BasetenError & { headers: Headers } {
  return error instanceof BasetenError && error.status === 304 && error.headers !== undefined;
}

async function fetchUpstream(
  { request, signal }: RelayedRequest,
  { target, path, body }: UpstreamRequest,
  settings: RelaySettings,
  context: ErrorContext,
  createError: CreateError,
): Promise<Response> {
  const authorization = await resolveAuthorization(request, settings, createError);
  // The key may have come after the request had ended.
  if (signal.aborted) throw signal.reason;
  context.apiKey = getSecret(authorization);
  const headers: Record<string, string> = { authorization };
  if (body !== undefined) headers["content-type"] = "application/json";
  for (const name of settings.passHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const init = body === undefined ? { method: "GET", headers, signal } : { method: "POST", headers, body, signal };
  try {
    return await fetchOnce(settings.fetch ?? globalThis.fetch, endpointURL(target, path), init, createError);
  } catch (error) {
    // A 304 is not a redirect: it answers a conditional header of the caller's that `passHeaders` let through.
    if (isNotModified(error)) return new Response(null, { status: 304, headers: error.headers });
    throw hideAddress(error);
  }
}

function resolveLimits({ timeouts }: RelaySettings, { kind }: Target): Limits {
  const response = kind === "model-api" ? timeouts.modelAPI : timeouts.other;
  return { response, idle: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY };
}

/**
 * Sends a request upstream, once: to retry is the task of the client in front of the relay.
 * @throws {BasetenError} the upstream's error, or 401, 500, 502, 504
 */
export async function sendUpstream(
  relayed: RelayedRequest,
  upstream: UpstreamRequest,
  settings: RelaySettings,
): Promise<Response> {
  const { target, path } = upstream;
  const { signal, abort, corsHeaders } = relayed;
  const context: ErrorContext = { url: endpointURL(target, path), attempts: 1, apiKey: "" };
  // Without the cause, since a fetch may show the key in it; the message has its words, redacted.
  const createError: CreateError = (name, prefix, details) =>
    buildError(context, name, prefix, { ...details, cause: undefined });
  const limits = resolveLimits(settings, target);
  const timer = createTimer(limits.response, () => {
    const cause = createError("TimeoutError", `no response within ${limits.response} ms`);
    abort(createUpstreamTimeoutError(cause));
  });
  // A fetch may ignore its signal, and the function `apiKey` gets none.
  signal.addEventListener("abort", () => {
    timer.stop();
    if (context.response) cancelBody(context.response);
  });
  timer.start();
  try {
    const response = await fetchUpstream(relayed, upstream, settings, context, createError);
    context.response = response;
    // The request may have ended since.
    if (signal.aborted) cancelBody(response);
    const redact = createRedactor(context);
    if (response.ok || response.status === 304) return toResponse(response, redact, corsHeaders);
    timer.stop();
    // The status is known, so the error's body has a limit of its own; what came of it by then is used.
    const bodyLifetime = startLifetime(context, limits, signal);
    bodyLifetime.clock.startAttempt();
    const bodyContext = { ...bodyLifetime, createError, url: context.url };
    throw await readUpstreamError(response, bodyContext, redact, settings.apiKey !== undefined).finally(
      bodyLifetime.close,
    );
  } finally {
    timer.stop();
  }
}
