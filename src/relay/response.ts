import type { BasetenError } from "../error.ts";
import { type BodyContext, readTextUpTo } from "../http/body.ts";
import { cancelBody } from "../http/fetch-once.ts";
import { type ErrorContext, MAX_ERROR_BODY_CHARS } from "../wire/api-error.ts";
import { parseErrorBody } from "../wire/error-body.ts";
import { parseJSON } from "../wire/json.ts";
import { createRedactor as createKeyRedactor } from "../wire/redact.ts";
import { problem } from "./problem.ts";

/** The upstream's headers that go no further. */
const BLOCKED_HEADERS = new RegExp(
  `^(${[
    // About one connection: RFC 9110, section 7.6.1, and what old proxies add to it.
    "connection|keep-alive|proxy-.*|te|trailers?|transfer-encoding|upgrade",
    // About bytes that fetch has decoded.
    "content-(encoding|length)",
    // What would speak in the name of the relay's own origin, to browsers or to the server in front of it.
    "access-control-.*|alt-svc|clear-site-data|content-location|link|location|nel|refresh|report-to",
    "reporting-endpoints|set-cookie2?|strict-transport-security|www-authenticate|x-accel-.*|x-sendfile",
  ].join("|")})$`,
);

/** No proxy on the way may keep or rewrite a stream. */
const UNBUFFERED = [
  ["cache-control", "no-cache, no-transform"],
  ["x-accel-buffering", "no"],
] as const;

/** Statuses whose responses have no body: the fetch standard's null body statuses. */
const BODILESS = [204, 205, 304];

type Redact = (text: string) => string;

const literal = (text: string): string => text.replace(/[^\w-]/g, "\\$&");

/** Returns a function that removes the key and the upstream's address from a text. */
export function createRedactor({ url, apiKey }: ErrorContext): Redact {
  const { hostname, pathname } = new URL(url);
  const host = `(https?://)?(?<![a-z\\d])${literal(hostname)}(?![a-z\\d])(:\\d+)?`;
  const address = new RegExp(`(${host}|${literal(pathname)})([/?][^\\s"'<>]*)?`, "gi");
  const redactKey = createKeyRedactor(apiKey);
  return (text) => redactKey(text).replace(address, "***");
}

function headersBack(upstream: Headers, redact: Redact): Headers {
  const listed = (upstream.get("connection") ?? "").toLowerCase().split(/[\s,]+/);
  const headers = new Headers();
  for (const [name, value] of upstream) {
    if (!BLOCKED_HEADERS.test(name) && !listed.includes(name)) headers.append(name, redact(value));
  }
  for (const [name, value] of UNBUFFERED) headers.set(name, value);
  return headers;
}

/** The upstream's answer as it came, without the headers that are not for the caller. Its body is the upstream's own. */
export function toResponse(response: Response, redact: Redact): Response {
  const { status, body } = response;
  const headers = headersBack(response.headers, redact);
  if (!BODILESS.includes(status)) return new Response(body, { status, headers });
  cancelBody(response);
  return new Response(null, { status, headers });
}

/**
 * Reads an upstream's error into what the caller gets: its words, redacted, and its status.
 * @param isOwnKey - whether the key is the relay's: that it was refused is then not the caller's error
 */
export async function readUpstreamError(
  response: Response,
  context: BodyContext,
  redact: Redact,
  isOwnKey: boolean,
): Promise<BasetenError> {
  const { text } = await readTextUpTo(MAX_ERROR_BODY_CHARS, response, context);
  const { serverMessage = text, code, type } = parseErrorBody(parseJSON(text));
  const { status } = response;
  const headers = headersBack(response.headers, redact);
  if (status === 401 && isOwnKey) {
    return problem(502, "the upstream refused the relay's key", { headers, code: "relay_key" });
  }
  if (status < 400 || status > 599) return problem(502, `the upstream answered ${status}`, { code: "upstream_status" });
  return problem(status, redact(serverMessage) || `the upstream answered ${status} with no body`, {
    code: typeof code === "string" ? redact(code) : code,
    type: type && redact(type),
    headers,
  });
}
