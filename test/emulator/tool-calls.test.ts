/** Tool calls of the built-in answer: when, of which tools, and in which deltas. */

import { describe, expect, it } from "vitest";
import { MESSAGES, REASONING_MODEL, requestChoice, requestChunks } from "./helpers.js";

const functionTool = (
  name: string,
  parameters: unknown = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
) => ({
  type: "function",
  function: { name, parameters },
});
const tools = [functionTool("search"), functionTool("book"), functionTool("cancel")];
const toolRequest = (content: string) => ({ tools, messages: [{ role: "user", content }] });
const forcedTool = (name: string) => ({ type: "function", function: { name } });

const requestCalledNames = async (fields: object) =>
  (await requestChoice(fields)).message.tool_calls?.map((call) => call.function.name);

describe("a tool call", () => {
  it.each([
    ["the first, if the prompt names none", toolRequest("Find me a room."), ["search"]],
    ["those that the prompt names", toolRequest("Then book it or cancel it."), ["book", "cancel"]],
    [
      "one of them, if parallel_tool_calls is false",
      { ...toolRequest("Then book it or cancel it."), parallel_tool_calls: false },
      ["book"],
    ],
    [
      "the one that tool_choice names",
      { ...toolRequest("Then book it."), tool_choice: forcedTool("cancel") },
      ["cancel"],
    ],
    [
      "the first, if tool_choice is required",
      { ...toolRequest("Find me a room."), tool_choice: "required" },
      ["search"],
    ],
    ["none, if tool_choice is none", { ...toolRequest("Then book it."), tool_choice: "none" }, undefined],
    ["none, if there are no tools", { messages: MESSAGES, tools: undefined }, undefined],
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
  ])("is of the right tools: %s", async (_, fields, expected) => {
    expect(await requestCalledNames(fields)).toEqual(expected);
  });

  it("has the format of the API, with JSON as arguments", async () => {
    const { message, finish_reason } = await requestChoice(toolRequest("Find me a room."));
    expect([message.content, finish_reason]).toEqual([null, "tool_calls"]);
    expect(message.tool_calls).toEqual([
      {
        id: expect.stringMatching(/^call_[0-9a-f]+$/),
        type: "function",
        function: { name: "search", arguments: '{"a":1}' },
      },
    ]);
  });

  it.each([undefined, null])("of a tool with parameters %j has the arguments {}", async (parameters) => {
    const given = [{ type: "function", function: { name: "now", parameters } }];
    const { message } = await requestChoice({ tools: given });
    expect(message.tool_calls?.[0]?.function.arguments).toBe("{}");
  });

  it("comes after the reasoning of a reasoning model", async () => {
    const { message } = await requestChoice({ ...toolRequest("Then book it."), model: REASONING_MODEL });
    expect(message.reasoning_content).toBeTruthy();
    expect(message.tool_calls).toHaveLength(1);
  });

  it("that max_tokens cuts has a part of its arguments", async () => {
    const { message, finish_reason } = await requestChoice({ ...toolRequest("Then book it."), max_tokens: 3 });
    expect(finish_reason).toBe("length");
    expect(message.tool_calls?.[0]?.function).toEqual({ name: "book", arguments: '{"a' });
  });

  it.each([
    ["two tools", tools],
    ["two tools of one name", [functionTool("book"), functionTool("book"), functionTool("cancel")]],
  ])("has an id of its own, streamed or not: %s", async (_, given) => {
    const fields = { ...toolRequest("Then book it or cancel it."), tools: given };
    const ids = (await requestChoice(fields)).message.tool_calls?.map(({ id }) => id);
    const openings = (await requestChunks(fields)).flatMap(({ choices }) =>
      (choices[0]?.delta.tool_calls ?? []).filter((delta) => delta.function?.name),
    );
    expect(new Set(ids).size).toBe(given === tools ? 2 : 3);
    expect(openings.map(({ id }) => id)).toEqual(ids);
  });

  it("is streamed in several deltas, the first two in one event, each with another id", async () => {
    const whole = (await requestChoice(toolRequest("Then book it or cancel it."))).message.tool_calls ?? [];
    const deltas = (await requestChunks(toolRequest("Then book it or cancel it."))).flatMap(
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
    const [first] = (await requestChunks(toolRequest("Then book it."))).filter(
      ({ choices }) => choices[0]?.delta.tool_calls,
    );
    expect(first?.choices[0]?.delta.tool_calls).toHaveLength(2);
  });
});
