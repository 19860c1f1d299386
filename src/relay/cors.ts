import type { Settings } from "./options.ts";

/** What pages may read of an answer's headers, beside those that the standard lets them. */
const EXPOSED = "retry-after, retry-after-ms, x-request-id, x-baseten-request-id";

/** A header's name: RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/;

/** The longest list of header names that is echoed, in characters. */
const NAMES_LIMIT = 4_096;

async function allowed(origin: string | null, origins: Settings["origins"]): Promise<string | undefined> {
  if (origins === "*") return origins;
  // Only true is true: an async predicate's promise is waited for.
  return origin !== null && (await origins(origin)) === true ? origin : undefined;
}

/**
 * The CORS headers of whatever will be the answer. `vary` is there even for an origin that is not allowed: a cache must
 * not hand one origin's answer to another. Never credentials: what a page may spend is for `authorize` to say.
 * @internal
 */
export async function corsHeaders({ headers }: Request, { origins }: Settings): Promise<[string, string][]> {
  const origin = await allowed(headers.get("origin"), origins);
  const vary: [string, string] = ["vary", "origin"];
  if (origin === undefined) return [vary];
  return [vary, ["access-control-allow-origin", origin], ["access-control-expose-headers", EXPOSED]];
}

/**
 * The answer to a preflight. It echoes the header names that the page asks for, since clients send headers of their own
 * and `*` does not cover `authorization`. Where the origin is not allowed, all this allows nothing.
 * @param allow - the methods of the endpoint
 * @internal
 */
export function preflight({ headers }: Request, allow: string): Response {
  const asked = headers.get("access-control-request-headers") ?? "";
  const names = asked.length > NAMES_LIMIT ? [] : asked.split(",").map((name) => name.trim());
  const echoed = names.filter((name) => TOKEN.test(name)).join(", ");
  return new Response(null, {
    status: 204,
    headers: {
      allow,
      "access-control-allow-methods": allow,
      ...(echoed && { "access-control-allow-headers": echoed }),
      "access-control-max-age": "86400",
      vary: "access-control-request-headers",
    },
  });
}
