import type { BasetenError } from "../error.ts";
import { type Body, openBody, readFailure, textOf } from "../http/body.ts";
import { type Deadline, end } from "../http/deadline.ts";
import { discard } from "../http/exchange.ts";
import { NONE } from "../http/limits.ts";
import { BODY_LIMIT, said, type Trace } from "../wire/failure.ts";
import { parse } from "../wire/json.ts";
import { withoutKey } from "../wire/key.ts";
import { problem } from "./problem.ts";

/** The upstream's headers that go no further. */
const KEPT = new RegExp(
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

type Clean = (text: string) => string;

const literal = (text: string): string => text.replace(/[^\w-]/g, "\\$&");

/** Takes the key and the upstream's address out of a text. */
function cleaner({ url, secret }: Trace): Clean {
  const { hostname, pathname } = new URL(url);
  const host = `(https?://)?(?<![a-z\\d])${literal(hostname)}(?![a-z\\d])(:\\d+)?`;
  const address = new RegExp(`(${host}|${literal(pathname)})([/?][^\\s"'<>]*)?`, "gi");
  return (text) => withoutKey(text, secret).replace(address, "***");
}

function headersBack(upstream: Headers, clean: Clean): Headers {
  const listed = (upstream.get("connection") ?? "").toLowerCase().split(/[\s,]+/);
  const headers = new Headers();
  for (const [name, value] of upstream) {
    if (!KEPT.test(name) && !listed.includes(name)) headers.append(name, clean(value));
  }
  for (const [name, value] of UNBUFFERED) headers.set(name, value);
  return headers;
}

/** The same bytes, a read for a read: nothing is asked of the upstream that was not asked for here. */
function through(body: Body, deadline: Deadline): ReadableStream<Uint8Array> {
  // A stream may pause: it is the caller's to say for how long.
  deadline.limit.idle = NONE;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = body.take(await body.ask());
          if (bytes) return controller.enqueue(bytes);
          deadline.release();
          controller.close();
        } catch (cause) {
          const error = readFailure(cause, deadline);
          // A broken answer must not look like a whole one: what comes of this is no proper end.
          end(deadline, "reader", error);
          throw error;
        }
      },
      cancel: (reason) => end(deadline, "reader", reason),
    },
    { highWaterMark: 0 },
  );
}

/**
 * The upstream's answer as it was, less the headers that are not the caller's business.
 * @internal
 */
export function passBack(response: Response, deadline: Deadline): Response {
  const { status } = response;
  const headers = headersBack(response.headers, cleaner(deadline.trace));
  if (response.body !== null && !BODILESS.includes(status)) {
    return new Response(through(openBody(response, deadline), deadline), { status, headers });
  }
  deadline.release();
  discard(response);
  return new Response(null, { status, headers });
}

/**
 * What the caller is told of an upstream's error: its words, cleaned, and its status.
 * @param own - whether the key is the relay's: that it was refused is then no fault of the caller's
 * @internal
 */
export async function upstreamProblem(response: Response, deadline: Deadline, own: boolean): Promise<BasetenError> {
  const { trace } = deadline;
  const clean = cleaner(trace);
  const { text } = await textOf(response, deadline, BODY_LIMIT);
  const { words = text, code, type } = said(parse(text));
  const { status } = response;
  const headers = headersBack(response.headers, clean);
  if (status === 401 && own)
    return problem(502, "the upstream refused the relay's key", { headers, code: "relay_key" });
  if (status < 400 || status > 599) return problem(502, `the upstream answered ${status}`, { code: "upstream_status" });
  return problem(status, clean(words) || `the upstream answered ${status} with no body`, {
    code: typeof code === "string" ? clean(code) : code,
    type: type && clean(type),
    headers,
  });
}
