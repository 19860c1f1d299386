import type { BasetenError } from "../error.ts";
import { abortable } from "../http/abortable.ts";
import { callAuthorize } from "./authorize.ts";
import { createBufferedBody } from "./buffered-body.ts";
import { answerPreflight, getCorsHeaders } from "./cors.ts";
import { type Endpoint, findEndpoint } from "./endpoint.ts";
import { VARY_BY_ORIGIN } from "./headers.ts";
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

/** Handles a request from `authorize` to the upstream's headers. */
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
    // `authorize` may have started a read without waiting for it.
    body.cancel();
  }
}

async function respond(relayed: RelayedRequest, settings: RelaySettings): Promise<Response> {
  const { request, corsHeaders, signal } = relayed;
  const endpoint = findEndpoint(request.url);
  if (request.method === "OPTIONS") return answerPreflight(request, endpoint.allow, corsHeaders);
  assertMethod(request, endpoint);
  return abortable(() => relayRequest(relayed, endpoint, settings), signal);
}

/** Makes the signal that ends a request, at the latest when its caller leaves. `release` removes the listener for that. */
function followCaller({ signal: given }: Request) {
  // Some adapters' requests have none.
  const caller: AbortSignal | null | undefined = given;
  const controller = new AbortController();
  const { signal } = controller;
  const leave = () => controller.abort(caller?.reason);
  if (caller?.aborted) leave();
  else caller?.addEventListener("abort", leave);
  return {
    signal,
    abort: (error: BasetenError) => controller.abort(error),
    hasLeft: () => caller?.aborted ?? false,
    release: () => caller?.removeEventListener("abort", leave),
  };
}

/** Answers a request, and at once when its caller leaves, whatever is waited for then. Never rejects. */
export async function handleRequest(request: Request, settings: RelaySettings): Promise<Response> {
  const { signal, abort, hasLeft, release } = followCaller(request);
  let corsHeaders = VARY_BY_ORIGIN;
  let response: Response | undefined;
  try {
    corsHeaders = await getCorsHeaders(request, settings, signal);
    response = await respond({ request, corsHeaders, signal, abort }, settings);
    return response;
  } catch (cause) {
    const error = hasLeft()
      ? createRelayError(499, "the caller has left", { code: "caller_gone" })
      : toRelayError(cause);
    if (error.cause !== undefined) void reportError(error, request, settings.onError);
    return toErrorResponse(error, corsHeaders);
  } finally {
    // A body is read later, and its fetch ends when the caller leaves.
    if (!response?.body) release();
  }
}
