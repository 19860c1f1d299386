import { assertValid } from "../error.ts";
import { isObject } from "./json.ts";

/** Keywords that hold schemas by name, and keywords that hold one schema or a list of them. */
const NAMED = /^(properties|patternProperties|dependentSchemas|\$defs|definitions)$/;
const NESTED = /^(items|prefixItems|contains|additionalItems|anyOf|allOf|oneOf|not|if|then|else)$/;

/** Calls `visit` with each schema directly below a schema. */
function visitChildren(
  schema: Record<string, unknown>,
  path: string,
  visit: (child: unknown, path: string) => void,
): void {
  for (const [keyword, value] of Object.entries(schema)) {
    const isList = NESTED.test(keyword) && Array.isArray(value);
    if (isList || (NAMED.test(keyword) && isObject(value))) {
      for (const [name, child] of Object.entries(value)) visit(child, `${path}.${keyword}.${name}`);
    } else if (NESTED.test(keyword)) visit(value, `${path}.${keyword}`);
  }
}

/**
 * Makes a JSON Schema strict, as `json_schema.strict` demands of every object in it: all properties are required, and no
 * others are allowed. `additionalProperties` is set to `false` where it is absent.
 * @param schema - is modified
 * @param path - what to call the schema in an error
 * @throws {BasetenError} `BadRequestError` with the path of what strict mode does not take
 */
export function makeStrict(schema: unknown, path: string): void {
  if (!isObject(schema)) return;
  const { type, properties, required, additionalProperties = false } = schema;
  if ([type].flat().includes("object") || isObject(properties) || "additionalProperties" in schema) {
    schema.additionalProperties = additionalProperties;
    const others = `${path}.additionalProperties`;
    assertValid(additionalProperties === false, others, "false, or nothing", additionalProperties);
    for (const name of Object.keys(properties ?? {})) {
      const isRequired = Array.isArray(required) && required.includes(name);
      assertValid(
        isRequired,
        `${path}.properties.${name}`,
        "a required property (it may be nullable)",
        "an optional one",
      );
    }
  }
  visitChildren(schema, path, makeStrict);
}
