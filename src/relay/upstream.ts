import { BasetenError } from "../error.ts";
import { abortable } from "../http/abortable.ts";
import { resolveApiKey, secretOf } from "../http/api-key.ts";
import type { BodyContext } from "../http/body.ts";
import { startClock } from "../http/clock.ts";
import { fetchOnce } from "../http/fetch-once.ts";
import { resolveTimeouts } from "../http/timeouts.ts";
import { type CreateError, createError, type ErrorContext } from "../wire/api-error.ts";
import { endpointURL } from "../wire/target.ts";
import type { Settings } from "./options.ts";
import { problem } from "./problem.ts";
import type { UpstreamRequest } from "./request.ts";
import { createRedactor, readUpstreamError, toResponse } from "./response.ts";

/** The request's headers that are sent on, beside the key and the type of the body. */
const PASSED_HEADERS = ["accept", "x-session-affinity"];

/** Returns the `authorization` to send. With a key of the relay's own, the caller's serves `authorize` alone. */
async function resolveAuthorization({ headers }: Request, { apiKey }: Settings, fail: CreateError): Promise<string> {
  if (apiKey === undefined) {
    const given = headers.get("authorization");
    if (given) return given;
    throw problem(401, "no API key: send one as Authorization: Bearer …", { code: "no_key" });
  }
  const key = await resolveApiKey(apiKey, fail).catch(() => "");
  if (!key) throw problem(500, "the relay has no usable key", { code: "relay_key" });
  return `Bearer ${key}`;
}

/** Returns a 304, which is the answer to a condition of the caller's and no redirect. */
function toNotModified(error: unknown, context: ErrorContext): Response | undefined {
  if (!(error instanceof BasetenError && error.status === 304 && error.headers)) return;
  return toResponse(new Response(null, { status: 304, headers: error.headers }), createRedactor(context));
}

/** The error of an upstream that could not be reached, without its address, which the client's errors name. */
function hideAddress(error: unknown): unknown {
  if (!(error instanceof BasetenError) || error.url === undefined) return error;
  return error.name === "TimeoutError"
    ? problem(504, "the upstream did not answer in time", { code: "upstream_timeout" })
    : problem(502, "the upstream could not be reached", { code: "upstream_unreachable" });
}

async function fetchUpstream(
  request: Request,
  { target, path, body }: UpstreamRequest,
  settings: Settings,
  context: ErrorContext,
  { signal, createError: fail }: BodyContext,
): Promise<Response> {
  const authorization = await resolveAuthorization(request, settings, fail);
  // The key may have come after the caller had left.
  if (signal.aborted) throw signal.reason;
  context.apiKey = secretOf(authorization);
  const headers: Record<string, string> = { authorization };
  if (body !== undefined) headers["content-type"] = "application/json";
  for (const name of PASSED_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const init = body === undefined ? { method: "GET", headers, signal } : { method: "POST", headers, body, signal };
  return fetchOnce(settings.fetch ?? globalThis.fetch, endpointURL(target, path), init, fail);
}

/**
 * Sends a request on, once: to retry is for the client in front of the relay.
 * @param controller - aborted when the caller leaves
 * @throws {BasetenError} what the upstream says, or 401, 500, 502, 504
 */
export async function send(
  request: Request,
  upstream: UpstreamRequest,
  settings: Settings,
  controller: AbortController,
): Promise<Response> {
  const { target, path } = upstream;
  const { signal } = controller;
  const error: ErrorContext = { url: endpointURL(target, path), attempts: 1, apiKey: "" };
  const fail: CreateError = (name, prefix, details) => createError(error, name, prefix, details);
  const limits = { ...resolveTimeouts(settings.timeout, target.kind === "model-api"), idle: Number.POSITIVE_INFINITY };
  const clock = startClock(limits, (_, reason) => controller.abort(fail("TimeoutError", reason)));
  const context: BodyContext = { signal, clock, createError: fail };
  let response: Response;
  clock.startAttempt();
  try {
    response = await abortable(() => fetchUpstream(request, upstream, settings, error, context), signal);
  } catch (cause) {
    const notModified = toNotModified(cause, error);
    if (notModified) return notModified;
    throw hideAddress(cause);
  } finally {
    clock.endAttempt();
  }
  const redact = createRedactor(error);
  if (response.ok) return toResponse(response, redact);
  throw await readUpstreamError(response, context, redact, settings.apiKey !== undefined);
}
