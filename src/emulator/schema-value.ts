import { isObject } from "../wire/json.ts";
import { rejectRequest } from "./error-response.ts";
import { resolveReference } from "./schema.ts";
import { generateNumber, generateString } from "./schema-scalars.ts";

/** A value, and about how many characters of JSON it takes. */
interface SizedValue {
  value: unknown;
  size: number;
}

type SchemaObject = Record<string, unknown>;

const MAX_HEIGHT = 128;
const MAX_VALUE_CHARS = 20_000;

/** How many levels are added to a value as long as it stays below `MAX_EXTENDED_CHARS`. */
const EXTRA_LEVELS = [5, 4, 3, 2, 1];
const MAX_EXTENDED_CHARS = 1_000;

/**
 * Generates a value that fits a validated schema. It has the least possible height, so that a recursive schema ends, and
 * up to five levels more if it stays small, so that optional lists are not always empty.
 * @param text - what strings are made of
 * @param param - the field of the request that holds the schema
 * @throws {BasetenError} a rejection (400) if no value fits, or none of a reasonable size
 */
export function generateValue(schema: unknown, text: string, param: string): unknown {
  const build = createBuilder(schema, text);
  for (let height = 1; height <= MAX_HEIGHT; height += 1) {
    const smallest = build(schema, height);
    if (!smallest) continue;
    const extended = EXTRA_LEVELS.map((levels) => build(schema, height + levels)).find(
      (built) => built && built.size < MAX_EXTENDED_CHARS,
    );
    return (extended ?? smallest).value;
  }
  return rejectRequest(400, `${param}: no value of a reasonable size fits this schema`, param, "invalid_schema");
}

type Build = (schema: unknown, height: number) => SizedValue | undefined;

/** Builds each schema once for each height, however many references lead to it, so the work is linear in the schema. */
function createBuilder(root: unknown, text: string): Build {
  const cache = new Map<unknown, Map<number, SizedValue | undefined>>();
  return build;

  function build(schema: unknown, height: number): SizedValue | undefined {
    if (height <= 0 || schema === false) return;
    const heights = cache.get(schema) ?? new Map<number, SizedValue | undefined>();
    cache.set(schema, heights);
    if (!heights.has(height)) heights.set(height, limitSize(buildUncached(isObject(schema) ? schema : {}, height)));
    return heights.get(height);
  }

  function buildUncached(schema: SchemaObject, height: number): SizedValue | undefined {
    const ofType = (built: SizedValue | undefined) => (built && hasType(schema, built.value) ? built : undefined);
    if (typeof schema.$ref === "string") return ofType(build(resolveReference(root, schema.$ref), height - 1));
    if (Array.isArray(schema.anyOf)) return firstBuilt(schema.anyOf, (branch) => ofType(build(branch, height - 1)));
    if (Array.isArray(schema.enum)) return firstBuilt(schema.enum, (value) => ofType(measure(value)));
    if (Object.hasOwn(schema, "const")) return ofType(measure(schema.const));
    return firstBuilt(listTypes(schema), (type) => buildType(type, schema, height));
  }

  function buildType(type: unknown, schema: SchemaObject, height: number): SizedValue | undefined {
    if (type === "object") return buildObject(schema, height, build);
    if (type === "array") return buildArray(schema, height, build);
    if (type === "string") return measure(generateString(schema, text));
    if (type === "boolean") return measure(true);
    return measure(type === "null" ? null : generateNumber(schema, type === "integer"));
  }
}

function buildObject(schema: SchemaObject, height: number, build: Build): SizedValue | undefined {
  const { additionalProperties = true } = schema;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const entries: [string, unknown][] = [];
  let size = 2;
  for (const name of new Set([...Object.keys(properties), ...required])) {
    const built = build(Object.hasOwn(properties, name) ? properties[name] : additionalProperties, height - 1);
    if (built) {
      entries.push([name, built.value]);
      size += name.length + built.size + 4;
    } else if (required.has(name)) return;
  }
  // fromEntries gives a property "__proto__" its value; an assignment would not.
  return { value: Object.fromEntries(entries), size };
}

function buildArray(schema: SchemaObject, height: number, build: Build): SizedValue | undefined {
  const { items = true } = schema;
  const least = typeof schema.minItems === "number" ? schema.minItems : 0;
  const most = typeof schema.maxItems === "number" ? schema.maxItems : MAX_VALUE_CHARS;
  const item = build(items, height - 1);
  const length = item ? Math.min(Math.max(least, 1), most, MAX_VALUE_CHARS) : 0;
  if (length < least) return;
  return { value: Array<unknown>(length).fill(item?.value), size: 2 + length * ((item?.size ?? 0) + 1) };
}

function firstBuilt<T>(choices: readonly T[], build: (choice: T) => SizedValue | undefined): SizedValue | undefined {
  for (const choice of choices) {
    const built = build(choice);
    if (built) return built;
  }
  return;
}

function limitSize(built: SizedValue | undefined): SizedValue | undefined {
  return built && built.size <= MAX_VALUE_CHARS ? built : undefined;
}

function measure(value: unknown): SizedValue | undefined {
  return value === undefined ? undefined : { value, size: JSON.stringify(value).length };
}

/** The types to try, in order. Without `type`, the other keywords tell which one is meant. */
function listTypes(schema: SchemaObject): readonly unknown[] {
  if (schema.type !== undefined) return [schema.type].flat();
  if (schema.properties ?? schema.required ?? schema.additionalProperties) return ["object"];
  if (schema.items ?? schema.minItems ?? schema.maxItems) return ["array"];
  return Object.keys(schema).some((keyword) => /imum$|^multipleOf$/i.test(keyword)) ? ["number"] : ["string"];
}

function hasType({ type }: SchemaObject, value: unknown): boolean {
  return type === undefined || [type].flat().some((name) => isOfType(name, value));
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  return type === "object" ? isObject(value) : typeof value === type;
}
