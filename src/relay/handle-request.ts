import type { BasetenError } from "../error.ts";
import { abortable } from "../http/abortable.ts";
import { callAuthorize } from "./authorize.ts";
import { createBufferedBody } from "./buffered-body.ts";
import { answerPreflight, getCorsHeaders } from "./cors.ts";
import { type Endpoint, findEndpoint } from "./endpoint.ts";
import { type HeaderRecord, VARY_BY_ORIGIN } from "./headers.ts";
import type { RelaySettings } from "./options.ts";
import { createRelayError, toErrorResponse, toRelayError } from "./relay-error.ts";
import { reportError } from "./report-error.ts";
import { withHeaders } from "./response.ts";
import { type RelayedRequest, sendUpstream } from "./upstream.ts";
import { buildUpstreamRequest } from "./upstream-request.ts";

function assertMethod({ method }: Request, endpoint: Endpoint): void {
  if (method === endpoint.method) return;
  const headers = new Headers({ allow: endpoint.allow });
  throw createRelayError(405, `expected ${endpoint.method}`, { code: "method_not_allowed", headers });
}

/** From `authorize` to the upstream's headers. */
async function relayRequest(relayed: RelayedRequest, endpoint: Endpoint, settings: RelaySettings): Promise<Response> {
  const { request, signal, abort, corsHeaders } = relayed;
  const { maxBodyBytes, timeouts } = settings;
  const body = createBufferedBody(request, { maxBodyBytes, timeout: timeouts.modelAPI, signal, abort });
  try {
    const refusal = await callAuthorize(request, body, settings);
    if (refusal) return withHeaders(refusal, corsHeaders);
    const upstreamRequest = await buildUpstreamRequest(request, endpoint, body, settings);
    return await sendUpstream(relayed, upstreamRequest, settings);
  } finally {
    // `authorize` may have started a read that nobody waits for.
    body.cancel();
  }
}

/** Ends at once when the caller leaves, whatever is waited for. */
async function relayUntilLeft(
  request: Request,
  endpoint: Endpoint,
  corsHeaders: HeaderRecord,
  settings: RelaySettings,
): Promise<Response> {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (error: BasetenError) => controller.abort(error);
  // Some adapters' requests have none.
  const caller: AbortSignal | null | undefined = request.signal;
  const leave = () => controller.abort(caller?.reason);
  if (caller?.aborted) leave();
  else caller?.addEventListener("abort", leave);
  let response: Response | undefined;
  try {
    response = await abortable(() => relayRequest({ request, corsHeaders, signal, abort }, endpoint, settings), signal);
    return response;
  } catch (error) {
    throw caller?.aborted ? createRelayError(499, "the caller has left", { code: "caller_gone" }) : error;
  } finally {
    // A body is read later, and its fetch ends when the caller leaves.
    if (!response?.body) caller?.removeEventListener("abort", leave);
  }
}

async function respond(request: Request, corsHeaders: HeaderRecord, settings: RelaySettings): Promise<Response> {
  const endpoint = findEndpoint(request.url);
  if (request.method === "OPTIONS") return answerPreflight(request, endpoint.allow, corsHeaders);
  assertMethod(request, endpoint);
  return relayUntilLeft(request, endpoint, corsHeaders, settings);
}

/** Answers a request. Never rejects. */
export async function handleRequest(request: Request, settings: RelaySettings): Promise<Response> {
  let corsHeaders = VARY_BY_ORIGIN;
  try {
    corsHeaders = await getCorsHeaders(request, settings);
    return await respond(request, corsHeaders, settings);
  } catch (cause) {
    const error = toRelayError(cause);
    if (error.cause !== undefined) void reportError(error, request, settings.onError);
    return toErrorResponse(error, corsHeaders);
  }
}
