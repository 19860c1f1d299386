/** Values generated for a schema, as content and as tool arguments: they fit the schema, as ajv judges. */

import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { jsonSchemaFormat, requestChoice, toolWithParameters } from "./helpers.js";
import { objectSchema, schemas } from "./schema-arbitrary.js";

/** Schemas of the subset, each with the only right value where there is just one. */
const SUPPORTED: [string, unknown, unknown?][] = [
  ["an object", objectSchema({ name: { type: "string" }, age: { type: "integer" } })],
  ["optional properties, filled in", objectSchema({ a: { type: "boolean" } }, []), { a: true }],
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
  ["a property named constructor", objectSchema({ constructor: { type: "null" } })],
  ["an empty schema", {}],
  ["true", objectSchema({ a: true })],
  ["an array", { type: "array", items: { type: "integer" } }, [1]],
  ["minItems", { type: "array", minItems: 3, items: { enum: ["a"] } }, ["a", "a", "a"]],
  ["minItems and maxItems", { type: "array", minItems: 2, maxItems: 30_000, items: { const: 0 } }, [0, 0]],
  ["maxItems 0", { type: "array", maxItems: 0, items: { type: "integer" } }, []],
  ["an array whose items are false", { type: "array", items: false }, []],
  ["enum", { enum: ["red", "green"] }, "red"],
  ["enum with a type", { type: "integer", enum: ["a", 1.5, 2] }, 2],
  ["enum of objects", { enum: [{ a: [1] }] }, { a: [1] }],
  ["const null", { const: null }, null],
  ["const false", objectSchema({ a: { const: false } }), { a: false }],
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
  ["nullable by anyOf", objectSchema({ a: { anyOf: [{ type: "integer" }, { type: "null" }] } }), { a: 1 }],
  ["nullable by type", { type: ["string", "null"], minLength: 3 }],
  [
    "anyOf with a type",
    { type: "object", anyOf: [{ type: "string" }, objectSchema({ a: { type: "null" } })] },
    { a: null },
  ],
  ["$ref", { $ref: "#/$defs/a", $defs: { a: { type: "boolean" } } }, true],
  ["definitions", { type: "array", items: { $ref: "#/definitions/a" }, definitions: { a: { const: 1 } } }, [1]],
  ["a pointer with escapes", objectSchema({ "a/b~c %": { const: 1 }, z: { $ref: "#/properties/a~1b~0c%20%25" } })],
  ["$ref to an element of a list", { anyOf: [{ const: 1 }, { $ref: "#/anyOf/0" }] }, 1],
  ["a recursive list", objectSchema({ value: { type: "string" }, next: { anyOf: [{ $ref: "#" }, { type: "null" }] } })],
  ["a recursive tree", objectSchema({ children: { type: "array", items: { $ref: "#" } } })],
  [
    "two schemas that refer to each other",
    {
      $ref: "#/$defs/a",
      $defs: {
        a: objectSchema({ b: { anyOf: [{ $ref: "#/$defs/b" }, { type: "null" }] } }),
        b: objectSchema({ a: { anyOf: [{ $ref: "#/$defs/a" }, { type: "null" }] }, c: { type: "integer" } }),
      },
    },
  ],
  [
    "an anyOf with an endless and a finite branch",
    {
      $ref: "#/$defs/a",
      $defs: { a: { anyOf: [objectSchema({ a: { $ref: "#/$defs/a" }, b: { $ref: "#/$defs/a" } }), { const: 0 }] } },
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
                  objectSchema({ b: { $ref: `#/$defs/d${at + 1}` }, c: { $ref: `#/$defs/d${at + 1}` }, d: false }),
                  { $ref: `#/$defs/d${at + 1}` },
                ],
              },
        ]),
      ),
    },
    1,
  ],
  ["30 levels", Array.from({ length: 30 }).reduce((inner: object) => objectSchema({ a: inner }), { type: "string" })],
  ["minLength", { type: "string", minLength: 100 }],
  ["maxLength", { type: "string", maxLength: 3 }, "Say"],
  ["maxLength 0", { type: "string", maxLength: 0 }, ""],
  ["minimum", { type: "integer", minimum: 7 }, 7],
  ["maximum", { type: "integer", maximum: -7 }, -7],
  ["exclusiveMinimum", { type: "integer", exclusiveMinimum: 7 }, 8],
  ["exclusiveMaximum", { type: "integer", exclusiveMaximum: -7 }, -8],
  ["a fraction as bound of an integer", { type: "integer", minimum: 7.2, maximum: 8.9 }, 8],
  ["bounds between two integers", { type: "number", exclusiveMinimum: 1, exclusiveMaximum: 2 }, 1.5],
  ["a range of one number", { type: "number", minimum: 0.1, maximum: 0.1 }, 0.1],
  [
    "objects in a list",
    { type: "array", items: { $ref: "#/$defs/a" }, $defs: { a: objectSchema({ b: { const: 1 } }) } },
    [{ b: 1 }],
  ],
  ["a bound near the largest number", { type: "number", exclusiveMinimum: 1e300 }],
  ["a bound near the least number", { type: "number", exclusiveMaximum: -1e300 }],
  ["a range over all numbers", { type: "number", minimum: -1.7e308, maximum: 1.7e308 }],
  ["multipleOf", { type: "integer", multipleOf: 7, minimum: 10 }, 14],
  ["multipleOf, only above 1", { type: "number", multipleOf: 0.5, minimum: 1.2, maximum: 1.7 }, 1.5],
  ["multipleOf a fraction, and an integer", { type: "integer", multipleOf: 2.5, minimum: 6 }, 10],
  ["multipleOf that only 0 fits", { type: "number", multipleOf: 5, minimum: -1, maximum: 1 }, 0],
  ["bounds without a type", { minimum: 3 }, 3],
  ["items without a type", { items: { const: 1 }, minItems: 2 }, [1, 1]],
  ["properties without a type", { properties: { a: { const: 1 } } }, { a: 1 }],
  [
    "annotations",
    { type: "boolean", title: "T", description: "D", default: false, examples: [true], "x-note": 1 },
    true,
  ],
  [
    "a schema as Zod writes it",
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      ...objectSchema({ at: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 } }),
    },
    { at: 1 },
  ],
];

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** The value generated for a schema, after it was checked that content and tool arguments are the same. */
async function generateFor(schema: unknown): Promise<unknown> {
  const { message } = await requestChoice(jsonSchemaFormat(schema));
  const json = (await requestChoice(toolWithParameters(schema))).message.tool_calls?.[0]?.function.arguments;
  expect(json).toBe(message.content);
  return JSON.parse(message.content ?? "");
}

function expectFit(schema: unknown, value: unknown): void {
  expect(ajv.validate(schema as object, value), `${JSON.stringify(value)}: ${ajv.errorsText()}`).toBe(true);
}

describe("a value generated for a schema", () => {
  it.each(SUPPORTED)("fits it: %s", async (_, schema, expected) => {
    const value = await generateFor(schema);
    expectFit(schema, value);
    if (expected !== undefined) expect(value).toEqual(expected);
  });

  it.each([
    ["date-time", (text: string) => new Date(text).toISOString().replace(".000", "") === text],
    ["date", (text: string) => new Date(text).toISOString().startsWith(text)],
    ["time", (text: string) => /^\d\d:\d\d:\d\dZ$/.test(text)],
    ["duration", (text: string) => /^P\d+D$/.test(text)],
    ["email", (text: string) => /^\w+@\w+\.com$/.test(text)],
    ["hostname", (text: string) => new URL(`http://${text}`).hostname === text],
    ["ipv4", (text: string) => new URL(`http://${text}`).hostname === text],
    ["ipv6", (text: string) => new URL(`http://[${text}]`).hostname === `[${text}]`],
    ["uri", (text: string) => new URL(text).href === text],
    ["uuid", (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)],
  ])("has the format %s", async (name, test) => {
    expect(await generateFor({ type: "string", format: name })).toSatisfy(test);
  });

  it.each([
    ["email", z.email()],
    ["uuid", z.uuid()],
    ["iso.date", z.iso.date()],
    ["iso.datetime", z.iso.datetime()],
    ["iso.duration", z.iso.duration()],
    ["hostname", z.hostname()],
    ["ipv4", z.ipv4()],
    ["ipv6", z.ipv6()],
    ["url", z.url()],
  ])("fits Zod's %s, which is a format with a pattern", async (_, schema) => {
    const value = await generateFor(objectSchema({ at: z.toJSONSchema(schema) }));
    expect(z.object({ at: schema }).safeParse(value).error).toBeUndefined();
  });

  it("has strings made of the prompt", async () => {
    const fields = { ...jsonSchemaFormat({ type: "string" }), messages: [{ role: "user", content: "Blue." }] };
    expect((await requestChoice(fields)).message.content).toBe('"Blue."');
  });

  it("fits any schema that has such a value", async () => {
    await fc.assert(
      fc.asyncProperty(schemas, async (schema) => expectFit(schema, await generateFor(schema))),
      { numRuns: 300, seed: 1 },
    );
  });
});
