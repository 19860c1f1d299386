import { createStatusError, MAX_ERROR_BODY_CHARS } from "../wire/api-error.ts";
import { sleep } from "./abortable.ts";
import { cancelBody, readTextUpTo } from "./body.ts";
import type { Call } from "./call.ts";
import { getRetryDelay, MAX_RETRIED_ATTEMPT_MS } from "./retry.ts";
import { createTimer } from "./timer.ts";

/** Reports the HTTP status even if reading its body failed, unless the caller aborted or `timeout.total` expired. */
async function toStatusError(response: Response, call: Call): Promise<unknown> {
  const { text, failure } = await readTextUpTo(MAX_ERROR_BODY_CHARS, response, call);
  const endedBy = call.endedBy();
  if (failure && (endedBy === "caller" || endedBy === "total")) return failure.error;
  return createStatusError(response, call.url, text, call.createError);
}

/**
 * Sends a call, with its retries, until the headers of a 2xx come.
 * @throws {BasetenError} by the status of the last attempt, or by what kept it from one; the signal's reason
 */
export async function send(call: Call): Promise<Response> {
  for (let retries = 0; ; retries++) {
    let isLate = false;
    // A timer, since fake timers may leave the clock as it is.
    const lateTimer = createTimer(MAX_RETRIED_ATTEMPT_MS + 1, () => {
      isLate = true;
    });
    lateTimer.start();
    let response: Response | undefined;
    let error: unknown;
    try {
      response = await call.attempt();
      if (response.ok) return response;
    } catch (cause) {
      error = cause;
    } finally {
      lateTimer.stop();
    }
    const delay = getRetryDelay({ response, error, isLate, retries, maxRetries: call.maxRetries });
    if (delay === undefined || !call.clock.hasTimeFor(delay))
      throw response ? await toStatusError(response, call) : error;
    if (response) cancelBody(response);
    await sleep(delay, call.signal);
  }
}
