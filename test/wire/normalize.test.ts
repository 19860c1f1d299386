import { describe, expect, it } from "vitest";
import { BasetenError } from "../../src/index.js";
import type { CreateError } from "../../src/wire/api-error.js";
import { normalizeChunk, normalizeCompletion } from "../../src/wire/normalize.js";

const createError: CreateError = (name, message) => new BasetenError(name, message);

/** A part of a choice, and what normalizes a reply with it. */
const both: ["delta" | "message", (reply: Record<string, unknown>) => void][] = [
  ["delta", (reply) => normalizeChunk(reply, "", createError)],
  ["message", (reply) => normalizeCompletion(reply, "", createError)],
];

const text = (words: string) => ({ type: "text", text: words });
const call = (args: unknown) => ({ id: "a", function: { name: "f", arguments: args } });

/** JSON that is nested more deeply than `JSON.stringify` can write. */
const abyss = JSON.parse(`${'{"x":['.repeat(20_000)}${"]}".repeat(20_000)}`);

const messages: [string, object, object][] = [
  ["content that is text stays", { content: "Hello" }, { content: "Hello" }],
  ["content that is null stays", { content: null }, { content: null }],
  ["text parts become one text", { content: [text("Hel"), text("lo")] }, { content: "Hello" }],
  ["strings among the parts count as text", { content: ["Hel", text("lo")] }, { content: "Hello" }],
  ["no parts are null", { content: [] }, { content: null }],
  ["one empty text part is the empty text", { content: [text("")] }, { content: "" }],
  ["parts of other types are dropped", { content: [text("a"), { type: "reference", text: "b" }] }, { content: "a" }],
  ["odd parts are dropped", { content: [null, 1, [text("b")], { type: "text" }, text("a")] }, { content: "a" }],
  [
    "Mistral's thinking parts become reasoning_content",
    { content: [{ type: "thinking", thinking: [text("Hm, "), text("yes.")] }, text("Yes.")] },
    { content: "Yes.", reasoning_content: "Hm, yes." },
  ],
  [
    "thinking parts alone leave null as content",
    { content: [{ type: "thinking", thinking: [text("Hm.")], closed: false }] },
    { content: null, reasoning_content: "Hm." },
  ],
  [
    "thinking may be a plain string",
    { content: [{ type: "thinking", thinking: "Hm." }] },
    { content: null, reasoning_content: "Hm." },
  ],
  [
    "odd thinking parts leave no reasoning",
    { content: [{ type: "thinking" }, { type: "thinking", thinking: [null] }] },
    { content: null, reasoning_content: null },
  ],
  [
    "reasoning is also reasoning_content",
    { reasoning: "Hm.", reasoning_content: null },
    { reasoning: "Hm.", reasoning_content: "Hm." },
  ],
  [
    "reasoning_content that came is kept",
    { reasoning: "a", reasoning_content: "b", content: [{ type: "thinking", thinking: "c" }] },
    { reasoning: "a", reasoning_content: "b", content: null },
  ],
  ["reasoning that is no text is left alone", { reasoning: { effort: "low" } }, { reasoning: { effort: "low" } }],
  ["tool_calls that are null stay", { tool_calls: null }, { tool_calls: null }],
  ["arguments that are text stay", { tool_calls: [call("{}")] }, { tool_calls: [call("{}")] }],
  ["arguments that are null stay", { tool_calls: [call(null)] }, { tool_calls: [call(null)] }],
  ["arguments that are an object become JSON", { tool_calls: [call({ x: [1] })] }, { tool_calls: [call('{"x":[1]}')] }],
  ["arguments that are an array become JSON", { tool_calls: [call([1])] }, { tool_calls: [call("[1]")] }],
  [
    "odd tool calls stay",
    { tool_calls: [null, 1, "a", {}, { function: null }, { function: "f" }] },
    { tool_calls: [null, 1, "a", {}, { function: null }, { function: "f" }] },
  ],
  ["unknown fields stay", { audio: { id: 1 }, x: "" }, { audio: { id: 1 }, x: "" }],
];

describe.each(both)("in a %s", (part, normalize) => {
  it.each(messages)("%s", (_, before, after) => {
    const reply = { choices: [{ index: 0, [part]: structuredClone(before), finish_reason: null }] };
    normalize(reply);
    expect(reply).toEqual({ choices: [{ index: 0, [part]: after, finish_reason: null }] });
  });

  it("arguments that are nested too deeply to be serialized throw an InvalidResponseError, not a RangeError", () => {
    const reply = { choices: [{ [part]: { tool_calls: [call("{}"), call(abyss)] } }] };
    expect(() => normalize(reply)).toThrow(expect.objectContaining({ name: "InvalidResponseError" }));
  });

  it.each<[string, object, object]>([
    ["choices that are missing are an empty array", { id: "a" }, { id: "a", choices: [] }],
    ["choices that are null are an empty array", { choices: null }, { choices: [] }],
    ["choices that are an object are an empty array", { choices: { 0: {} } }, { choices: [] }],
    [
      "odd choices are dropped",
      { choices: [null, 1, [], "a", { [part]: { x: 1 } }] },
      { choices: [{ [part]: { x: 1 } }] },
    ],
    ["a choice without one gets an empty one", { choices: [{ index: 1 }] }, { choices: [{ index: 1, [part]: {} }] }],
    ["null is replaced by an empty one", { choices: [{ [part]: null }] }, { choices: [{ [part]: {} }] }],
    ["an array is replaced by an empty one", { choices: [{ [part]: [1] }] }, { choices: [{ [part]: {} }] }],
    [
      "an empty finish_reason is null",
      { choices: [{ [part]: {}, finish_reason: "" }] },
      { choices: [{ [part]: {}, finish_reason: null }] },
    ],
    [
      "a finish_reason stays",
      { choices: [{ [part]: {}, finish_reason: "stop" }] },
      { choices: [{ [part]: {}, finish_reason: "stop" }] },
    ],
  ])("%s", (_, before, after) => {
    const reply = structuredClone(before) as Record<string, unknown>;
    normalize(reply);
    expect(reply).toEqual(after);
  });
});

it("an ordinary chunk is changed in place, its list of choices not copied", () => {
  const choices = [{ index: 0, delta: { content: "Hello" }, finish_reason: null }];
  const chunk = { choices };
  normalizeChunk(chunk, "", createError);
  expect(chunk.choices).toBe(choices);
});
