import { isObject } from "../wire/json.ts";
import { refuse } from "./failure.ts";
import { numberOf } from "./number.ts";
import { resolve } from "./reference.ts";
import { stringOf } from "./string.ts";

/** A value, and about how many characters of JSON it is. */
interface Built {
  value: unknown;
  size: number;
}

type Schema = Record<string, unknown>;

const MAX_HEIGHT = 128;
const MAX_SIZE = 20_000;

/** Levels that are added where the value stays below a size. */
const MORE = [5, 4, 3, 2, 1];
const PLENTY = 1_000;

/**
 * A value that fits a checked schema: of the least height that there is, so that what refers to itself ends, and a few
 * levels more if that makes it no giant, so that what may be empty need not be.
 * @param words - what strings are made of
 * @param param - the field of the request that holds the schema
 * @throws {BasetenError} a refusal if nothing fits, or nothing of a sane size
 * @internal
 */
export function instanceOf(schema: unknown, words: string, param: string): unknown {
  const build = builder(schema, words);
  for (let height = 1; height <= MAX_HEIGHT; height += 1) {
    const least = build(schema, height);
    if (!least) continue;
    const richer = MORE.map((levels) => build(schema, height + levels)).find((built) => built && built.size < PLENTY);
    return (richer ?? least).value;
  }
  return refuse(400, `${param}: expected a schema that a value of a sane size fits`, param, "invalid_schema");
}

type Build = (schema: unknown, height: number) => Built | undefined;

/** Builds each schema once for a height, however many refer to it: the work is linear in the schema. */
function builder(root: unknown, words: string): Build {
  const known = new Map<unknown, Map<number, Built | undefined>>();
  return build;

  function build(schema: unknown, height: number): Built | undefined {
    if (height <= 0 || schema === false) return;
    const heights = known.get(schema) ?? new Map<number, Built | undefined>();
    known.set(schema, heights);
    if (!heights.has(height)) heights.set(height, sane(make(isObject(schema) ? schema : {}, height)));
    return heights.get(height);
  }

  function make(schema: Schema, height: number): Built | undefined {
    const typed = (built: Built | undefined) => (built && isTyped(schema, built.value) ? built : undefined);
    if (typeof schema.$ref === "string") return typed(build(resolve(root, schema.$ref), height - 1));
    if (Array.isArray(schema.anyOf)) return first(schema.anyOf, (branch) => typed(build(branch, height - 1)));
    if (Array.isArray(schema.enum)) return first(schema.enum, (value) => typed(sized(value)));
    if (Object.hasOwn(schema, "const")) return typed(sized(schema.const));
    return first(typesOf(schema), (type) => ofType(type, schema, height));
  }

  function ofType(type: unknown, schema: Schema, height: number): Built | undefined {
    if (type === "object") return objectOf(schema, height, build);
    if (type === "array") return arrayOf(schema, height, build);
    if (type === "string") return sized(stringOf(schema, words));
    if (type === "boolean") return sized(true);
    return sized(type === "null" ? null : numberOf(schema, type === "integer"));
  }
}

function objectOf(schema: Schema, height: number, build: Build): Built | undefined {
  const { additionalProperties = true } = schema;
  const properties = (schema.properties ?? {}) as Schema;
  const required = new Set((schema.required ?? []) as string[]);
  const entries: [string, unknown][] = [];
  let size = 2;
  for (const name of new Set([...Object.keys(properties), ...required])) {
    const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    const built = build(own, height - 1);
    if (built) {
      entries.push([name, built.value]);
      size += name.length + built.size + 4;
    } else if (required.has(name)) return;
  }
  // fromEntries gives a property "__proto__" its value; an assignment would not.
  return { value: Object.fromEntries(entries), size };
}

function arrayOf(schema: Schema, height: number, build: Build): Built | undefined {
  const { items = true, minItems = 0, maxItems = MAX_SIZE } = schema;
  const item = build(items, height - 1);
  const length = item ? Math.min(Math.max(minItems as number, 1), maxItems as number, MAX_SIZE) : 0;
  if (length < (minItems as number)) return;
  return { value: Array<unknown>(length).fill(item?.value), size: 2 + length * ((item?.size ?? 0) + 1) };
}

function first<T>(choices: readonly T[], build: (choice: T) => Built | undefined): Built | undefined {
  for (const choice of choices) {
    const built = build(choice);
    if (built) return built;
  }
  return;
}

function sane(built: Built | undefined): Built | undefined {
  return built && built.size <= MAX_SIZE ? built : undefined;
}

function sized(value: unknown): Built | undefined {
  return value === undefined ? undefined : { value, size: JSON.stringify(value).length };
}

/** The types to try, in order. A schema that names none gets what its other keywords are about. */
function typesOf(schema: Schema): readonly unknown[] {
  if (schema.type !== undefined) return [schema.type].flat();
  if (schema.properties ?? schema.required ?? schema.additionalProperties) return ["object"];
  if (schema.items ?? schema.minItems ?? schema.maxItems) return ["array"];
  return Object.keys(schema).some((keyword) => /imum$|^multipleOf$/i.test(keyword)) ? ["number"] : ["string"];
}

function isTyped({ type }: Schema, value: unknown): boolean {
  return type === undefined || [type].flat().some((name) => isOf(name, value));
}

function isOf(type: unknown, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  return type === "object" ? isObject(value) : typeof value === type;
}
