/** The most that a body of JSON may hold, in characters: 64 Mi. */
export const MAX_JSON_CHARS: number = 64 * 2 ** 20;

/** An object whose fields are not known. */
export type Fields = Record<string, unknown>;

/** Whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value of a JSON text, or `undefined`, which no JSON text has as its value.
 * @returns `undefined` also where a runtime cannot parse text that is nested too deeply (a `RangeError` in JavaScriptCore,
 * an `InternalError` in Firefox): to the caller it is not usable JSON either way
 */
export function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return;
  }
}

/**
 * The JSON text of a value, or `undefined` if it has none.
 * @returns `undefined` for `undefined`, a function, a `BigInt`, a cycle, and for what is nested too deeply: `JSON.stringify`
 * is recursive and throws a `RangeError` beyond some thousand levels, though `JSON.parse` of V8 reads any number of them
 */
export function stringifyJSON(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return;
  }
}

/** An empty object without a prototype: in it `__proto__` and `constructor` are fields like any other. */
export function createFields(): Fields {
  return Object.create(null);
}

/** Assigns each field that is not null; an empty string does not overwrite a value. So the last of each stays. */
export function assignPresent(to: Fields, from: Fields): void {
  for (const [field, value] of Object.entries(from)) {
    if (value != null && (value !== "" || to[field] == null)) to[field] = value;
  }
}
