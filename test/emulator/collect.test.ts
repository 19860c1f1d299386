/** The collected stream of a request equals its completion. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect } from "../../src/collect.js";
import { completion } from "../../src/completion.js";
import { emulator } from "../../src/emulator/index.js";
import { stream } from "../../src/stream.js";
import type { ChatRequest } from "../../src/types/chat.js";
import { MESSAGES, REASONING_MODEL, TEXT_MODEL, VISION_MODEL } from "./helpers.js";
import { schemas } from "./schema-arbitrary.js";

async function expectSameCompletion(fields: object): Promise<void> {
  const request = { model: TEXT_MODEL, messages: MESSAGES, ...fields } as ChatRequest;
  const fetch = emulator();
  const [whole, collected] = [await completion(request, { fetch }), await collect(stream(request, { fetch }))];
  expect(collected).toEqual(whole);
}

const tools = ["search", "book", "cancel"].map((name) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: { at: { type: "integer" }, who: { type: "string" } } } },
}));

describe("a collected stream", () => {
  it.each([
    ["text", {}],
    ["reasoning", { model: REASONING_MODEL }],
    ["a deployment", { model: "abcd1234" }],
    ["a tool call", { tools }],
    ["two tool calls", { tools, messages: [{ role: "user", content: "book, then cancel" }] }],
    ["a tool call cut off", { tools, max_tokens: 5 }],
    ["a tool call after reasoning", { tools, model: REASONING_MODEL }],
    ["reasoning cut off", { model: REASONING_MODEL, max_tokens: 2 }],
    ["text cut off", { max_tokens: 2 }],
    ["text stopped", { stop: "hello" }],
    ["text stopped at once", { stop: ["Y", "T"] }],
    ["JSON", { response_format: { type: "json_object" } }],
  ])("equals the completion: %s", async (_, fields) => {
    await expectSameCompletion(fields);
  });

  it("equals the completion for any request", async () => {
    await fc.assert(fc.asyncProperty(requests, expectSameCompletion), { numRuns: 200, seed: 1 });
  });
});

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });

const requests = fc
  .record({
    model: fc.constantFrom(TEXT_MODEL, REASONING_MODEL, VISION_MODEL, "abcd1234"),
    messages: fc.array(
      fc.record({ role: fc.constantFrom("system", "user", "assistant"), content: fc.string({ unit: "binary" }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    max_tokens: optional(fc.integer({ min: 1, max: 120 })),
    stop: optional(fc.array(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })),
    reasoning_effort: optional(fc.constantFrom("none", "low", "max")),
    tools: optional(fc.subarray(tools, { minLength: 1 })),
    tool_choice: optional(fc.constantFrom("auto", "none")),
    schema: optional(schemas),
  })
  .map(({ schema, ...request }) => ({
    ...request,
    ...(schema && { response_format: { type: "json_schema", json_schema: { name: "it", strict: true, schema } } }),
  }));
