import type { ToolCall, ToolEvent } from "baseten-fetch";
import { describe, expect, it } from "vitest";
import { addEvent, createTurn, type Turn, toMessages } from "../../demo/call/turn.js";

const CALL: ToolCall = { id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } };

function chunk(content: string): ToolEvent {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }];
  return { type: "chunk", chunk: { id: "", object: "chat.completion.chunk", created: 0, model: "", choices } };
}

function turn(outcome: Turn["outcome"], ...events: ToolEvent[]): Turn {
  const created = createTurn({ question: "Why?", endpoint: "emulator", scenario: "normal" });
  for (const event of events) addEvent(created, event);
  return { ...created, outcome };
}

describe("the messages that later requests carry", () => {
  const question = { role: "user", content: "Why?" };

  it.each(["complete", "stopped"] as const)("include the question and the answer of a %s turn", (outcome) => {
    expect(toMessages([turn(outcome, chunk("Be"), chunk("cause"))])).toEqual([
      question,
      { role: "assistant", content: "Because" },
    ]);
  });

  it.each(["failed", "running"] as const)("leave a %s turn out", (outcome) => {
    expect(toMessages([turn(outcome, chunk("Because"))])).toEqual([]);
  });

  it("include tool calls with their results, as JSON unless they are text", () => {
    const events: ToolEvent[] = [
      { type: "tool-call", call: CALL },
      { type: "tool-result", call: CALL, result: { sky: "clear" } },
      chunk("It is clear."),
    ];
    expect(toMessages([turn("complete", chunk(""), ...events)])).toEqual([
      question,
      { role: "assistant", content: null, tool_calls: [CALL] },
      { role: "tool", tool_call_id: "call_1", content: '{"sky":"clear"}' },
      { role: "assistant", content: "It is clear." },
    ]);
  });

  it("leave out tool calls that were stopped before their result", () => {
    expect(toMessages([turn("stopped", chunk(""), { type: "tool-call", call: CALL })])).toEqual([question]);
  });
});

describe("a turn", () => {
  it("keeps why a tool call has no result", () => {
    const events: ToolEvent[] = [
      { type: "tool-call", call: CALL },
      { type: "tool-result", call: CALL, error: new Error("no such city") },
    ];
    expect(turn("complete", chunk(""), ...events).steps[0]?.tools[0]?.result).toBe("Error: no such city");
  });
});
