import { isObject } from "../wire/json.ts";
import { rejectRequest } from "./error-response.ts";
import { STRING_FORMATS } from "./schema-scalars.ts";

type Test = (value: unknown) => boolean;

const TYPES: readonly unknown[] = ["object", "array", "string", "number", "integer", "boolean", "null"];

const isAnything: Test = () => true;
const isString: Test = (value) => typeof value === "string";
const isLimit: Test = (value) => typeof value === "number" && Number.isInteger(value) && value >= 0;
const isFilledList: Test = (value) => Array.isArray(value) && value.length > 0;
const isStringList: Test = (value) => Array.isArray(value) && value.every(isString);
const isType: Test = (value) => TYPES.includes(value);

/** The keywords that decide whether a value fits, each with a test of what it may hold. */
const ASSERTIONS = new Map<string, Test>([
  ["type", (value) => isType(value) || (Array.isArray(value) && isFilledList(value) && value.every(isType))],
  ["properties", isObject],
  ["required", isStringList],
  ["additionalProperties", isAnything],
  ["items", isAnything],
  ["minItems", isLimit],
  ["maxItems", isLimit],
  ["minLength", isLimit],
  ["maxLength", isLimit],
  ["format", (value) => STRING_FORMATS.has(value)],
  ["pattern", isString],
  ["minimum", Number.isFinite],
  ["maximum", Number.isFinite],
  ["exclusiveMinimum", Number.isFinite],
  ["exclusiveMaximum", Number.isFinite],
  ["multipleOf", (value) => typeof value === "number" && Number.isFinite(value) && value > 0],
  ["enum", isFilledList],
  ["const", isAnything],
  ["anyOf", isFilledList],
  ["$ref", (value) => typeof value === "string" && value.startsWith("#")],
]);

/** The keywords that hold schemas by name. */
const NAMED_SCHEMAS = ["properties", "$defs", "definitions"];

/** The keywords that hold schemas for references to lead to. */
const DEFINITIONS = ["$defs", "definitions"];

/** The keywords that only describe a schema. Those that begin with `x-` do so too. */
const ANNOTATIONS = [
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
];

/** Each of these describes a value alone: of the other assertions only `type` may stand beside it. */
const EXCLUSIVE = ["enum", "const", "anyOf", "$ref"];

const MAX_DEPTH = 64;

/**
 * Rejects with 400 a JSON Schema outside the subset of structured output: objects, arrays, `enum`, `const`, `anyOf`,
 * local `$ref`, bounds of numbers, lengths and counts, and a few formats, beside which a `pattern` may stand, as in Zod's
 * formats; no `pattern` alone, no `allOf`, `oneOf`, `not` or `if`.
 * @param param - the field of the request that holds the schema
 * @throws {BasetenError} a rejection that names the keyword and its place in the schema
 */
export function validateSchema(schema: unknown, param: string): void {
  const problem = findSchemaProblem(schema);
  if (!problem) return;
  rejectRequest(400, `${param}: expected a schema of the supported subset, but ${problem}`, param, "invalid_schema");
}

/** The value that a local reference of a JSON Schema points to (a JSON pointer, RFC 6901), or `undefined`. */
export function resolveReference(root: unknown, ref: string): unknown {
  let node = root;
  for (const token of ref.slice(1).split("/").slice(1)) {
    const key = decodeToken(token).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return;
    node = Reflect.get(node, key);
  }
  return node;
}

function decodeToken(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function findSchemaProblem(schema: unknown): string | undefined {
  const visited = new Set<unknown>();
  return visit(schema, "", 0) ?? [...visited].map(findReferenceProblem).find(Boolean);

  function visit(node: unknown, path: string, depth: number): string | undefined {
    visited.add(node);
    if (typeof node === "boolean") return;
    if (!isObject(node)) return `it contains a schema that is neither an object nor a boolean${path && `, at ${path}`}`;
    if (depth > MAX_DEPTH) return `it is more than ${MAX_DEPTH} levels deep`;
    const own = findKeywordProblem(node);
    if (own) return `${own}${path && `, at ${path}`}`;
    let problem: string | undefined;
    for (const [key, child] of listSubschemas(node)) problem ??= visit(child, path ? `${path}.${key}` : key, depth + 1);
    return problem;
  }

  /** A reference must lead to a visited schema, since an unvisited one could hold unsupported keywords. */
  function findReferenceProblem(node: unknown): string | undefined {
    const ref = isObject(node) && typeof node.$ref === "string" ? node.$ref : "#";
    return visited.has(resolveReference(schema, ref)) ? undefined : `"${ref}" leads to no schema`;
  }
}

function findKeywordProblem(node: Record<string, unknown>): string | undefined {
  const exclusive = EXCLUSIVE.find((keyword) => Object.hasOwn(node, keyword));
  for (const [keyword, value] of Object.entries(node)) {
    const test = findKeywordTest(keyword);
    if (!test) return `"${keyword}" is not supported`;
    if (!test(value)) return `the value of "${keyword}" is not supported`;
    if (keyword === "pattern" && !Object.hasOwn(node, "format")) return '"pattern" without "format" is not supported';
    if (exclusive && keyword !== exclusive && keyword !== "type" && ASSERTIONS.has(keyword)) {
      return `"${keyword}" beside "${exclusive}" is not supported`;
    }
  }
  return;
}

function findKeywordTest(keyword: string): Test | undefined {
  if (DEFINITIONS.includes(keyword)) return isObject;
  if (ANNOTATIONS.includes(keyword) || keyword.startsWith("x-")) return isAnything;
  return ASSERTIONS.get(keyword);
}

/** The schemas directly inside a schema whose keywords were checked, each with its place in it. */
function listSubschemas(node: Record<string, unknown>): [key: string, schema: unknown][] {
  const { items = true, additionalProperties = true, anyOf } = node;
  const named = NAMED_SCHEMAS.flatMap((keyword) =>
    Object.entries(node[keyword] ?? {}).map(([name, schema]): [string, unknown] => [`${keyword}.${name}`, schema]),
  );
  const branches = Array.isArray(anyOf) ? anyOf : [];
  const unnamed = branches.map((branch, index): [string, unknown] => [`anyOf[${index}]`, branch]);
  return [["items", items], ["additionalProperties", additionalProperties], ...unnamed, ...named];
}
