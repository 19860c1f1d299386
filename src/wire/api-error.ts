import { BasetenError, type BasetenErrorName } from "../error.ts";
import { type ErrorBody, parseErrorBody } from "./error-body.ts";
import { errorNameForStatus } from "./error-name.ts";
import { parseJSON } from "./json.ts";
import { createKeyRedactor } from "./redact.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What is known of a request when something goes wrong. */
export interface ErrorContext {
  url: string;
  /** Requests sent so far. */
  attempts: number;
  /** The attempt's key, which no error may show. */
  apiKey: string;
  /** The attempt's response, once its headers have come. */
  response?: Response | undefined;
}

/** What an error is about. */
export interface ErrorDetails {
  /** The body that came. */
  body?: string | undefined;
  /** What the message quotes. Default: what `body` says of an error, else `body` itself. */
  quote?: string | undefined;
  /** Whether the message names the response's content type. */
  showsType?: boolean | undefined;
  cause?: unknown;
  /** The response, if the context does not have it yet. */
  response?: Response | undefined;
}

/** Builds an error of one request: {@link buildError} with its context. */
export type CreateError = (name: BasetenErrorName, prefix: string, details?: ErrorDetails) => BasetenError;

/** The most that is read and kept of an error's body, in characters. */
export const MAX_ERROR_BODY_CHARS = 65_536;

/** The most that a message quotes of the server's words, in characters. */
const MAX_QUOTED_CHARS = 500;

/** Redacts each string of an error's body once more: parsing has removed the escapes. */
function redactFields(body: ErrorBody, redact: (text: string) => string): ErrorBody {
  const redactValue = (value: unknown) => (typeof value === "string" ? redact(value) : value);
  return Object.fromEntries(Object.entries(body).map(([field, value]) => [field, redactValue(value)]));
}

/**
 * Builds an error of a request that was sent: the one place that does. Its message names the status and the host, then
 * `prefix`, then the server's words. No text of it holds the key: text is redacted before it is cut, so that a cut never
 * leaves a part of the key.
 */
export function buildError(
  context: ErrorContext,
  name: BasetenErrorName,
  prefix: string,
  details: ErrorDetails = {},
): BasetenError {
  const { url, attempts, apiKey } = context;
  const { body: text = "", quote, showsType, cause, response = context.response } = details;
  const redactKey = createKeyRedactor(apiKey);
  // The rest of a huge text is not looked at.
  const redact = (whole: string) => redactKey(whole.slice(0, 2 * MAX_ERROR_BODY_CHARS)).slice(0, MAX_ERROR_BODY_CHARS);
  const body = redact(text);
  const { serverMessage, requestId, ...fields } = redactFields(parseErrorBody(parseJSON(text)), redact);
  const quoted = quote === undefined ? (serverMessage ?? body) : redact(quote);
  const headers =
    response && new Headers(Array.from(response.headers, ([field, value]): [string, string] => [field, redact(value)]));
  const status = response?.status || undefined;
  const contentType = showsType ? ` (${headers?.get("content-type") ?? "no content type"})${quoted && ": "}` : "";
  const origin = `${status ? `${status} from ` : ""}${new URL(url).host}: `;
  return new BasetenError(
    name,
    redact(origin + prefix + contentType).slice(0, MAX_QUOTED_CHARS) + quoted.slice(0, MAX_QUOTED_CHARS),
    {
      ...fields,
      status,
      url: redact(url),
      requestId: headers?.get("x-baseten-request-id") ?? headers?.get("x-request-id") ?? requestId,
      headers,
      body: body || undefined,
      retryAfter: headers && parseRetryAfter(headers),
      attempts,
      cause,
    },
  );
}

/** Builds the error of a response with an error status; `body` is as much of its body as came. */
export function createStatusError(
  { status }: Response,
  url: string,
  body: string,
  createError: CreateError,
): BasetenError {
  // The path of a dedicated deployment's model: not of `wake`.
  const isDedicated = url.includes("/sync/v1/");
  const hint = status === 404 && isDedicated ? "check servedModelName, and that the deployment serves /v1: " : "";
  // The parsed message as well: JSON escapes may hide the words that tell errors apart.
  const { serverMessage = "" } = parseErrorBody(parseJSON(body));
  const name = errorNameForStatus(status, `${serverMessage}\n${body}`);
  return createError(name, hint + (body.trim() ? "" : "no body"), { body });
}

/** Builds the error of a 200 that is not what was asked for; the message quotes the beginning of `body`. */
export function createInvalidResponseError(what: string, body: string, createError: CreateError): BasetenError {
  return createError("InvalidResponseError", what, { body, quote: body, showsType: true });
}
