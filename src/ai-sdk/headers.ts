type HeadersInit = RequestInit["headers"];

/** The headers of both; of those with one name, the further ones. */
export function mergeHeaders(headers: HeadersInit, further: HeadersInit): Record<string, string> {
  return Object.fromEntries([...new Headers(headers), ...new Headers(further)]);
}
