import { createStatusError, MAX_ERROR_BODY_CHARS } from "../wire/api-error.ts";
import { sleep } from "./abortable.ts";
import { cancelBody, readTextUpTo } from "./body.ts";
import type { Call } from "./call.ts";
import { type Attempt, getRetryDelay, MAX_RETRYABLE_ATTEMPT_MS } from "./retry.ts";
import { createTimer } from "./timer.ts";

/** Reports the HTTP status even if reading its body failed, unless the caller aborted or `timeout.total` expired. */
async function toStatusError(response: Response, call: Call): Promise<unknown> {
  const { text, failure } = await readTextUpTo(MAX_ERROR_BODY_CHARS, response, call);
  const endedBy = call.endedBy();
  if (failure && (endedBy === "caller" || endedBy === "total")) return failure.error;
  return createStatusError(response, call.url, text, call.createError);
}

/** Makes an attempt. That it failed is a result too: the retry depends on it. */
async function makeAttempt(call: Call): Promise<Attempt> {
  let isLate = false;
  // A timer, since fake timers may leave the time of day as it is.
  const timer = createTimer(MAX_RETRYABLE_ATTEMPT_MS + 1, () => {
    isLate = true;
  });
  timer.start();
  try {
    return { response: await call.attempt(), isLate };
  } catch (error) {
    return { error, isLate };
  } finally {
    timer.stop();
  }
}

/**
 * Sends a call, with its retries, until the headers of a 2xx come.
 * @throws {BasetenError} by the status of the last attempt, or by what kept it from one; the signal's reason
 */
export async function send(call: Call): Promise<Response> {
  for (let retries = 0; ; retries++) {
    const attempt = await makeAttempt(call);
    const { response, error } = attempt;
    if (response?.ok) return response;
    const delay = getRetryDelay(attempt, retries, call.maxRetries);
    if (delay === undefined || !call.clock.hasTimeFor(delay))
      throw response ? await toStatusError(response, call) : error;
    if (response) cancelBody(response);
    await sleep(delay, call.signal);
  }
}
