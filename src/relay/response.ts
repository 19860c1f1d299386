import type { BasetenError } from "../error.ts";
import { type BodyContext, cancelBody, hasNullBodyStatus, readTextUpTo } from "../http/body.ts";
import { createStatusError, MAX_ERROR_BODY_CHARS } from "../wire/api-error.ts";
import { parseErrorBody } from "../wire/error-body.ts";
import { errorNameForStatus } from "../wire/error-name.ts";
import { parseJSON } from "../wire/json.ts";
import { addCorsHeaders, type HeaderRecord } from "./headers.ts";
import type { Redact } from "./redactor.ts";
import { createRelayError } from "./relay-error.ts";

/** The upstream's headers that go no further. */
const BLOCKED_HEADERS = new RegExp(
  `^(${[
    // About one connection: RFC 9110, section 7.6.1, and what old proxies add to it.
    "connection|keep-alive|proxy-.*|te|trailers?|transfer-encoding|upgrade",
    // About bytes that fetch has decoded.
    "content-(encoding|length)",
    // What would act in the name of the relay's own origin, on browsers or on the server in front of it.
    "access-control-.*|alt-svc|clear-site-data|content-location|link|location|nel|refresh|report-to",
    "reporting-endpoints|set-cookie2?|strict-transport-security|www-authenticate",
    "x-(accel|lighttpd|litespeed|reproxy)-.*|x-sendfile2?",
    // What a cache obeys before `cache-control` (RFC 9213), and the age of a stored response.
    "(.+-)?cdn-cache-control|surrogate-control|age|expires|pragma",
  ].join("|")})$`,
);

/** The headers of a fetched response that do not hold for a copy of it. */
const HEADERS_OF_TRANSPORT = ["content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"];

/** Returns the upstream's headers that the caller gets, and what keeps proxies from buffering. */
function toHeaders(upstream: Headers, redact: Redact): HeaderRecord {
  const listed = upstream
    .get("connection")
    ?.toLowerCase()
    .split(/[\s,]+/);
  const headers: HeaderRecord = {};
  for (const [name, value] of upstream) {
    if (!BLOCKED_HEADERS.test(name) && !listed?.includes(name)) headers[name] = redact(value);
  }
  // No proxy on the way may keep or rewrite a stream.
  headers["cache-control"] = "no-cache, no-transform";
  headers["x-accel-buffering"] = "no";
  return headers;
}

/** Returns the upstream's answer without the headers that are not the caller's. Its body is the upstream's own stream. */
export function toResponse(response: Response, redact: Redact, corsHeaders: HeaderRecord): Response {
  const { status, body } = response;
  const headers = addCorsHeaders(toHeaders(response.headers, redact), corsHeaders);
  if (!hasNullBodyStatus(response)) return new Response(body, { status, headers });
  cancelBody(response);
  return new Response(null, { status, headers });
}

/**
 * Reads an upstream's error into what the caller gets: the upstream's words, redacted, and its status.
 * @param isOwnKey - whether the key is the relay's: that it was refused is not the caller's error then
 */
export async function readUpstreamError(
  response: Response,
  context: BodyContext & { url: string },
  redact: Redact,
  isOwnKey: boolean,
): Promise<BasetenError> {
  const { text } = await readTextUpTo(MAX_ERROR_BODY_CHARS, response, context);
  const { serverMessage = text, code, type } = parseErrorBody(parseJSON(text));
  const { status } = response;
  const headers = new Headers(toHeaders(response.headers, redact));
  const createCause = () => createStatusError(response, context.url, text, context.createError);
  if (status === 401 && isOwnKey) {
    const message = "the upstream refused the server's API key";
    return createRelayError(502, message, { headers, code: "server_key", cause: createCause() });
  }
  if (status < 400 || status > 599) {
    return createRelayError(502, `the upstream answered ${status}`, { code: "upstream_status", cause: createCause() });
  }
  // The caller gets a 403 as it is. With a `cause` it is also reported to `onError`: the server's own key was refused.
  const isKeyRefused = isOwnKey && errorNameForStatus(status, text) === "AuthenticationError";
  return createRelayError(status, redact(serverMessage) || `the upstream answered ${status} with no body`, {
    code: typeof code === "string" ? redact(code) : code,
    type: type && redact(type),
    headers,
    cause: isKeyRefused ? createCause() : undefined,
  });
}

/**
 * Returns a copy of an answer of `authorize` with the CORS headers: its own headers may be immutable. If it is a fetched one,
 * which alone has a `url`, what its headers say of the connection and of bytes that fetch has decoded is dropped.
 */
export function withHeaders(response: Response, { vary = "origin", ...corsHeaders }: HeaderRecord): Response {
  const headers = new Headers(response.headers);
  if (response.url) for (const name of HEADERS_OF_TRANSPORT) headers.delete(name);
  headers.append("vary", vary);
  for (const [name, value] of Object.entries(corsHeaders)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}
