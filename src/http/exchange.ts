import type { Fetch } from "../types/options.ts";
import { connectionFailure, failure, type Trace } from "../wire/failure.ts";

/**
 * Lets go of a body that nobody will read, so that its connection is free.
 * @internal
 */
export function discard(response: Response): void {
  // A body that is locked, broken or none at all has nothing left to free.
  (async () => response.body?.cancel())().catch(() => {});
}

/** React Native follows redirects, and its responses have no `redirected`: there the address tells. */
function wasRedirected({ redirected, url }: Response, sent: string): boolean {
  return redirected ?? (Boolean(url) && new URL(url).href !== new URL(sent).href);
}

/**
 * One fetch, one attempt: any response but a redirect.
 * @throws {BasetenError} `APIConnectionError` or `TimeoutError` if fetch rejects, `InvalidResponseError` for a redirect, or
 * for no response at all
 * @internal
 */
export async function exchange(fetch: Fetch, init: RequestInit, trace: Trace, signal: AbortSignal): Promise<Response> {
  // The key may have come after the call had ended.
  if (signal.aborted) throw signal.reason;
  trace.attempts++;
  let response: Response;
  try {
    // Workers has no redirect: "error".
    response = await fetch(trace.url, { ...init, redirect: "manual", signal });
  } catch (cause) {
    throw connectionFailure("the request failed", cause, trace);
  }
  // A fetch that ignores its signal may answer to nobody.
  if (signal.aborted) discard(response);
  if (!response) throw failure("InvalidResponseError", "fetch gave no response", trace);
  trace.response = response;
  const { status, type } = response;
  const answersElsewhere = wasRedirected(response, trace.url);
  if (status === 0 || type === "opaqueredirect" || answersElsewhere || (status >= 300 && status < 400)) {
    discard(response);
    throw failure("InvalidResponseError", "a redirect, which is not followed: call the final address itself", trace);
  }
  return response;
}
