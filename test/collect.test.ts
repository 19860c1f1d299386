import { describe, expect, it } from "vitest";
import { type ChatCompletionChunk, collect } from "../src/index.js";
import { chunk, contentChunk, finishChunk, usageChunk } from "./helpers/wire-chunks.js";

const delta = (fields: object, more: object = {}) =>
  chunk([{ index: 0, delta: fields, finish_reason: null, ...more }]) as ChatCompletionChunk;

describe("of a message, collect:", () => {
  it.each<[string, object[], object]>([
    [
      "content is joined",
      [{ content: "a" }, { content: "b" }, {}, { content: null }, { content: "c" }],
      { content: "abc" },
    ],
    ["content that never came is null", [{ role: "assistant" }], { content: null }],
    ["empty content is empty", [{ content: "" }], { content: "" }],
    [
      "refusal is joined",
      [{ refusal: "I " }, { refusal: null }, { refusal: "won't" }],
      { refusal: "I won't", content: null },
    ],
    [
      "reasoning_content is joined",
      [{ reasoning_content: "a" }, { reasoning_content: "b" }],
      { reasoning_content: "ab" },
    ],
    ["a missing role is assistant", [{ content: "a" }], { role: "assistant" }],
    ["a role is kept", [{ role: "tool" }, { content: "a" }], { role: "tool" }],
    ["an unknown field is the last that is not null", [{ x: 1 }, { x: [2] }, { x: null }], { x: [2] }],
    [
      "false and 0 overwrite, an empty text does not",
      [
        { x: 1, y: 1, z: "a" },
        { x: false, y: 0, z: "" },
      ],
      { x: false, y: 0, z: "a" },
    ],
    ["an empty text is kept where nothing else came", [{ x: "" }, { x: null }], { x: "" }],
    ["an empty role is assistant, as a missing one", [{ role: "", content: "a" }], { role: "assistant" }],
    ["an empty role does not overwrite", [{ role: "assistant" }, { role: "" }], { role: "assistant" }],
    ["content parts become text", [{ content: [{ type: "text", text: "a" }] }, { content: "b" }], { content: "ab" }],
    [
      "thinking parts become reasoning_content",
      [{ content: [{ type: "thinking", thinking: [{ type: "text", text: "a" }] }] }, { content: "b" }],
      { content: "b", reasoning_content: "a" },
    ],
    [
      "reasoning is joined, and is also reasoning_content",
      [{ reasoning: "a" }, { reasoning: "b" }],
      { reasoning: "ab", reasoning_content: "ab" },
    ],
    ["content that is neither text nor parts is ignored", [{ content: "a" }, { content: { x: 1 } }], { content: "a" }],
    [
      "function_call is joined, its name kept",
      [{ function_call: { name: "f", arguments: "{" } }, { function_call: { name: "", arguments: "}" } }],
      { function_call: { name: "f", arguments: "{}" }, content: null },
    ],
    [
      "function_call stays one, whatever it says again",
      [{ function_call: { name: "f", arguments: "{}" } }, { function_call: { name: "f", arguments: " " } }],
      { function_call: { name: "f", arguments: "{} " } },
    ],
    [
      "empty content beside a function_call is null",
      [{ content: "", function_call: { name: "f", arguments: "{}" } }],
      { content: null },
    ],
    [
      "fields named like those of an object's prototype",
      [{ constructor: 1, toString: "a" }],
      { constructor: 1, toString: "a" },
    ],
    [
      "empty content beside tool calls is null",
      [{ content: "" }, { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }] }],
      { content: null },
    ],
    [
      "content beside tool calls stays",
      [{ content: "Look:" }, { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }] }],
      { content: "Look:" },
    ],
    ["tool_calls that are null are none", [{ content: "", tool_calls: null }], { content: "" }],
  ])("%s", async (_, deltas, message) => {
    const { choices } = await collect(deltas.map((fields) => delta(fields)));
    expect(choices.length).toBe(1);
    expect(choices[0]?.message).toMatchObject(message);
  });

  it("a field named __proto__ is a field, and does not become the prototype", async () => {
    const { choices } = await collect([delta(JSON.parse('{ "content": "a", "__proto__": { "polluted": true } }'))]);
    expect(Object.keys(choices[0]?.message ?? {})).toContain("__proto__");
    expect(choices[0]?.message.polluted).toBeUndefined();
  });

  it("tool_calls and function_call are absent if none came", async () => {
    const { choices } = await collect([delta({ content: "a", tool_calls: [] })]);
    expect(choices[0]?.message).toStrictEqual({ role: "assistant", content: "a" });
  });
});

describe("of a completion, collect:", () => {
  it("fields are the last that is not null, and object is chat.completion", async () => {
    const whole = await collect([
      chunk([], { x: 1, created: 5, system_fingerprint: "a" }),
      chunk([], { x: null, y: 2, model: "later/model" }),
      chunk([], { usage: null }),
    ] as ChatCompletionChunk[]);
    expect(whole).toEqual({
      id: "chat-1",
      object: "chat.completion",
      created: 1,
      model: "test/model",
      ...{ x: 1, y: 2, system_fingerprint: "a" },
      choices: [],
    });
  });

  it("empty fields and created: 0 do not overwrite values", async () => {
    const empty = { id: "", model: "", object: "", created: 0, system_fingerprint: "" };
    const good = { id: "chat-1", model: "test/model", created: 7, system_fingerprint: "fp" };
    const whole = await collect([chunk([], empty), chunk([], good), chunk([], empty)] as ChatCompletionChunk[]);
    expect(whole).toEqual({ ...good, object: "chat.completion", choices: [] });
  });

  it("an index of null, or none, is that of choice 0", async () => {
    const choice = (index: unknown, content: string) => chunk([{ index, delta: { content }, finish_reason: null }]);
    const chunks = [choice(null, "a"), choice(0, "b"), choice(undefined, "c")] as ChatCompletionChunk[];
    expect((await collect(chunks)).choices).toMatchObject([{ index: 0, message: { content: "abc" } }]);
  });

  it("choices, deltas and calls that are not objects are ignored", async () => {
    const odd = [null, 1, "a", [], {}, { delta: null }, { delta: [] }, { delta: { tool_calls: [null, 1, []] } }];
    const whole = await collect([chunk(odd), chunk(null), chunk("a"), contentChunk("a")] as ChatCompletionChunk[]);
    expect(whole.choices).toEqual([{ index: 0, finish_reason: null, message: { role: "assistant", content: "a" } }]);
  });

  it("usage is the last one seen, never a sum", async () => {
    const chunks = [chunk([], { usage: { total_tokens: 3 } }), usageChunk(2), chunk([], { usage: null })];
    expect((await collect(chunks as ChatCompletionChunk[])).usage).toEqual({
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
    });
  });

  it("choices are in the order of their index, each with its own fields", async () => {
    const { choices } = await collect([
      contentChunk("b", 2),
      contentChunk("a", 0),
      chunk([{ index: 2, delta: {}, finish_reason: "stop", stop_reason: 7 }]),
      finishChunk("length", 0),
    ] as ChatCompletionChunk[]);
    expect(choices).toMatchObject([
      { index: 0, finish_reason: "length", message: { content: "a" } },
      { index: 2, finish_reason: "stop", stop_reason: 7, message: { content: "b" } },
    ]);
  });

  it("a finish_reason stays, whatever null comes later, and is null if none came", async () => {
    const chunks = [contentChunk("a"), finishChunk("stop"), contentChunk("")];
    expect((await collect(chunks as ChatCompletionChunk[])).choices[0]?.finish_reason).toBe("stop");
    expect((await collect([contentChunk("a")] as ChatCompletionChunk[])).choices[0]?.finish_reason).toBe(null);
  });

  it("logprobs are joined, both kinds", async () => {
    const token = (token: string) => ({ token, logprob: -1, bytes: null, top_logprobs: [] });
    const { choices } = await collect([
      delta({}, { logprobs: { content: [token("a")], refusal: null } }),
      delta({}, { logprobs: null }),
      delta({}, { logprobs: { content: null, refusal: [token("x"), token("y")] } }),
      delta({}, { logprobs: { content: [token("b")], refusal: [] } }),
    ]);
    expect(choices[0]?.logprobs).toEqual({ content: [token("a"), token("b")], refusal: [token("x"), token("y")] });
  });

  it("logprobs may have any name, and are null where all of a name are", async () => {
    const logprobs = JSON.parse('{ "constructor": [1], "__proto__": [2], "toString": null, "refusal": null, "x": 5 }');
    const { choices } = await collect([delta({}, { logprobs }), delta({}, { logprobs }), delta({}, { logprobs: [3] })]);
    expect(Object.entries(choices[0]?.logprobs ?? {})).toEqual([
      ["constructor", [1, 1]],
      ["__proto__", [2, 2]],
      ["toString", null],
      ["refusal", null],
      ["x", null],
    ]);
  });

  it("its parts are copies: changing them does not change the chunks", async () => {
    const chunks = [delta({}, { logprobs: { content: [{ token: "a" }] } })];
    const before = structuredClone(chunks);
    const { choices } = await collect(chunks);
    choices[0]?.logprobs?.content?.push({ token: "b", logprob: 0, bytes: null, top_logprobs: [] });
    expect(chunks).toEqual(before);
  });
});
