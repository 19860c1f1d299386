import { BasetenError } from "../error.js";
import { BODY_LIMIT, statusFailure } from "../wire/failure.js";
import { textOf } from "./body.js";
import type { Call } from "./call.js";
import { left, sleep, wait } from "./deadline.js";
import { discard, exchange } from "./exchange.js";
import { retryDelay } from "./retry.js";

function unauthenticated(what: string, { trace }: Call, cause?: unknown): BasetenError {
  const { url, attempts } = trace;
  return new BasetenError("AuthenticationError", `${new URL(url).host}: ${what}`, { url, attempts, cause });
}

/** The attempt's key, or `""`. An error shows nothing of it. */
async function keyFor(call: Call): Promise<string> {
  const { apiKey } = call;
  let key: unknown;
  try {
    key = typeof apiKey === "function" ? await apiKey() : apiKey;
  } catch (cause) {
    throw unauthenticated("apiKey: the function failed", call, cause);
  }
  const text = typeof key === "string" ? key.trim() : (key ?? "");
  if (typeof text !== "string" || !/^[!-~]*$/.test(text)) {
    throw unauthenticated("apiKey: expected a string of visible ASCII characters", call);
  }
  return text;
}

async function attempt(call: Call): Promise<Response> {
  const { trace, deadline, method, body } = call;
  const headers = new Headers(call.headers);
  trace.response = undefined;
  if (!headers.get("authorization")) {
    const key = await keyFor(call);
    if (key) headers.set("authorization", `Bearer ${key}`);
    else if (call.keyNeeded) {
      throw unauthenticated("no API key: pass apiKey (beside a baseURL always), or set BASETEN_API_KEY", call);
    }
  }
  trace.secret = headers.get("authorization")?.split(" ").pop() ?? "";
  // A plain object survives the spread of whoever wraps fetch; a Headers does not.
  const init = { method, headers: Object.fromEntries(headers), ...(body !== undefined && { body }) };
  return exchange(call.fetch, init, trace, deadline.controller.signal);
}

async function statusError(response: Response, { deadline, trace }: Call): Promise<unknown> {
  const { text, failure } = await textOf(response, deadline, trace, BODY_LIMIT);
  const by = deadline.ended?.by;
  // The status is the news, however little of its body came; only the caller and the call's own end are louder.
  return by === "caller" || by === "total" ? failure : statusFailure(text, response, trace);
}

function isConnection(error: unknown): boolean {
  return error instanceof BasetenError && error.name === "APIConnectionError";
}

/**
 * Sends a call, with its key and its retries, until the headers of a 2xx come.
 * @throws {BasetenError} by the status of the last attempt, or by what kept it from one
 * @internal
 */
export async function send(call: Call): Promise<Response> {
  const { deadline, maxRetries } = call;
  for (let retries = 0; ; retries++) {
    const began = performance.now();
    const { response, error } = await wait(deadline, () => attempt(call), "response").then(
      (response) => ({ response, error: undefined }),
      (error: unknown) => ({ response: undefined, error }),
    );
    if (response?.ok) return response;
    const elapsed = performance.now() - began;
    const mayRetry = retries < maxRetries && (response || isConnection(error));
    const delay = mayRetry ? retryDelay({ response, elapsed, retries }) : undefined;
    if (delay === undefined || delay >= left(deadline)) throw response ? await statusError(response, call) : error;
    if (response) discard(response);
    await sleep(deadline, delay);
  }
}
