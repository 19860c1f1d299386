import { assertValid } from "../error.ts";

type HeadersInit = RequestInit["headers"];

/**
 * The headers of both; of those with one name, the further ones.
 * @throws {BasetenError} `BadRequestError`, which shows no value
 */
export function mergeHeaders(headers: HeadersInit, further?: HeadersInit): Record<string, string> {
  let merged: Record<string, string> | undefined;
  try {
    merged = Object.fromEntries([...new Headers(headers), ...new Headers(further)]);
  } catch {
    // The platform's own error shows the value, which may be a key.
  }
  assertValid(merged, "headers", "valid names and values", typeof headers);
  return merged;
}
