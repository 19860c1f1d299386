/** A string of each format that a schema may ask for. */
export const STRING_FORMATS: ReadonlyMap<unknown, string> = new Map([
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

interface StringSchema {
  format?: unknown;
  minLength?: unknown;
  maxLength?: unknown;
}

interface NumberSchema {
  minimum?: unknown;
  maximum?: unknown;
  exclusiveMinimum?: unknown;
  exclusiveMaximum?: unknown;
  multipleOf?: unknown;
}

/** The longest string that is generated. */
const MAX_STRING_CHARS = 10_000;

/** How many multiples are tried to find one that is an integer too, or that floating point divides without a rest. */
const MAX_MULTIPLES = 1_000;

/**
 * Generates a string of the length and format of a schema, or returns `undefined` if there is none.
 * @param text - what it is made of if there is no format; repeated or cut to fit
 */
export function generateString({ format, minLength, maxLength }: StringSchema, text: string): string | undefined {
  const least = typeof minLength === "number" ? minLength : 0;
  const most = Math.min(typeof maxLength === "number" ? maxLength : MAX_STRING_CHARS, MAX_STRING_CHARS);
  if (least > most) return;
  // JSON Schema counts code points, not code units.
  const characters = Array.from(STRING_FORMATS.get(format) ?? text);
  if (format !== undefined && (characters.length < least || characters.length > most)) return;
  const length = Math.min(Math.max(characters.length, least), most);
  return Array.from({ length }, (_, position) => characters[position % characters.length]).join("");
}

/** Generates a number within the bounds of a schema, 1 if it fits, or returns `undefined` if none is found. */
export function generateNumber(schema: NumberSchema, isInteger: boolean): number | undefined {
  const low = Math.max(...onlyNumbers(schema.minimum, schema.exclusiveMinimum));
  const high = Math.min(...onlyNumbers(schema.maximum, schema.exclusiveMaximum));
  const step = isInteger ? (schema.multipleOf ?? 1) : schema.multipleOf;
  const candidates = typeof step === "number" ? generateMultiples(step, low, high) : listCandidates(low, high);
  for (const value of candidates) if (isWithinBounds(value, schema, isInteger)) return value;
  return;
}

/** Numbers that may be in a range: 1, its bounds, and, as a bound may be excluded, numbers between and beyond them. */
function listCandidates(low: number, high: number): number[] {
  return [1, low, high, low / 2 + high / 2, low + 1, high - 1, low * 2, low / 2, high * 2, high / 2];
}

/** The multiples of `step`, from the one nearest to 1 or to the range outward in both directions, then 0. */
function* generateMultiples(step: number, low: number, high: number): Generator<number> {
  const nearest = Math.round(Math.min(Math.max(1, low), high) / step);
  for (let distance = 0; distance < MAX_MULTIPLES; distance += 1) {
    yield (nearest + distance) * step;
    yield (nearest - distance) * step;
  }
  yield 0;
}

function isWithinBounds(value: number, schema: NumberSchema, isInteger: boolean): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  return (
    Number.isFinite(value) &&
    onlyNumbers(minimum).every((bound) => value >= bound) &&
    onlyNumbers(maximum).every((bound) => value <= bound) &&
    onlyNumbers(exclusiveMinimum).every((bound) => value > bound) &&
    onlyNumbers(exclusiveMaximum).every((bound) => value < bound) &&
    // Validators calculate in floating point too, where 0.3 is not a multiple of 0.1.
    onlyNumbers(multipleOf).every((step) => Number.isInteger(value / step)) &&
    (!isInteger || Number.isInteger(value))
  );
}

function onlyNumbers(...values: unknown[]): number[] {
  return values.filter((value) => typeof value === "number");
}
