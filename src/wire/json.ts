/**
 * Whether a value is what JSON calls an object.
 * @internal
 */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What a JSON text holds, or `undefined` (which no JSON holds) if it is none.
 * @internal
 */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return;
  }
}
