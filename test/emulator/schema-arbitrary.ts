/** Generates JSON Schemas of the subset of structured output. */

import fc from "fast-check";

/** The schema of an object, whose properties are all required unless listed otherwise. */
export const objectSchema = (properties: object, required: string[] = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** JSON values without the two property names that break ajv's comparison of objects. */
const jsonValues = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => !/"(toString|valueOf)"/.test(JSON.stringify(value)))
  .map((value): unknown => JSON.parse(JSON.stringify(value)));
const constantSchemas = fc.oneof(
  jsonValues.map((value) => ({ const: value })),
  fc.array(jsonValues, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
);

const stringSchemas = fc
  .tuple(fc.nat(50), fc.nat(50))
  .map(([least, more]) => ({ type: "string", minLength: least, maxLength: least + more }));

const bounds = fc.double({ min: -1e9, max: 1e9, noNaN: true, noDefaultInfinity: true });
const numberSchemas = fc
  .record({
    type: fc.constantFrom("integer", "number"),
    low: bounds,
    width: fc.double({ min: 2, max: 1e6, noNaN: true }),
    open: fc.boolean(),
  })
  .map(({ type, low, width, open }) =>
    open
      ? { type, exclusiveMinimum: low, exclusiveMaximum: low + width }
      : { type, minimum: low, maximum: low + width, ...(width > 100 && { multipleOf: 25 }) },
  );

function nestedSchemas(depth: number): fc.Arbitrary<Record<string, unknown>> {
  const leaves = [
    constantSchemas,
    stringSchemas,
    numberSchemas,
    fc.constantFrom({ type: "boolean" }, { type: "null" }),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const inner = nestedSchemas(depth - 1);
  const refs = depth > 2 ? [fc.constantFrom({ $ref: "#/$defs/shared" }, { $ref: "#/$defs/list" })] : [];
  return fc.oneof(
    ...leaves,
    ...refs,
    arraySchemas(inner),
    objectSchemas(inner),
    fc.array(inner, { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  );
}

function arraySchemas(inner: fc.Arbitrary<object>) {
  return fc.record(
    { type: fc.constant("array"), items: inner, minItems: fc.nat(3), maxItems: fc.integer({ min: 3, max: 5 }) },
    { requiredKeys: ["type"] },
  );
}

function objectSchemas(inner: fc.Arbitrary<object>) {
  return fc.dictionary(fc.string(), inner, { maxKeys: 4 }).chain((properties) =>
    fc.record({
      type: fc.constantFrom("object", ["object", "null"], ["string", "object"]),
      properties: fc.constant(properties),
      required: fc.subarray(Object.keys(properties)),
      additionalProperties: fc.boolean(),
    }),
  );
}

/** Schemas of the subset that some value fits, with references to definitions. */
export const schemas = fc
  .record({ root: nestedSchemas(4), shared: nestedSchemas(2) })
  .map(({ root, shared }) => ({ ...root, $defs: { shared, list: LIST_SCHEMA } }));

const LIST_SCHEMA = objectSchema({
  value: { type: "integer" },
  next: { anyOf: [{ $ref: "#/$defs/list" }, { type: "null" }] },
});
