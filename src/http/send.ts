import { BODY_LIMIT, failure, statusFailure } from "../wire/failure.ts";
import { keyText } from "../wire/key.ts";
import { textOf } from "./body.ts";
import type { Call } from "./call.ts";
import { left } from "./deadline.ts";
import { discard, exchange } from "./exchange.ts";
import { retryDelay } from "./retry.ts";
import { sleep, wait } from "./wait.ts";

/** The attempt's key, or `""`. An error shows nothing of it. */
async function keyFor({ apiKey, keyNeeded, trace }: Call): Promise<string> {
  const refusal = (words: string, cause?: unknown): unknown => failure("AuthenticationError", words, trace, { cause });
  let key: unknown;
  try {
    key = typeof apiKey === "function" ? await apiKey() : apiKey;
  } catch (cause) {
    throw refusal("apiKey failed", cause);
  }
  const text = keyText(key);
  if (text === undefined) throw refusal("apiKey is no string of visible ASCII characters");
  if (keyNeeded && !text) throw refusal("no key: pass apiKey, or set BASETEN_API_KEY (not for a baseURL)");
  return text;
}

async function attempt(call: Call): Promise<Response> {
  const { trace, deadline, method, body } = call;
  const headers = new Headers(call.headers);
  trace.response = undefined;
  if (!headers.get("authorization")) {
    const key = await keyFor(call);
    if (key) headers.set("authorization", `Bearer ${key}`);
  }
  trace.secret = headers.get("authorization")?.split(" ").pop() ?? "";
  // A plain object survives the spread of whoever wraps fetch; a Headers does not.
  const init = { method, headers: Object.fromEntries(headers), ...(body !== undefined && { body }) };
  return exchange(call.fetch, init, trace, deadline.controller.signal);
}

async function statusError(response: Response, { deadline, trace }: Call): Promise<unknown> {
  const { text, failure: broken } = await textOf(response, deadline, BODY_LIMIT);
  const { ended } = deadline;
  // The status is the news, however little of its body came; only the caller and the call's own end are louder.
  return ended === "caller" || ended === "total" ? broken : statusFailure(text, response, trace);
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
    let response: Response | undefined;
    let error: unknown;
    try {
      response = await wait(deadline, () => attempt(call), deadline.limit.response);
      if (response.ok) return response;
    } catch (cause) {
      error = cause;
    }
    const delay = retryDelay({ response, error, elapsed: performance.now() - began, retries, maxRetries });
    if (delay === undefined || delay >= left(deadline)) throw response ? await statusError(response, call) : error;
    if (response) discard(response);
    await sleep(deadline, delay);
  }
}
