/** The option `reply`: what the response is if it throws, or returns something else. */

import { describe, expect, it, vi } from "vitest";
import { completion } from "../../src/completion.js";
import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import { BasetenError } from "../../src/error.js";
import { DEDICATED, MESSAGES, send, sendChat, TEXT_MODEL } from "./helpers.js";

describe("a reply that fails", () => {
  const throwing = (error: unknown) => () => {
    throw error;
  };
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const nested: unknown = JSON.parse("[".repeat(20_000) + "]".repeat(20_000));
  const withArguments = (given: unknown) => () => ({ tool_calls: [{ name: "weather", arguments: given }] });

  const cases: [title: string, reply: () => unknown, message: string][] = [
    ["throws an error", throwing(new RangeError("no such city")), "the function threw RangeError: no such city"],
    ["throws a text", throwing("oops"), 'the function threw "oops"'],
    ["rejects", () => Promise.reject(new Error("no such city")), "the function threw Error: no such city"],
    ["throws an error of this library", throwing(new BasetenError("APIError", "oops")), "threw APIError: oops"],
    ["returns null", () => null, "expected a string, a message or undefined, got null"],
    ["returns a number", () => 5, "expected a string, a message or undefined, got 5"],
    ["returns a bigint", () => 5n, "expected a string, a message or undefined, got 5"],
    ["returns a list", () => ["Yes."], "expected a string, a message or undefined, got array"],
    ["returns a function", () => () => "Yes.", "expected a string, a message or undefined, got function"],
    ["returns a Response", () => new Response("Yes."), "expected a message with one of content, reasoning_content"],
    ["returns an empty object", () => ({}), "expected a message with one of content, reasoning_content"],
    [
      "returns a misspelled field",
      () => ({ content: "a", toolCalls: [] }),
      "toolCalls: unknown field, expected content",
    ],
    ["returns a completion", () => ({ choices: [] }), "choices: unknown field, expected content"],
    ["returns a user's message", () => ({ role: "user", content: "a" }), 'role: expected "assistant", got "user"'],
    ["returns content that is a number", () => ({ content: 5 }), "content: expected a string, got 5"],
    ["returns reasoning that is an object", () => ({ reasoning_content: {} }), "reasoning_content: expected a string"],
    ["returns tool calls that are no list", () => ({ tool_calls: {} }), "tool_calls: expected a list, got object"],
    ["returns a tool call that is a text", () => ({ tool_calls: ["weather"] }), "tool_calls[0]: expected an object"],
    [
      "returns a tool call as the wire has it",
      () => ({ tool_calls: [{ id: "1", type: "function", function: { name: "weather", arguments: "{}" } }] }),
      "tool_calls[0].id: unknown field, expected name, arguments",
    ],
    [
      "returns a tool call without a name",
      () => ({ tool_calls: [{ name: "", arguments: {} }] }),
      "tool_calls[0].name: expected a non-empty string",
    ],
    ["returns no arguments", withArguments(undefined), "tool_calls[0].arguments: expected a string or an object"],
    ["returns null as arguments", withArguments(null), "tool_calls[0].arguments: expected a string or an object"],
    [
      "returns arguments with a cycle",
      withArguments(circular),
      "tool_calls[0].arguments: expected a string or an object",
    ],
    [
      "returns deeply nested arguments",
      withArguments(nested),
      "tool_calls[0].arguments: expected a string or an object",
    ],
  ];

  it.each(cases)("because it %s is a 400 with the reason, streamed or not", async (_, reply, message) => {
    for (const streamed of [false, true]) {
      const { status, json } = await sendChat({ stream: streamed }, { reply: reply as EmulatorOptions["reply"] });
      expect(status).toBe(400);
      expect(json).toEqual({
        error: {
          message: expect.stringContaining(`option "reply": `),
          type: "invalid_request_error",
          param: "reply",
          code: "invalid_reply",
        },
      });
      expect(json).toMatchObject({ error: { message: expect.stringContaining(message) } });
    }
  });

  it("at a dedicated deployment is a 400 with the body of its engine", async () => {
    const fetch = emulator({ reply: throwing(new Error("no such city")) });
    const { status, json } = await send(fetch, `${DEDICATED}/chat/completions`, { messages: MESSAGES });
    expect([status, json]).toEqual([400, { error: expect.objectContaining({ param: "reply", code: 400 }) }]);
  });

  it("is called once, since the client does not retry a 400", async () => {
    const reply = vi.fn(throwing(new Error("no such city")));
    await expect(
      completion({ model: TEXT_MODEL, messages: MESSAGES }, { fetch: emulator({ reply }) }),
    ).rejects.toMatchObject({
      name: "BadRequestError",
      message: expect.stringContaining("no such city"),
      param: "reply",
    });
    expect(reply).toHaveBeenCalledTimes(1);
  });
});
