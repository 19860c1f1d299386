import type { Fetch } from "../types/options.ts";
import type { CreateError } from "../wire/api-error.ts";
import { createConnectionError } from "../wire/connection-error.ts";
import { cancelBody } from "./body.ts";

/** React Native follows redirects, and its responses lack `redirected`: compare the addresses there. */
function wasRedirected({ redirected, url }: Response, requested: string): boolean {
  return redirected ?? (Boolean(url) && new URL(url, requested).href !== new URL(requested).href);
}

function isRedirect(response: Response, requested: string): boolean {
  const { status } = response;
  // An opaque redirect has the status 0.
  return status === 0 || (status >= 300 && status < 400) || wasRedirected(response, requested);
}

/** In a page, a refusal by CORS and a dead network are the same TypeError. */
function corsHint(): string {
  return globalThis.location ? " (CORS may be why: see baseten-fetch/relay)" : "";
}

/**
 * Calls fetch once. Resolves at the headers with any response but a redirect.
 * @throws {BasetenError} `APIConnectionError` or `TimeoutError` if fetch rejects, `InvalidResponseError` for a redirect, or
 * if fetch resolves without a response; the signal's reason if it is aborted
 */
export async function fetchOnce(
  fetch: Fetch,
  url: string,
  init: RequestInit & { signal: AbortSignal },
  createError: CreateError,
): Promise<Response> {
  const { signal } = init;
  let response: Response;
  try {
    // Workers has no redirect: "error".
    response = await fetch(url, { ...init, redirect: "manual" });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw createConnectionError("the request failed", cause, createError, corsHint());
  }
  // A mock may resolve with undefined, or with an object that has only `json()`.
  if (typeof response?.headers?.get !== "function")
    throw createError("InvalidResponseError", "fetch resolved without a response");
  if (!signal.aborted && !isRedirect(response, url)) return response;
  cancelBody(response);
  // A fetch may ignore its signal.
  if (signal.aborted) throw signal.reason;
  const advice = "a redirect, which is not followed: use the final address";
  throw createError("InvalidResponseError", advice, { response });
}
