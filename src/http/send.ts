import { createStatusError, MAX_ERROR_BODY_CHARS } from "../wire/api-error.ts";
import { sleep } from "./abortable.ts";
import { cancelBody, readTextUpTo } from "./body.ts";
import type { Call } from "./call.ts";
import { getRetryDelay } from "./retry.ts";

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
    const attempt = await call.attempt();
    const { response, error } = attempt;
    if (response?.ok) return response;
    const delay = getRetryDelay(attempt, retries, call.maxRetries);
    if (delay === undefined || !call.clock.hasTimeFor(delay))
      throw response ? await toStatusError(response, call) : error;
    if (response) cancelBody(response);
    await sleep(delay, call.signal);
  }
}
