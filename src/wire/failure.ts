import { BasetenError, type BasetenErrorFields, type BasetenErrorName } from "../error.js";
import { isObject, parse } from "./json.js";

/**
 * What is known of a call when something goes wrong: every error after sending is built from it.
 * @internal
 */
export interface Trace {
  url: string;
  /** Whether the address is a dedicated deployment's. */
  dedicated: boolean;
  /** Requests sent so far. */
  attempts: number;
  /** The attempt's key, which must show up nowhere. */
  secret: string;
  /** The attempt's response, once its headers came. */
  response: Response | undefined;
}

/**
 * How much of an error's body is read, in bytes, and kept.
 * @internal
 */
export const BODY_LIMIT = 65_536;

/** Texts that mean "too many tokens", of Baseten and of the engines it runs, in any case. */
const CONTEXT_WINDOW = new RegExp(
  [
    "exceed context limit",
    "maximum context (length|limit)",
    "string too long\\. expected a string with maximum length",
    "longer than the model's context length",
    "input tokens exceed the configured limit",
    "`inputs` tokens \\+ `max_new_tokens` must be",
    "exceeds the (available context size|maximum number of tokens allowed)",
    "current length is .*while limit is",
    "maximum input length is .*tokens",
  ].join("|"),
  "i",
);

const NAMES: Record<number, BasetenErrorName> = {
  401: "AuthenticationError",
  402: "PaymentRequiredError",
  403: "PermissionDeniedError",
  404: "NotFoundError",
  408: "TimeoutError",
  429: "RateLimitError",
  504: "TimeoutError",
};

function nameOf(status: number, text: string): BasetenErrorName {
  if ([400, 413, 422].includes(status) && CONTEXT_WINDOW.test(text)) return "ContextWindowExceededError";
  if (status === 403 && /api[-_ ]?key/i.test(text)) return "AuthenticationError";
  return NAMES[status] ?? (status >= 500 ? "InternalServerError" : "BadRequestError");
}

const NUMBER = /^\d+(\.\d+)?$/;

/**
 * How long the server asks to wait, in ms: `retry-after-ms`, else `Retry-After` in seconds or as a date (RFC 9110,
 * section 10.2.3). A date in the past is 0; what is none of these is `undefined`.
 * @internal
 */
export function retryAfter(headers: Headers): number | undefined {
  const ms = headers.get("retry-after-ms") ?? "";
  if (NUMBER.test(ms)) return Number(ms);
  const wait = headers.get("retry-after") ?? "";
  if (NUMBER.test(wait)) return Number(wait) * 1_000;
  // A date has a time of day; without this test engines read "-5" as one.
  const date = /:\d\d/.test(wait) ? Date.parse(wait) : Number.NaN;
  return date >= 0 ? Math.max(0, date - Date.now()) : undefined;
}

/** A key shorter than this may stand in ordinary text. */
const SECRET_LENGTH = 8;

function clean(text: string, { secret }: Trace): string {
  return secret.length < SECRET_LENGTH ? text : text.split(secret).join("***");
}

/**
 * The server's words as a message holds them: cleaned first and then cut, so that no half of a key is left.
 * @internal
 */
export function quote(words: string, trace: Trace): string {
  return clean(words, trace).slice(0, 500);
}

/**
 * Builds an error of a call that was sent. Its message names the status and the host, and none of its text holds the
 * key.
 * @internal
 */
export function failure(
  name: BasetenErrorName,
  message: string,
  trace: Trace,
  fields: BasetenErrorFields = {},
): BasetenError {
  const { url, attempts, response } = trace;
  const headers = response && new Headers(Array.from(response.headers, ([key, value]) => [key, clean(value, trace)]));
  const status = response?.status || undefined;
  const { cause, ...texts }: BasetenErrorFields = {
    ...fields,
    url,
    requestId: headers?.get("x-baseten-request-id") ?? headers?.get("x-request-id") ?? fields.requestId,
    body: fields.body?.slice(0, BODY_LIMIT),
  };
  for (const [field, value] of Object.entries(texts)) {
    if (typeof value === "string") Object.assign(texts, { [field]: clean(value, trace) });
  }
  return new BasetenError(name, clean(`${status ? `${status} from ` : ""}${new URL(url).host}: ${message}`, trace), {
    ...texts,
    status,
    headers,
    retryAfter: headers && retryAfter(headers),
    attempts,
    cause,
  });
}

function firstText(...candidates: unknown[]): string | undefined {
  return candidates.find((value): value is string => typeof value === "string" && value !== "");
}

/** What a server says of an error, in any of the shapes that Baseten, its engines and a LiteLLM proxy send. */
function said(body: unknown): BasetenErrorFields & { words?: string | undefined } {
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

const CHECK_DEPLOYMENT =
  " (check the model id and environment, that servedModelName is the name the server was started with," +
  " and that the model speaks /v1: a plain Truss has only /predict)";

/**
 * The error of a response whose status is none of success.
 * @param text - its body, as far as it came
 * @internal
 */
export function statusFailure(text: string, response: Response, trace: Trace): BasetenError {
  const { words = text, ...fields } = said(parse(text));
  const hint = response.status === 404 && trace.dedicated ? CHECK_DEPLOYMENT : "";
  const message = (quote(words, trace) || "no body") + hint;
  return failure(nameOf(response.status, `${words} ${text}`), message, trace, { ...fields, body: text });
}

/**
 * The error that a body reports although its status is 200: `error` as a text or an object, or the flat shape, a text
 * `message` and no `choices`. `"error": null` is nothing.
 * @internal
 */
export function reportedFailure(body: Record<string, unknown>, trace: Trace): BasetenError | undefined {
  const { error, message, choices } = body;
  if (!firstText(error) && !isObject(error) && (typeof message !== "string" || choices != null)) return;
  const { words = "an error without words", ...fields } = said(body);
  return failure("APIError", quote(words, trace), trace, { ...fields, body: JSON.stringify(body) });
}

/**
 * The error of a 200 that is not what was asked for.
 * @param what - what it is, in our words
 * @param text - what came, at least its first 500 characters
 * @internal
 */
export function invalidResponse(what: string, text: string, trace: Trace): BasetenError {
  const type = trace.response?.headers.get("content-type") ?? "no content type";
  return failure("InvalidResponseError", `${what} (${type}): ${quote(text, trace)}`, trace, { body: text });
}

function isTimeout(cause: unknown): boolean {
  for (let error = cause, depth = 0; isObject(error) && depth < 5; error = error.cause, depth++) {
    if (error.name === "TimeoutError" || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(`${error.code}`)) return true;
  }
  return false;
}

/**
 * The error of a fetch that rejected, or of a body that broke off.
 * @param what - what happened, in our words
 * @param cause - what was thrown
 * @internal
 */
export function connectionFailure(what: string, cause: unknown, trace: Trace): BasetenError {
  if (isTimeout(cause)) {
    const advice = "stream the answer (collect(stream(request))), or wake the deployment first";
    return failure("TimeoutError", `the runtime gave up waiting: ${advice}`, trace, { cause });
  }
  const words = firstText((cause as { message?: unknown } | null | undefined)?.message, cause) ?? "no reason given";
  // To a script, a refusal by CORS and a dead network are the same TypeError.
  const hint = globalThis.location
    ? " (in a page CORS may be why, which Baseten's hosts do not allow: call through a relay, see baseten-fetch/relay)"
    : "";
  return failure("APIConnectionError", `${what}: ${quote(words, trace)}${hint}`, trace, { cause });
}
