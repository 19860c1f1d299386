/** JSON Schemas: those that structured output takes, and those that it refuses. */

import fc from "fast-check";

/** An object's schema, strict unless told otherwise. */
export const object = (properties: object, required: string[] = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** Each with the value that must come of it, where there is but one that is right. */
export const FITTING: [string, unknown, unknown?][] = [
  ["an object", object({ name: { type: "string" }, age: { type: "integer" } })],
  ["optional properties, filled in", object({ a: { type: "boolean" } }, []), { a: true }],
  ["required, but not described", { type: "object", required: ["x"] }],
  [
    "required, described by additionalProperties",
    { type: "object", required: ["x"], additionalProperties: { const: 5 } },
    { x: 5 },
  ],
  [
    "a property named __proto__",
    JSON.parse('{"type":"object","properties":{"__proto__":{"const":1}},"required":["__proto__"]}'),
  ],
  ["a property named constructor", object({ constructor: { type: "null" } })],
  ["nothing at all", {}],
  ["true", object({ a: true })],
  ["an array", { type: "array", items: { type: "integer" } }, [1]],
  ["minItems", { type: "array", minItems: 3, items: { enum: ["a"] } }, ["a", "a", "a"]],
  ["minItems and maxItems", { type: "array", minItems: 2, maxItems: 30_000, items: { const: 0 } }, [0, 0]],
  ["maxItems 0", { type: "array", maxItems: 0, items: { type: "integer" } }, []],
  ["an array of nothing", { type: "array", items: false }, []],
  ["enum", { enum: ["red", "green"] }, "red"],
  ["enum with a type", { type: "integer", enum: ["a", 1.5, 2] }, 2],
  ["enum of objects", { enum: [{ a: [1] }] }, { a: [1] }],
  ["const null", { const: null }, null],
  ["const false", object({ a: { const: false } }), { a: false }],
  [
    "anyOf",
    {
      anyOf: [
        { type: "number", minimum: 5, maximum: 4 },
        { type: "string", maxLength: 2 },
      ],
    },
    "Sa",
  ],
  ["nullable by anyOf", object({ a: { anyOf: [{ type: "integer" }, { type: "null" }] } }), { a: 1 }],
  ["nullable by type", { type: ["string", "null"], minLength: 3 }],
  ["anyOf with a type", { type: "object", anyOf: [{ type: "string" }, object({ a: { type: "null" } })] }, { a: null }],
  ["$ref", { $ref: "#/$defs/a", $defs: { a: { type: "boolean" } } }, true],
  ["definitions", { type: "array", items: { $ref: "#/definitions/a" }, definitions: { a: { const: 1 } } }, [1]],
  ["a pointer with escapes", object({ "a/b~c %": { const: 1 }, z: { $ref: "#/properties/a~1b~0c%20%25" } })],
  ["$ref to an element of a list", { anyOf: [{ const: 1 }, { $ref: "#/anyOf/0" }] }, 1],
  [
    "a list that refers to itself",
    object({ value: { type: "string" }, next: { anyOf: [{ $ref: "#" }, { type: "null" }] } }),
  ],
  ["a tree that refers to itself", object({ children: { type: "array", items: { $ref: "#" } } })],
  [
    "two that refer to each other",
    {
      $ref: "#/$defs/a",
      $defs: {
        a: object({ b: { anyOf: [{ $ref: "#/$defs/b" }, { type: "null" }] } }),
        b: object({ a: { anyOf: [{ $ref: "#/$defs/a" }, { type: "null" }] }, c: { type: "integer" } }),
      },
    },
  ],
  [
    "a choice that never ends, and one that does",
    {
      $ref: "#/$defs/a",
      $defs: { a: { anyOf: [object({ a: { $ref: "#/$defs/a" }, b: { $ref: "#/$defs/a" } }), { const: 0 }] } },
    },
  ],
  [
    "references that double 40 times",
    {
      $ref: "#/$defs/d0",
      $defs: Object.fromEntries(
        Array.from({ length: 41 }, (_, at) => [
          `d${at}`,
          at === 40
            ? { const: 1 }
            : {
                anyOf: [
                  object({ b: { $ref: `#/$defs/d${at + 1}` }, c: { $ref: `#/$defs/d${at + 1}` }, d: false }),
                  { $ref: `#/$defs/d${at + 1}` },
                ],
              },
        ]),
      ),
    },
    1,
  ],
  ["30 levels", Array.from({ length: 30 }).reduce((inner: object) => object({ a: inner }), { type: "string" })],
  ["minLength", { type: "string", minLength: 100 }],
  ["maxLength", { type: "string", maxLength: 3 }, "Say"],
  ["maxLength 0", { type: "string", maxLength: 0 }, ""],
  ["minimum", { type: "integer", minimum: 7 }, 7],
  ["maximum", { type: "integer", maximum: -7 }, -7],
  ["exclusiveMinimum", { type: "integer", exclusiveMinimum: 7 }, 8],
  ["exclusiveMaximum", { type: "integer", exclusiveMaximum: -7 }, -8],
  ["a fraction as bound of an integer", { type: "integer", minimum: 7.2, maximum: 8.9 }, 8],
  ["between two integers", { type: "number", exclusiveMinimum: 1, exclusiveMaximum: 2 }, 1.5],
  ["a range of one number", { type: "number", minimum: 0.1, maximum: 0.1 }, 0.1],
  [
    "objects in a list",
    { type: "array", items: { $ref: "#/$defs/a" }, $defs: { a: object({ b: { const: 1 } }) } },
    [{ b: 1 }],
  ],
  ["far out", { type: "number", exclusiveMinimum: 1e300 }],
  ["far out, below", { type: "number", exclusiveMaximum: -1e300 }],
  ["a range from end to end", { type: "number", minimum: -1.7e308, maximum: 1.7e308 }],
  ["multipleOf", { type: "integer", multipleOf: 7, minimum: 10 }, 14],
  ["multipleOf, only above 1", { type: "number", multipleOf: 0.5, minimum: 1.2, maximum: 1.7 }, 1.5],
  ["multipleOf a fraction, and an integer", { type: "integer", multipleOf: 2.5, minimum: 6 }, 10],
  ["multipleOf with 0 alone", { type: "number", multipleOf: 5, minimum: -1, maximum: 1 }, 0],
  ["bounds without a type", { minimum: 3 }, 3],
  ["items without a type", { items: { const: 1 }, minItems: 2 }, [1, 1]],
  ["properties without a type", { properties: { a: { const: 1 } } }, { a: 1 }],
  [
    "annotations",
    { type: "boolean", title: "T", description: "D", default: false, examples: [true], "x-note": 1 },
    true,
  ],
  [
    "what Zod writes",
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      ...object({ at: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 } }),
    },
    { at: 1 },
  ],
];

/** Outside the subset, or with no value that fits. */
export const REFUSED: [string, unknown][] = [
  ["pattern", { type: "string", pattern: "^a" }],
  [
    "pattern, deep down",
    object({ a: { type: "array", items: { anyOf: [{ type: "null" }, { type: "string", pattern: "a" }] } } }),
  ],
  ["pattern, behind a reference", { $ref: "#/$defs/a", $defs: { a: { type: "string", pattern: "a" } } }],
  ["pattern, where nobody refers to", { type: "null", $defs: { a: { pattern: "a" } } }],
  ["patternProperties", { type: "object", patternProperties: {} }],
  ["propertyNames", { type: "object", propertyNames: { maxLength: 1 } }],
  ["allOf", { allOf: [{ type: "string" }] }],
  ["oneOf", { oneOf: [{ type: "string" }] }],
  ["not", { not: { type: "string" } }],
  ["if", { if: {}, else: {} }],
  ["uniqueItems", { type: "array", uniqueItems: true }],
  ["contains", { type: "array", contains: {} }],
  ["prefixItems", { type: "array", prefixItems: [{}] }],
  ["dependentRequired", { type: "object", dependentRequired: {} }],
  ["a keyword nobody knows", { type: "string", colour: "red" }],
  ["a keyword every object has", JSON.parse('{"constructor":{}}')],
  ["a format nobody knows", { type: "string", format: "colour" }],
  ["a type nobody knows", { type: "text" }],
  ["a list of no types", { type: [] }],
  ["no schema", 5],
  ["a list", []],
  ["a list as items", { type: "array", items: [{}] }],
  ["properties that are a list", { properties: [] }],
  ["required that is no list", { required: "a" }],
  ["an empty enum", { enum: [] }],
  ["an empty anyOf", { anyOf: [] }],
  ["minItems below 0", { minItems: -1 }],
  ["a bound that is a text", { type: "number", minimum: "5" }],
  ["draft 4's exclusiveMinimum", { type: "number", minimum: 1, exclusiveMinimum: true }],
  ["multipleOf 0", { type: "number", multipleOf: 0 }],
  ["a reference elsewhere", { $ref: "https://example.com/schema.json" }],
  ["a reference to nothing", { $ref: "#/$defs/none" }],
  ["a reference to what is no schema", { $ref: "#/default", default: { minItems: "a" } }],
  ["a reference with a bad escape", { $ref: "#/%" }],
  ["const with company", { const: 5, minimum: 3 }],
  ["anyOf with company", { anyOf: [{ type: "object" }], required: ["a"] }],
  ["65 levels", Array.from({ length: 66 }).reduce((inner: object) => ({ items: inner }), {})],
  ["false", false],
  ["a reference to itself", { $ref: "#" }],
  [
    "a choice of itself, deep down",
    {
      $ref: "#/$defs/a",
      $defs: { a: Array.from({ length: 60 }).reduce((inner: object) => ({ anyOf: [inner] }), { $ref: "#" }) },
    },
  ],
  ["an object that must hold itself", object({ a: { $ref: "#" } })],
  ["no number between", { type: "integer", minimum: 5, maximum: 4 }],
  ["no integer between", { type: "integer", minimum: 0.1, maximum: 0.9 }],
  ["no multiple between", { type: "number", multipleOf: 10, minimum: 11, maximum: 19 }],
  ["no length between", { type: "string", minLength: 5, maxLength: 4 }],
  ["no count between", { type: "array", minItems: 5, maxItems: 4, items: {} }],
  ["items that nothing is", { type: "array", minItems: 1, items: false }],
  ["a type that no member has", { type: "string", enum: [1, 2] }],
  ["a required property that may not be", object({}, ["a"])],
  ["a date of 3 letters", { type: "string", format: "date", maxLength: 3 }],
  ["a text as long as a book", { type: "string", minLength: 1e9 }],
  ["a list nearly without end", { type: "array", minItems: 1e9, maxItems: 1e9, items: {} }],
  ["a list without end", { type: "array", minItems: 1e9, items: {} }],
  ["a list of lists of lists", { minItems: 999, items: { minItems: 999, items: { minItems: 999, items: {} } } }],
];

/** Without the two names that ajv's comparison of objects trips over. */
const json = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => !/"(toString|valueOf)"/.test(JSON.stringify(value)))
  .map((value): unknown => JSON.parse(JSON.stringify(value)));
const constants = fc.oneof(
  json.map((value) => ({ const: value })),
  fc.array(json, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
);

const strings = fc
  .tuple(fc.nat(50), fc.nat(50))
  .map(([least, more]) => ({ type: "string", minLength: least, maxLength: least + more }));

const bound = fc.double({ min: -1e9, max: 1e9, noNaN: true, noDefaultInfinity: true });
const numbers = fc
  .record({
    type: fc.constantFrom("integer", "number"),
    low: bound,
    width: fc.double({ min: 2, max: 1e6, noNaN: true }),
    open: fc.boolean(),
  })
  .map(({ type, low, width, open }) =>
    open
      ? { type, exclusiveMinimum: low, exclusiveMaximum: low + width }
      : { type, minimum: low, maximum: low + width, ...(width > 100 && { multipleOf: 25 }) },
  );

function nested(depth: number): fc.Arbitrary<Record<string, unknown>> {
  const leaves = [constants, strings, numbers, fc.constantFrom({ type: "boolean" }, { type: "null" })];
  if (depth === 0) return fc.oneof(...leaves);
  const inner = nested(depth - 1);
  const refs = depth > 2 ? [fc.constantFrom({ $ref: "#/$defs/shared" }, { $ref: "#/$defs/list" })] : [];
  return fc.oneof(
    ...leaves,
    ...refs,
    arrays(inner),
    objects(inner),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  );
}

function arrays(inner: fc.Arbitrary<object>) {
  return fc.record(
    { type: fc.constant("array"), items: inner, minItems: fc.nat(3), maxItems: fc.integer({ min: 3, max: 5 }) },
    { requiredKeys: ["type"] },
  );
}

function objects(inner: fc.Arbitrary<object>) {
  return fc.dictionary(fc.string(), inner, { maxKeys: 4 }).chain((properties) =>
    fc.record({
      type: fc.constantFrom("object", ["object", "null"], ["string", "object"]),
      properties: fc.constant(properties),
      required: fc.subarray(Object.keys(properties)),
      additionalProperties: fc.boolean(),
    }),
  );
}

/** Schemas of the subset that some value fits, references to what is around them included. */
export const schemas = fc
  .record({ root: nested(4), shared: nested(2) })
  .map(({ root, shared }) => ({ ...root, $defs: { shared, list: LIST } }));

const LIST = object({ value: { type: "integer" }, next: { anyOf: [{ $ref: "#/$defs/list" }, { type: "null" }] } });
