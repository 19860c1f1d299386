/** Structured output and tool arguments: what is made for a schema fits it, as ajv judges. */

import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestChoice, sendChat } from "./helpers.js";
import { FITTING, REFUSED, schemas } from "./schemas.js";

const ajv = new Ajv2020({ strict: false, validateFormats: false });

const format = (schema: unknown) => ({
  response_format: { type: "json_schema", json_schema: { name: "it", strict: true, schema } },
});

const tool = (parameters: unknown) => ({ tools: [{ type: "function", function: { name: "do_it", parameters } }] });

/** What is made for a schema, as content and as arguments of a tool; both are the same. */
async function made(schema: unknown): Promise<unknown> {
  const { message } = await requestChoice(format(schema));
  const called = (await requestChoice(tool(schema))).message.tool_calls?.[0]?.function.arguments;
  expect(called).toBe(message.content);
  return JSON.parse(message.content ?? "");
}

describe("a value for a schema", () => {
  it.each(FITTING)("fits: %s", async (_, schema, expected) => {
    const value = await made(schema);
    expect(ajv.validate(schema as object, value), `${JSON.stringify(value)}: ${ajv.errorsText()}`).toBe(true);
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
    expect(await made({ type: "string", format: name })).toSatisfy(test);
  });

  it("is made of the prompt", async () => {
    expect(
      (await requestChoice({ ...format({ type: "string" }), messages: [{ role: "user", content: "Blue." }] })).message
        .content,
    ).toBe('"Blue."');
  });

  it("fits whatever the schema, if there is such a value", async () => {
    await fc.assert(
      fc.asyncProperty(schemas, async (schema) => {
        const value = await made(schema);
        expect(ajv.validate(schema, value), `${JSON.stringify(value)}: ${ajv.errorsText()}`).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe("a schema outside the subset", () => {
  it.each(REFUSED)("is refused, in both places: %s", async (_, schema) => {
    const content = await sendChat(format(schema));
    expect(content.json).toMatchObject({
      error: { type: "invalid_request_error", param: "response_format.json_schema.schema", code: "invalid_schema" },
    });
    const call = await sendChat({ ...tool(schema), stream: true });
    expect(call.json).toMatchObject({ error: { param: "tools[0].function.parameters", code: "invalid_schema" } });
    expect([content.status, call.status]).toEqual([400, 400]);
  });

  it("is named by what is wrong with it", async () => {
    const { json } = await sendChat(format({ type: "string", pattern: "^a" }));
    expect(json).toMatchObject({ error: { message: expect.stringContaining('"pattern"') } });
  });
});
