import { BasetenError } from "../error.ts";
import { retryAfter } from "../wire/status.ts";

/** What became of an attempt: a response that is no success, or an error. */
interface Outcome {
  response: Response | undefined;
  error: unknown;
  /** How long the attempt took, in ms. */
  elapsed: number;
  /** Retries before this attempt. */
  retries: number;
  maxRetries: number;
}

/** Baseten's advice, and 408 as LiteLLM and OpenAI's clients have it. */
const RETRIED = [408, 429, 500, 502, 503, 504];

/** A server that asks for a longer wait is not waited for; an attempt that took longer has probably begun its work. */
const PATIENCE = 60_000;

/**
 * The one decision on a retry: ms to wait, or `undefined` for none. A time that the server gave is obeyed as it is;
 * without one LiteLLM's 0.5 s, doubled up to 8 s, less up to a quarter, so that clients do not come back in step.
 * @internal
 */
export function retryDelay({ response, error, elapsed, retries, maxRetries }: Outcome): number | undefined {
  const status = response?.status ?? 0;
  const rejected = error instanceof BasetenError && error.name === "APIConnectionError";
  if (retries >= maxRetries || !(rejected || RETRIED.includes(status))) return;
  if ((rejected || status === 504) && elapsed > PATIENCE) return;
  const asked = response && retryAfter(response.headers);
  if (asked !== undefined) return asked > PATIENCE ? undefined : asked;
  return Math.min(8_000, 500 * 2 ** retries) * (1 - Math.random() / 4);
}
