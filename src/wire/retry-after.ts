const NUMBER = /^\d+(\.\d+)?$/;

/**
 * Returns how long the server asks to wait, in ms: `retry-after-ms`, else `Retry-After` in seconds or as a date (RFC 9110,
 * section 10.2.3). A date in the past is 0; anything else is `undefined`.
 */
export function parseRetryAfter(headers: Headers): number | undefined {
  const ms = headers.get("retry-after-ms") ?? "";
  if (NUMBER.test(ms)) return Number(ms);
  const wait = headers.get("retry-after") ?? "";
  if (NUMBER.test(wait)) return Number(wait) * 1_000;
  // Require a time of day: engines parse "-5" as a date.
  const date = /:\d\d/.test(wait) ? Date.parse(wait) : Number.NaN;
  return date >= 0 ? Math.max(0, date - Date.now()) : undefined;
}
