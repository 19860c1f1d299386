import { assertValid, BasetenError } from "../error.ts";
import type { SchemaIssue, StandardIssue, StandardJSONSchema, StandardSchema } from "../types/schema.ts";
import { isObject } from "./json.ts";
import { assertOptions } from "./options.ts";

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
  return (
    "jsonSchema" in standard && isIndexable(standard.jsonSchema) && typeof standard.jsonSchema.input === "function"
  );
}

/** The JSON Schema that a Standard Schema carries, of what the model writes: its input, before any transform. */
function readJSONSchema(standard: StandardSchema["~standard"], path: string): unknown {
  const expected = "a schema that carries its JSON Schema (Zod 4.2+, ArkType), or { validator, jsonSchema }";
  assertValid(hasJSONSchema(standard), path, expected, "a validator alone");
  try {
    return standard.jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    throw new BasetenError("BadRequestError", `${path}: JSON Schema cannot express it: ${reason}`, { cause });
  }
}

/** A copy of a JSON Schema, which proves that it can be sent: it has no cycle and is not too deep. */
function copyJSON(schema: unknown, path: string): Record<string, unknown> {
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(schema));
  } catch {
    // Refused below, with what is no object.
  }
  assertValid(isObject(copy), path, "a JSON Schema that can be serialized", schema);
  return copy;
}

/**
 * Reads a schema in any of the forms that `parse` and `runTools` take.
 * @param path - what to call the schema in an error
 * @throws {BasetenError} `BadRequestError` if it is none of them
 */
export function resolveSchema(schema: unknown, path: string): ResolvedSchema {
  assertValid(isIndexable(schema), path, "a schema", schema);
  const isPair = schema.validator !== undefined;
  if (isPair) assertOptions(schema, ["validator", "jsonSchema"], path);
  const source = isPair ? schema.validator : schema;
  const standard = isIndexable(source) ? source["~standard"] : undefined;
  if (standard === undefined && !isPair) return { jsonSchema: copyJSON(schema, path) };
  assertValid(isValidator(standard), isPair ? `${path}.validator` : path, "a Standard Schema", source);
  if (isPair) return { jsonSchema: copyJSON(schema.jsonSchema, `${path}.jsonSchema`), validator: standard };
  return { jsonSchema: copyJSON(readJSONSchema(standard, path), path), validator: standard };
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
