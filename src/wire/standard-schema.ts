import { assertValid, BasetenError } from "../error.ts";
import type { SchemaIssue, StandardIssue, StandardJSONSchema, StandardSchema } from "../types/schema.ts";
import { isObject, isPlainObject } from "./json.ts";

/** A schema as a request and the check of the answer need it. */
export interface ResolvedSchema {
  /** A copy, which may be modified. */
  jsonSchema: Record<string, unknown>;
  /** Absent for a plain JSON Schema. */
  validator?: StandardSchema["~standard"] | undefined;
}

/** ArkType's schemas are functions. */
function isIndexable(value: unknown): value is Record<string, unknown> {
  return Object(value) === value;
}

function isValidator(standard: unknown): standard is StandardSchema["~standard"] {
  return isIndexable(standard) && typeof standard.validate === "function";
}

function hasJSONSchema(standard: StandardSchema["~standard"]): standard is StandardJSONSchema["~standard"] {
  return "jsonSchema" in standard;
}

/** Returns the JSON Schema of what the model is to write: the input side, before any transform. */
function readJSONSchema(standard: StandardSchema["~standard"], path: string): unknown {
  const expected = "a schema with a JSON Schema (Zod 4.2+, ArkType), or { validator, jsonSchema }";
  assertValid(hasJSONSchema(standard), path, expected, "a validator alone");
  try {
    return standard.jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    throw new BasetenError("BadRequestError", `${path}: JSON Schema cannot express it: ${reason}`, { cause });
  }
}

/** Copies a JSON Schema, which proves that it can be sent: it has no cycle and is not too deep. */
function copyJSON(schema: unknown, path: string): Record<string, unknown> {
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(schema));
  } catch {
    // Refused below, like anything but an object.
  }
  assertValid(isPlainObject(schema) && isObject(copy), path, "a schema", schema);
  return copy;
}

/**
 * Reads a schema in any of the forms that `parse` and `runTools` take.
 * @param path - what to call the schema in an error
 * @throws {BasetenError} `BadRequestError` if it is none of them
 */
export function resolveSchema(schema: unknown, path: string): ResolvedSchema {
  const { validator = schema, jsonSchema } = isIndexable(schema) ? schema : {};
  const standard = isIndexable(validator) ? validator["~standard"] : undefined;
  if (validator === schema && standard === undefined) return { jsonSchema: copyJSON(schema, path) };
  assertValid(isValidator(standard), `${path}.validator`, "a Standard Schema", validator);
  return { jsonSchema: copyJSON(jsonSchema ?? readJSONSchema(standard, path), path), validator: standard };
}

/** What became of a value: valid, perhaps transformed, or not. */
export type Validated = { value: unknown; issues?: undefined } | { issues: SchemaIssue[] };

/** Copies an issue: libraries give objects of their own, which cannot be serialized. */
function toPlainIssue({ message, path }: StandardIssue): SchemaIssue {
  return path ? { message, path: Array.from(path, (key) => (typeof key === "object" ? key.key : key)) } : { message };
}

/** Validates a value. With a plain JSON Schema any value fits. */
export async function validate(value: unknown, { validator }: ResolvedSchema): Promise<Validated> {
  if (!validator) return { value };
  const result = await validator.validate(value);
  return result.issues ? { issues: Array.from(result.issues, toPlainIssue) } : { value: result.value };
}

/** The issues in one line, such as `days.0.name: expected a string; city: required`. */
export function formatIssues(issues: readonly SchemaIssue[]): string {
  return issues
    .map(({ message, path = [] }) => (path.length > 0 ? `${path.map(String).join(".")}: ${message}` : message))
    .join("; ");
}
