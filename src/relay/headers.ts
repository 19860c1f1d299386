/** Headers by name, in lower case. */
export type HeaderRecord = Record<string, string>;

/** What every answer has, whatever its origin: a cache must not give one origin's answer to another. */
export const VARY_BY_ORIGIN: HeaderRecord = { vary: "origin" };

/** Tells whether a text can be a header's name: RFC 9110, section 5.6.2. */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^`|~\w-]+$/.test(text);
}

/** Adds the CORS headers of an answer to its other headers. */
export function addCorsHeaders(headers: HeaderRecord, corsHeaders: HeaderRecord): HeaderRecord {
  const { vary } = headers;
  Object.assign(headers, corsHeaders);
  if (vary !== undefined) headers.vary = `${vary}, ${corsHeaders.vary}`;
  return headers;
}
