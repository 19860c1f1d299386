import { BasetenError } from "../error.ts";
import { parseRetryAfter } from "../wire/retry-after.ts";

/** The result of an attempt: a response, or an error. */
export interface Attempt {
  response?: Response | undefined;
  error?: unknown;
  /** Whether the attempt took longer than {@link MAX_RETRYABLE_ATTEMPT_MS}. */
  isLate: boolean;
}

/** Baseten's advice (529 is its "no capacity"), and 408 as LiteLLM and OpenAI's SDKs retry it. */
const RETRIED_STATUSES = [408, 429, 500, 502, 503, 504, 529];

/** No retry if the server asks for a longer wait. */
const MAX_RETRY_AFTER_MS = 60_000;

/** A connection, or a gateway, that gave up later than this has probably begun work that is billed. */
export const MAX_RETRYABLE_ATTEMPT_MS: number = 60_000;

/** LiteLLM's backoff. */
const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;

/**
 * Decides on a retry of a failed attempt: returns ms to wait, or `undefined` for none. A time that the server gave is obeyed
 * as it is; without one the backoff doubles, less up to a quarter at random, so that clients do not come back at the same
 * moment.
 * @param retries - before this attempt
 */
export function getRetryDelay(
  { response, error, isLate }: Attempt,
  retries: number,
  maxRetries: number,
): number | undefined {
  const status = response?.status ?? 0;
  const isConnectionError = error instanceof BasetenError && error.name === "APIConnectionError";
  if (retries >= maxRetries || !(isConnectionError || RETRIED_STATUSES.includes(status))) return;
  if ((isConnectionError || status === 504) && isLate) return;
  const retryAfter = response && parseRetryAfter(response.headers);
  if (retryAfter !== undefined) return retryAfter > MAX_RETRY_AFTER_MS ? undefined : retryAfter;
  return Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** retries) * (1 - Math.random() / 4);
}
