/**
 * A text of each format that a schema may ask of a string.
 * @internal
 */
export const FORMATS: ReadonlyMap<unknown, string> = new Map([
  ["date-time", "2026-11-01T12:00:00Z"],
  ["date", "2026-11-01"],
  ["time", "12:00:00Z"],
  ["duration", "P1D"],
  ["email", "someone@example.com"],
  ["hostname", "example.com"],
  ["ipv4", "192.0.2.1"],
  ["ipv6", "2001:db8::1"],
  ["uri", "https://example.com/"],
  ["uuid", "123e4567-e89b-42d3-a456-426614174000"],
]);

interface Lengths {
  format?: unknown;
  minLength?: unknown;
  maxLength?: unknown;
}

/** The longest text that is made. */
const MAX_LENGTH = 10_000;

/**
 * A text of the length and the format that a schema asks for, or `undefined` if there is none.
 * @param words - what it is made of where there is no format; repeated, or cut
 * @internal
 */
export function stringOf({ format, minLength, maxLength }: Lengths, words: string): string | undefined {
  const least = typeof minLength === "number" ? minLength : 0;
  const most = Math.min(typeof maxLength === "number" ? maxLength : MAX_LENGTH, MAX_LENGTH);
  if (least > most) return;
  // JSON Schema counts code points, not code units.
  const source = Array.from(FORMATS.get(format) ?? words);
  if (format !== undefined && (source.length < least || source.length > most)) return;
  const length = Math.min(Math.max(source.length, least), most);
  return Array.from({ length }, (_, at) => source[at % source.length]).join("");
}
