import { BasetenError, type BasetenErrorFields, type BasetenErrorName } from "../error.ts";
import { isObject, parse } from "./json.ts";
import { withoutKey } from "./key.ts";
import { nameOf, retryAfter } from "./status.ts";

/**
 * What is known of a call when something goes wrong: every error after sending is built from it.
 * @internal
 */
export interface Trace {
  url: string;
  /** Requests sent so far. */
  attempts: number;
  /** The attempt's key, which must show up nowhere. */
  secret: string;
  /** The attempt's response, once its headers came. */
  response?: Response | undefined;
}

/**
 * How much of an error's body is read, in bytes, and kept.
 * @internal
 */
export const BODY_LIMIT = 65_536;

/**
 * What a server says of an error, in any of the shapes that Baseten, its engines and a LiteLLM proxy send.
 * @internal
 */
export function said(body: unknown): BasetenErrorFields & { words?: string | undefined } {
  if (!isObject(body)) return {};
  const inner = isObject(body.error) ? body.error : body;
  const code = inner.code ?? body.error_code;
  return {
    words: firstText(inner.message, body.error, body.message, body.detail),
    code: typeof code === "number" ? code : firstText(code),
    type: firstText(inner.type),
    param: firstText(inner.param),
    requestId: firstText(body.request_id),
  };
}

function firstText(...candidates: unknown[]): string | undefined {
  return candidates.find((value): value is string => typeof value === "string" && value !== "");
}

/**
 * Builds an error of a call that was sent: the one place that does. Its message names the status and the host, then
 * `own`, our words, and then the server's, cut at 500 characters. No text of it holds the key.
 * @param own - our words
 * @param text - the body that came, if the error is about one
 * @param words - the server's words, where they are not what `text` says of an error
 * @internal
 */
export function failure(
  name: BasetenErrorName,
  own: string,
  trace: Trace,
  { text = "", words, cause }: { text?: string; words?: string; cause?: unknown } = {},
): BasetenError {
  const { url, attempts, secret, response } = trace;
  // Cleaned before it is cut, so that no half of a key is left.
  const clean = (words: string): string => withoutKey(words, secret);
  const body = clean(text);
  // Once more behind the JSON, whose escapes may have hidden it.
  const inside = parse(text, (_, value) => (typeof value === "string" ? clean(value) : value));
  const { words: theirs = body, requestId, ...fields } = said(inside);
  const headers = response && new Headers(Array.from(response.headers, ([header, value]) => [header, clean(value)]));
  const status = response?.status || undefined;
  const from = `${status ? `${status} from ` : ""}${new URL(url).host}: `;
  return new BasetenError(name, clean(from + own) + (words === undefined ? theirs : clean(words)).slice(0, 500), {
    ...fields,
    status,
    url: clean(url),
    requestId: headers?.get("x-baseten-request-id") ?? headers?.get("x-request-id") ?? requestId,
    headers,
    body: body.slice(0, BODY_LIMIT) || undefined,
    retryAfter: headers && retryAfter(headers),
    attempts,
    cause,
  });
}

/**
 * The error of a response whose status is none of success.
 * @param text - its body, as far as it came
 * @internal
 */
export function statusFailure(text: string, { status }: Response, trace: Trace): BasetenError {
  const dedicated = new URL(trace.url).hostname.endsWith(".api.baseten.co");
  const hint = status === 404 && dedicated ? "check servedModelName, and that the deployment speaks /v1: " : "";
  // Written anew, JSON has no escapes that hide an ordinary character.
  const name = nameOf(status, JSON.stringify(parse(text) ?? text));
  return failure(name, hint + (text ? "" : "no body"), trace, { text });
}

/**
 * Throws the error that a body reports although its status is 200: `error` as a text or an object, or the flat shape, a
 * text `message` and no `choices`. `"error": null` is nothing.
 * @throws {BasetenError} `APIError`
 * @internal
 */
export function throwReported({ error, message, choices }: Record<string, unknown>, text: string, trace: Trace): void {
  const flat = choices == null && typeof message === "string";
  if (flat || (error && (typeof error === "string" || isObject(error)))) throw failure("APIError", "", trace, { text });
}

/**
 * The error of a 200 that is not what was asked for.
 * @param what - what it is, in our words
 * @param text - what came, at least its first 500 characters
 * @internal
 */
export function invalidResponse(what: string, text: string, trace: Trace): BasetenError {
  const type = trace.response?.headers.get("content-type")?.slice(0, 100) ?? "no content type";
  return failure("InvalidResponseError", `${what} (${type}): `, trace, { text, words: text });
}

const RUNTIME_TIMEOUT = /^(TimeoutError|UND_ERR_(HEADERS|BODY)_TIMEOUT)$/;

/** Whether the runtime gave up: Node's fetch tells it by the code of its error's cause. */
function isTimeout(cause: unknown, depth = 3): boolean {
  if (depth === 0 || cause == null) return false;
  const { name, code, cause: deeper } = cause as Record<string, unknown>;
  return RUNTIME_TIMEOUT.test(`${name}`) || RUNTIME_TIMEOUT.test(`${code}`) || isTimeout(deeper, depth - 1);
}

/**
 * The error of a fetch that rejected, or of a body that broke off.
 * @param what - what happened, in our words
 * @param cause - what was thrown
 * @internal
 */
export function connectionFailure(what: string, cause: unknown, trace: Trace): BasetenError {
  if (isTimeout(cause)) {
    const advice = "stream it (collect(stream(request))), or wake the deployment first";
    return failure("TimeoutError", `the runtime gave up waiting: ${advice}`, trace, { cause });
  }
  // To a page, a refusal by CORS and a dead network are the same TypeError.
  const hint = globalThis.location ? " (CORS may be why: see baseten-fetch/relay)" : "";
  const words = firstText(Object(cause).message, cause) ?? "";
  return failure("APIConnectionError", `${what}: ${words}${hint}`, trace, { cause });
}
