import { isObject } from "../wire/json.ts";
import { refuse } from "./failure.ts";
import { resolve } from "./reference.ts";
import { FORMATS } from "./string.ts";

type Test = (value: unknown) => boolean;

const TYPES: readonly unknown[] = ["object", "array", "string", "number", "integer", "boolean", "null"];

const anything: Test = () => true;
const isCount: Test = (value) => Number.isInteger(value) && (value as number) >= 0;
const isList: Test = (value) => Array.isArray(value) && value.length > 0;
const isNames: Test = (value) => Array.isArray(value) && value.every((name) => typeof name === "string");
const isType: Test = (value) => TYPES.includes(value);

/** The keywords that decide whether a value fits, each with what it may hold. */
const ASSERTIONS = new Map<string, Test>([
  ["type", (value) => isType(value) || (Array.isArray(value) && isList(value) && value.every(isType))],
  ["properties", isObject],
  ["required", isNames],
  ["additionalProperties", anything],
  ["items", anything],
  ["minItems", isCount],
  ["maxItems", isCount],
  ["minLength", isCount],
  ["maxLength", isCount],
  ["format", (value) => FORMATS.has(value)],
  ["minimum", Number.isFinite],
  ["maximum", Number.isFinite],
  ["exclusiveMinimum", Number.isFinite],
  ["exclusiveMaximum", Number.isFinite],
  ["multipleOf", (value) => Number.isFinite(value) && (value as number) > 0],
  ["enum", isList],
  ["const", anything],
  ["anyOf", isList],
  ["$ref", (value) => typeof value === "string" && value.startsWith("#")],
]);

/** The keywords that say something else; so do those that begin with `x-`. */
const OTHERS = new Map<string, Test>([
  ["$defs", isObject],
  ["definitions", isObject],
  ...[
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$schema",
    "$id",
    "$comment",
  ].map((annotation): [string, Test] => [annotation, anything]),
]);

/** These decide a value alone: nothing but `type` may assert something beside them. */
const ALONE = ["enum", "const", "anyOf", "$ref"];

const MAX_DEPTH = 64;

/**
 * Refuses (400) a JSON Schema outside the subset of structured output: objects, arrays, `enum`, `const`, `anyOf`,
 * local `$ref`, bounds of numbers, lengths and counts, a few formats. No `pattern`, `allOf`, `oneOf`, `not`, `if`.
 * @param param - the field of the request that holds the schema
 * @internal
 */
export function checkSchema(schema: unknown, param: string): void {
  const problem = problemOf(schema);
  if (!problem) return;
  refuse(400, `${param}: expected a schema of the supported subset, but ${problem}`, param, "invalid_schema");
}

function problemOf(schema: unknown): string | undefined {
  const seen = new Set<unknown>();
  return below(schema, 0) ?? [...seen].map(lost).find(Boolean);

  function below(node: unknown, depth: number): string | undefined {
    seen.add(node);
    if (typeof node === "boolean") return;
    if (!isObject(node)) return "a schema in it is neither an object nor a boolean";
    if (depth > MAX_DEPTH) return `it is more than ${MAX_DEPTH} levels deep`;
    let problem = keywordProblem(node);
    for (const child of problem ? [] : childrenOf(node)) problem ??= below(child, depth + 1);
    return problem;
  }

  /** What is not supported may hide behind a reference: it must lead to a schema that was looked at. */
  function lost(node: unknown): string | undefined {
    const ref = isObject(node) && typeof node.$ref === "string" ? node.$ref : "#";
    return seen.has(resolve(schema, ref)) ? undefined : `"${ref}" leads to no schema`;
  }
}

function keywordProblem(node: Record<string, unknown>): string | undefined {
  const alone = ALONE.find((keyword) => Object.hasOwn(node, keyword));
  for (const [keyword, value] of Object.entries(node)) {
    const test = ASSERTIONS.get(keyword) ?? OTHERS.get(keyword) ?? (keyword.startsWith("x-") ? anything : undefined);
    if (!test) return `"${keyword}" is not in it`;
    if (!test(value)) return `the value of "${keyword}" is not in it`;
    if (alone && keyword !== alone && keyword !== "type" && ASSERTIONS.has(keyword)) {
      return `"${keyword}" beside "${alone}" is not in it`;
    }
  }
  return;
}

function childrenOf(node: Record<string, unknown>): unknown[] {
  const { items = true, additionalProperties = true, anyOf = [], properties, $defs, definitions } = node;
  const named = [properties, $defs, definitions].flatMap((schemas) => Object.values((schemas ?? {}) as object));
  return [items, additionalProperties, ...(anyOf as unknown[]), ...named];
}
