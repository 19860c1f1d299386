import { abortable } from "../http/abortable.ts";
import { addCorsHeaders, type HeaderRecord, isHeaderName, VARY_BY_ORIGIN } from "./headers.ts";
import type { RelaySettings } from "./options.ts";

/** What pages may read of an answer's headers, besides those that the Fetch standard lets them read. */
const EXPOSED_HEADERS =
  "retry-after, retry-after-ms, x-request-id, x-baseten-request-id, x-ratelimit-limit-requests, " +
  "x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, " +
  "x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

/** The longest list of header names that a preflight gets back, in characters. */
const MAX_NAMES_CHARS = 4_096;

async function isAllowed(origin: string, { origins }: RelaySettings, signal: AbortSignal): Promise<boolean> {
  if (typeof origins !== "function") return origins === "*" || origins.has(origin);
  // Only true allows: anything else that a predicate returns does not.
  return (await abortable(async () => origins(origin), signal)) === true;
}

/**
 * Returns the CORS headers of whatever will be the answer. Credentials are never allowed: `authorize` decides who spends
 * the key.
 * @throws what the predicate `origins` throws, and the signal's reason if the caller leaves while it is waited for
 */
export async function getCorsHeaders(
  { headers }: Request,
  settings: RelaySettings,
  signal: AbortSignal,
): Promise<HeaderRecord> {
  const origin = settings.origins === "*" ? "*" : headers.get("origin");
  if (origin === null || !(await isAllowed(origin, settings, signal))) return VARY_BY_ORIGIN;
  return {
    ...VARY_BY_ORIGIN,
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED_HEADERS,
  };
}

/**
 * Answers a preflight. The header names that the page asks for are allowed as they are, since SDKs send headers of their
 * own and `*` does not cover `authorization`. An origin that is not allowed gets no `access-control-allow-origin`.
 * @param allow - the methods of the endpoint
 */
export function answerPreflight(request: Request, allow: string, corsHeaders: HeaderRecord): Response {
  const requested = request.headers.get("access-control-request-headers") ?? "";
  const names = requested.length > MAX_NAMES_CHARS ? [] : requested.split(",").map((name) => name.trim());
  const allowedNames = names.filter(isHeaderName).join(", ");
  const headers: HeaderRecord = {
    allow,
    "access-control-allow-methods": allow,
    "access-control-max-age": "86400",
    vary: "access-control-request-headers",
  };
  if (allowedNames) headers["access-control-allow-headers"] = allowedNames;
  return new Response(null, { status: 204, headers: addCorsHeaders(headers, corsHeaders) });
}
