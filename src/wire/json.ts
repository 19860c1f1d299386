/**
 * Whether a value is what JSON calls an object.
 * @internal
 */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What a JSON text holds, or `undefined` (which no JSON holds) if it is none.
 * @param revive - looks at each value on its way, as JSON.parse has it
 * @internal
 */
export function parse(text: string, revive?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, revive);
  } catch {
    return;
  }
}
