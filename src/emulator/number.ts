interface Bounds {
  minimum?: unknown;
  maximum?: unknown;
  exclusiveMinimum?: unknown;
  exclusiveMaximum?: unknown;
  multipleOf?: unknown;
}

/** How many multiples are tried for one that is an integer too, or that floating point divides without a rest. */
const TRIES = 1_000;

/**
 * A number within the bounds of a schema, 1 where that fits, or `undefined` if none is found.
 * @internal
 */
export function numberOf(bounds: Bounds, integer: boolean): number | undefined {
  const low = Math.max(...numbers(bounds.minimum, bounds.exclusiveMinimum));
  const high = Math.min(...numbers(bounds.maximum, bounds.exclusiveMaximum));
  const step = integer ? (bounds.multipleOf ?? 1) : bounds.multipleOf;
  const candidates = typeof step === "number" ? multiples(step, low, high) : between(low, high);
  for (const value of candidates) if (fits(value, bounds, integer)) return value;
  return;
}

/** What could be in a range, the bounds or, where they are excluded, what is between them or beyond. */
function between(low: number, high: number): number[] {
  return [1, low, high, low / 2 + high / 2, low + 1, high - 1, low * 2, low / 2, high * 2, high / 2];
}

/** The multiples of `step`, from the one nearest to 1 or to the range, outward both ways. */
function* multiples(step: number, low: number, high: number): Generator<number> {
  const nearest = Math.round(Math.min(Math.max(1, low), high) / step);
  for (let away = 0; away < TRIES; away += 1) {
    yield (nearest + away) * step;
    yield (nearest - away) * step;
  }
  yield 0;
}

function fits(value: number, bounds: Bounds, integer: boolean): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = bounds;
  return (
    Number.isFinite(value) &&
    numbers(minimum).every((bound) => value >= bound) &&
    numbers(maximum).every((bound) => value <= bound) &&
    numbers(exclusiveMinimum).every((bound) => value > bound) &&
    numbers(exclusiveMaximum).every((bound) => value < bound) &&
    // Validators reckon so: 0.3 is no multiple of 0.1.
    numbers(multipleOf).every((step) => Number.isInteger(value / step)) &&
    (!integer || Number.isInteger(value))
  );
}

function numbers(...values: unknown[]): number[] {
  return values.filter((value) => typeof value === "number");
}
