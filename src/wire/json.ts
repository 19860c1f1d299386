import { getTypeName } from "../error.ts";

/** The most that a body of JSON may hold, in characters: 64 Mi. */
export const MAX_JSON_CHARS: number = 64 * 2 ** 20;

/** An object whose fields are not known. */
export type Fields = Record<string, unknown>;

/** Tells whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Tells whether a value is an object whose fields are the caller's: a literal, a class instance, a module. A promise, an
 * AbortSignal, a URL or a Map in its place is a mistake: it would count as an object without fields.
 */
export function isPlainObject(value: unknown): value is Fields {
  return ["object", "module"].includes(getTypeName(value));
}

/**
 * Parses a JSON text.
 * @returns its value; `undefined`, which no JSON text has as its value, if it is not JSON or is nested too deeply for the
 * runtime (a `RangeError` in JavaScriptCore, an `InternalError` in Firefox)
 */
export function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return;
  }
}

/**
 * Serializes a value as JSON.
 * @returns the text; `undefined` for `undefined`, a function, a `BigInt`, a cycle, and for what is nested too deeply:
 * `JSON.stringify` is recursive and throws a `RangeError` beyond some thousand levels, though V8's `JSON.parse` reads any
 * number of them
 */
export function stringifyJSON(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return;
  }
}

/** Creates an object without a prototype: in it `__proto__` and `constructor` are fields like any other. */
export function createFields(): Fields {
  return Object.create(null);
}

/** Assigns the fields that are not null, over those of the same name. An empty string does not overwrite a value. */
export function assignPresent(to: Fields, from: Fields): void {
  for (const [field, value] of Object.entries(from)) {
    if (value != null && (value !== "" || to[field] == null)) to[field] = value;
  }
}
