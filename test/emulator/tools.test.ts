/** Tool calls: when, which, and in which pieces. */

import { describe, expect, it } from "vitest";
import { MESSAGES, REASONING_MODEL, requestChoice, requestChunks } from "./helpers.js";

const tool = (
  name: string,
  parameters: unknown = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
) => ({
  type: "function",
  function: { name, parameters },
});
const tools = [tool("search"), tool("book"), tool("cancel")];
const says = (content: string) => ({ tools, messages: [{ role: "user", content }] });
const named = (name: string) => ({ type: "function", function: { name } });

const names = async (fields: object) =>
  (await requestChoice(fields)).message.tool_calls?.map((call) => call.function.name);

describe("a tool", () => {
  it.each([
    ["the first, if the prompt names none", says("Find me a room."), ["search"]],
    ["those that the prompt names", says("Then book it or cancel it."), ["book", "cancel"]],
    [
      "one of them, if no more are allowed",
      { ...says("Then book it or cancel it."), parallel_tool_calls: false },
      ["book"],
    ],
    ["the one that is insisted on", { ...says("Then book it."), tool_choice: named("cancel") }, ["cancel"]],
    ["the first, if one is required", { ...says("Find me a room."), tool_choice: "required" }, ["search"]],
    ["none, if none is allowed", { ...says("Then book it."), tool_choice: "none" }, undefined],
    ["none, if there are none", { messages: MESSAGES, tools: undefined }, undefined],
    [
      "none after a result",
      { tools, messages: [...MESSAGES, { role: "tool", content: "4", tool_call_id: "1" }] },
      undefined,
    ],
    [
      "none after the result of a function",
      { tools, messages: [...MESSAGES, { role: "function", content: "4", name: "search" }] },
      undefined,
    ],
    [
      "again after the user's next words",
      { tools, messages: [{ role: "tool", content: "4", tool_call_id: "1" }, ...MESSAGES] },
      ["search"],
    ],
  ])("is called: %s", async (_, fields, expected) => {
    expect(await names(fields)).toEqual(expected);
  });

  it("is called in the wire's shape, with arguments that are JSON", async () => {
    const { message, finish_reason } = await requestChoice(says("Find me a room."));
    expect([message.content, finish_reason]).toEqual([null, "tool_calls"]);
    expect(message.tool_calls).toEqual([
      {
        id: expect.stringMatching(/^call_[0-9a-f]+$/),
        type: "function",
        function: { name: "search", arguments: '{"a":1}' },
      },
    ]);
  });

  it.each([undefined, null])("without parameters (%j) is called with none", async (parameters) => {
    const given = [{ type: "function", function: { name: "now", parameters } }];
    const { message } = await requestChoice({ tools: given });
    expect(message.tool_calls?.[0]?.function.arguments).toBe("{}");
  });

  it("is called after reasoning, where the model reasons", async () => {
    const { message } = await requestChoice({ ...says("Then book it."), model: REASONING_MODEL });
    expect(message.reasoning_content).toBeTruthy();
    expect(message.tool_calls).toHaveLength(1);
  });

  it("is called in part, if max_tokens cuts it", async () => {
    const { message, finish_reason } = await requestChoice({ ...says("Then book it."), max_tokens: 3 });
    expect(finish_reason).toBe("length");
    expect(message.tool_calls?.[0]?.function).toEqual({ name: "book", arguments: '{"a' });
  });

  it.each([
    ["two tools", tools],
    ["two tools of one name", [tool("book"), tool("book"), tool("cancel")]],
  ])("call has an id of its own, streamed or not: %s", async (_, given) => {
    const fields = { ...says("Then book it or cancel it."), tools: given };
    const ids = (await requestChoice(fields)).message.tool_calls?.map(({ id }) => id);
    const openings = (await requestChunks(fields)).flatMap(({ choices }) =>
      (choices[0]?.delta.tool_calls ?? []).filter((delta) => delta.function?.name),
    );
    expect(new Set(ids).size).toBe(given === tools ? 2 : 3);
    expect(openings.map(({ id }) => id)).toEqual(ids);
  });

  it("is streamed in several deltas, the first two in one event, each later one with an id that does not count", async () => {
    const whole = (await requestChoice(says("Then book it or cancel it."))).message.tool_calls ?? [];
    const deltas = (await requestChunks(says("Then book it or cancel it."))).flatMap(
      ({ choices }) => choices[0]?.delta.tool_calls ?? [],
    );
    const ofCall = (index: number) => deltas.filter((delta) => delta.index === index);
    for (const [index, { id, function: called }] of whole.entries()) {
      const [opening, ...rest] = ofCall(index);
      expect(opening).toEqual({ index, id, type: "function", function: { name: called.name, arguments: "" } });
      expect(rest.length).toBeGreaterThan(2);
      expect(rest.map((delta) => delta.function?.arguments).join("")).toBe(called.arguments);
      expect(new Set(ofCall(index).map((delta) => delta.id)).size).toBe(rest.length + 1);
    }
    const [first] = (await requestChunks(says("Then book it."))).filter(({ choices }) => choices[0]?.delta.tool_calls);
    expect(first?.choices[0]?.delta.tool_calls).toHaveLength(2);
  });
});
