import { assertValid } from "../error.ts";
import { abortable } from "../http/abortable.ts";
import { getSecret } from "../http/api-key.ts";
import { cancelBody, hasNullBodyStatus } from "../http/body.ts";
import { startLifetime } from "../http/lifetime.ts";
import { resolveTimeouts } from "../http/timeouts.ts";
import type { Fetch, Timeouts } from "../types/options.ts";
import type { ErrorContext } from "../wire/api-error.ts";
import { isObject, parseJSON } from "../wire/json.ts";
import { assertOptions } from "../wire/options.ts";
import { createGuardedBody } from "./guarded-body.ts";

/** The options of {@link guard}. */
export interface GuardOptions {
  /** The fetch to call. Default: `globalThis.fetch`, looked up at each call. */
  fetch?: Fetch | undefined;
  /** Limits in ms, as the client's. Default: `response` 600,000 for the Model API and 1,260,000 elsewhere, `idle` 120,000. */
  timeout?: Pick<Timeouts, "response" | "idle"> | undefined;
}

type FetchArguments = Parameters<Fetch>;

function isRequest(input: FetchArguments[0]): input is Request {
  return typeof input === "object" && "headers" in input;
}

function getURL(input: FetchArguments[0]): string {
  return isRequest(input) ? input.url : String(input);
}

/** Reads the body that will be sent, if it is a string or a Request's. */
async function readRequestBody(input: FetchArguments[0], init: FetchArguments[1]): Promise<string | undefined> {
  if (typeof init?.body === "string") return init.body;
  return isRequest(input) && init?.body == null ? input.clone().text() : undefined;
}

/** Tells whether a request asks for a streamed chat completion. */
async function isStreamRequest(input: FetchArguments[0], init: FetchArguments[1]): Promise<boolean> {
  const method = init?.method ?? (isRequest(input) ? input.method : "GET");
  const [path = ""] = getURL(input).split(/[?#]/, 1);
  if (method.toUpperCase() !== "POST" || !path.endsWith("/chat/completions")) return false;
  const body = parseJSON((await readRequestBody(input, init)) ?? "");
  return isObject(body) && body.stream === true;
}

/** The same response with another body. */
function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url } = response;
  // A constructed response has no URL of its own.
  return Object.defineProperty(new Response(body, { status, statusText, headers }), "url", { value: url });
}

/** Fetches a stream, and checks its body. A failure before the headers, and an error status, are the caller's to handle. */
async function fetchStream(
  fetch: Fetch,
  [input, init]: FetchArguments,
  timeout: GuardOptions["timeout"],
): Promise<Response> {
  const { href, hostname } = new URL(getURL(input), globalThis.location?.href);
  const headers = new Headers(init?.headers ?? (isRequest(input) ? input.headers : undefined));
  const context: ErrorContext = { url: href, attempts: 1, apiKey: getSecret(headers.get("authorization")) };
  const limits = resolveTimeouts(timeout, hostname === "inference.baseten.co");
  // By the Fetch standard null means no signal, even if the Request has one.
  const callerSignal = init?.signal === undefined && isRequest(input) ? input.signal : init?.signal;
  const lifetime = startLifetime(context, limits, callerSignal);
  const { signal, clock } = lifetime;

  async function send(): Promise<Response> {
    // From here on an abort cancels the body of the response.
    context.response = await fetch(input, { ...init, signal });
    // A fetch may ignore its signal.
    if (signal.aborted) cancelBody(context.response);
    return context.response;
  }

  try {
    clock.startAttempt();
    const response = await abortable(send, signal);
    clock.endAttempt();
    // The abort may have come after fetch resolved.
    if (signal.aborted) throw signal.reason;
    if (response.ok && !hasNullBodyStatus(response)) return withBody(response, createGuardedBody(response, lifetime));
    // The caller reads this body: the signal stays connected to the fetch, so that an abort still errors it.
    context.response = undefined;
    if (response.body) clock.stop();
    else lifetime.close();
    return response;
  } catch (error) {
    lifetime.close();
    throw error;
  }
}

/**
 * Makes a `fetch` for other SDKs that reports what they end silently: the body of a streamed chat completion errors with the
 * `BasetenError` that `stream` would throw if it is truncated, broken or silent, if it reports an error, or if it is
 * HTML or JSON instead of events.
 *
 * ```ts
 * const client = new OpenAI({ baseURL: "https://inference.baseten.co/v1", apiKey, fetch: guard() });
 * ```
 *
 * Checked is the response to a `POST …/chat/completions` with `stream: true` in its body (a string, or a Request's). It
 * passes through byte for byte, with back-pressure; leaving it aborts the request, and after an abort it errors with the
 * signal's reason. Every other response passes untouched.
 *
 * @param options - the fetch to call, and limits in ms
 * @returns the fetch; it rejects with `TimeoutError` if the headers do not come within `timeout.response`
 * @throws {BasetenError} `BadRequestError` that names the option
 */
export function guard(options: GuardOptions = {}): Fetch {
  assertOptions(options, ["fetch", "timeout"]);
  const { fetch, timeout = {} } = options;
  assertValid(fetch === undefined || typeof fetch === "function", "fetch", "a function", fetch);
  assertOptions(timeout, ["response", "idle"], "timeout");
  resolveTimeouts(timeout);
  return async (input, init) => {
    const send = fetch ?? globalThis.fetch;
    return (await isStreamRequest(input, init)) ? fetchStream(send, [input, init], timeout) : send(input, init);
  };
}
