/** Schemas that structured output does not support. */

import { describe, expect, it } from "vitest";
import { jsonSchemaFormat, sendChat, toolWithParameters } from "./helpers.js";
import { objectSchema } from "./schema-arbitrary.js";

/** Schemas outside the subset, or with no value that fits. */
const REJECTED: [string, unknown][] = [
  ["pattern", { type: "string", pattern: "^a" }],
  ["a pattern that is no string, beside a format", { type: "string", format: "date", pattern: 5 }],
  ["a pattern beside an unknown format", { type: "string", format: "colour", pattern: "^a" }],
  [
    "pattern, several levels deep",
    objectSchema({ a: { type: "array", items: { anyOf: [{ type: "null" }, { type: "string", pattern: "a" }] } } }),
  ],
  ["pattern, behind a reference", { $ref: "#/$defs/a", $defs: { a: { type: "string", pattern: "a" } } }],
  ["pattern, in a definition without references", { type: "null", $defs: { a: { pattern: "a" } } }],
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
  ["an unknown keyword", { type: "string", colour: "red" }],
  ["the keyword constructor", JSON.parse('{"constructor":{}}')],
  ["an unknown format", { type: "string", format: "colour" }],
  ["an unknown type", { type: "text" }],
  ["an empty list of types", { type: [] }],
  ["a number", 5],
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
  ["a reference that leads nowhere", { $ref: "#/$defs/none" }],
  ["a reference to an invalid schema", { $ref: "#/default", default: { minItems: "a" } }],
  ["a reference with a bad escape", { $ref: "#/%" }],
  ["const beside another assertion", { const: 5, minimum: 3 }],
  ["anyOf beside another assertion", { anyOf: [{ type: "object" }], required: ["a"] }],
  ["65 levels", Array.from({ length: 66 }).reduce((inner: object) => ({ items: inner }), {})],
  ["false", false],
  ["a reference to itself", { $ref: "#" }],
  [
    "an anyOf of itself, 60 levels deep",
    {
      $ref: "#/$defs/a",
      $defs: { a: Array.from({ length: 60 }).reduce((inner: object) => ({ anyOf: [inner] }), { $ref: "#" }) },
    },
  ],
  ["an object that must hold itself", objectSchema({ a: { $ref: "#" } })],
  ["bounds without a number between them", { type: "integer", minimum: 5, maximum: 4 }],
  ["bounds without an integer between them", { type: "integer", minimum: 0.1, maximum: 0.9 }],
  ["bounds without a multiple between them", { type: "number", multipleOf: 10, minimum: 11, maximum: 19 }],
  ["lengths that exclude each other", { type: "string", minLength: 5, maxLength: 4 }],
  ["counts that exclude each other", { type: "array", minItems: 5, maxItems: 4, items: {} }],
  ["a required item that is false", { type: "array", minItems: 1, items: false }],
  ["an enum without a value of the type", { type: "string", enum: [1, 2] }],
  ["a required property that is not allowed", objectSchema({}, ["a"])],
  ["a date of 3 letters", { type: "string", format: "date", maxLength: 3 }],
  ["a string of a billion characters", { type: "string", minLength: 1e9 }],
  ["a list of exactly a billion items", { type: "array", minItems: 1e9, maxItems: 1e9, items: {} }],
  ["a list of at least a billion items", { type: "array", minItems: 1e9, items: {} }],
  ["a list of lists of lists", { minItems: 999, items: { minItems: 999, items: { minItems: 999, items: {} } } }],
];

describe("a schema outside the supported subset", () => {
  it.each(REJECTED)("is a 400 as a response format and as a tool's parameters: %s", async (_, schema) => {
    const content = await sendChat(jsonSchemaFormat(schema));
    expect(content.json).toMatchObject({
      error: { type: "invalid_request_error", param: "response_format.json_schema.schema", code: "invalid_schema" },
    });
    const toolCall = await sendChat({ ...toolWithParameters(schema), stream: true });
    expect(toolCall.json).toMatchObject({ error: { param: "tools[0].function.parameters", code: "invalid_schema" } });
    expect([content.status, toolCall.status]).toEqual([400, 400]);
  });

  it.each<[unknown, string]>([
    [{ type: "string", pattern: "^a" }, '"pattern" without "format" is not supported'],
    [
      objectSchema({ lines: { items: objectSchema({ day: { pattern: "a" } }) } }),
      ", at properties.lines.items.properties.day",
    ],
    [{ anyOf: [{ type: "null" }, { oneOf: [] }] }, '"oneOf" is not supported, at anyOf[1]'],
    [{ $ref: "#/$defs/a", $defs: { a: { not: {} } } }, '"not" is not supported, at $defs.a'],
    [{ type: "array", items: 5 }, "neither an object nor a boolean, at items"],
  ])("is a 400 whose message names the keyword and its place: %j", async (schema, words) => {
    const { json } = await sendChat(jsonSchemaFormat(schema));
    expect(json).toMatchObject({ error: { message: expect.stringContaining(words) } });
  });
});
