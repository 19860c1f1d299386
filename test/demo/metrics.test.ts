import { describe, expect, it } from "vitest";
import { formatTime, formatUSD, measure } from "../../demo/call/metrics.js";
import type { Mark, MarkKind } from "../../demo/call/recorder.js";
import { findGaps, findSpan, layOutMarks } from "../../demo/call/timeline.js";
import { createTurn, type Step, type Turn } from "../../demo/call/turn.js";

const PRICING = { prompt: 2, completion: 10, input_cache_read: 1 };
const USAGE = { prompt_tokens: 5, completion_tokens: 11, total_tokens: 16 };

const mark = (at: number, kind: MarkKind): Mark => ({ at, kind, label: "" });
const step = (fields: Partial<Step> = {}): Step => ({ reasoning: "", content: "", tools: [], ...fields });
const TOOL_USE = { call: { id: "1", type: "function" as const, function: { name: "f", arguments: "{}" } }, result: "" };

function turn(fields: Partial<Turn>): Turn {
  return { ...createTurn({ question: "", endpoint: "emulator", scenario: "normal" }), ...fields };
}

describe("the metrics of a turn", () => {
  it("are the first token, the rate after it, the usage, its cost and the attempts", () => {
    const attempts = [mark(1, "request"), mark(9, "failure"), mark(500, "request"), mark(600, "response")];
    const tokens = [mark(700, "reasoning"), mark(900, "content"), mark(1_200, "tool")];
    const marks = [...attempts, ...tokens];
    expect(measure(turn({ marks, steps: [step({ usage: USAGE })], pricing: PRICING }))).toMatchObject({
      firstToken: 700,
      rate: 4,
      promptTokens: 5,
      completionTokens: 11,
      cost: 120,
      attempts: 2,
      duration: undefined,
    });
  });

  it("add up the answers of a tool loop, whose second request does not count as an attempt", () => {
    const marks = [mark(1, "request"), mark(2, "tool"), mark(3, "request"), mark(4, "content")];
    const steps = [step({ usage: USAGE, tools: [TOOL_USE] }), step({ usage: USAGE })];
    expect(measure(turn({ marks, steps, pricing: PRICING }))).toMatchObject({
      promptTokens: 10,
      completionTokens: 22,
      cost: 240,
      attempts: 1,
    });
  });

  it("are undefined where nothing is known, and never 0 instead", () => {
    const unknown = { firstToken: undefined, rate: undefined, promptTokens: undefined, cost: undefined };
    expect(measure(turn({ marks: [mark(1, "request")], pricing: PRICING }))).toMatchObject(unknown);
    const unpriced = turn({ marks: [mark(1, "content")], steps: [step({ usage: USAGE })] });
    expect(measure(unpriced)).toMatchObject({ rate: undefined, cost: undefined });
  });

  it.each([
    [0.4, "0 ms"],
    [999, "999 ms"],
    [1_234, "1.23 s"],
    [61_000, "61.0 s"],
  ])("show %d ms as %s", (ms, text) => expect(formatTime(ms)).toBe(text));

  it.each([
    [0, "$0"],
    [0.0000488, "$0.0000488"],
    [0.1234, "$0.123"],
    [12, "$12.00"],
  ])("show %d USD as %s", (usd, text) => expect(formatUSD(usd)).toBe(text));
});

describe("the timeline", () => {
  const marks = [
    mark(0, "request"),
    mark(100, "failure"),
    mark(600, "request"),
    mark(610, "content"),
    mark(611, "done"),
  ];

  it("places each mark on the time axis, and marks at the same position once", () => {
    const span = findSpan(marks, 1_000);
    expect(span).toBe(1_000);
    const all = [...marks, mark(611, "done")];
    const paths = (["request", "failure", "done", "tool"] as const).map((kind) => layOutMarks(all, kind, span));
    expect(paths).toEqual(["M0 0V1M600 0V1", "M100 0V1", "M611 0V1", ""]);
  });

  it("shows the longest pauses, including the one that has not ended", () => {
    expect(findGaps(marks, 1_000)).toEqual([
      { from: 100, to: 600 },
      { from: 611, to: 1_000 },
    ]);
  });

  it("stays short for a stream of 100,000 events", () => {
    const long = Array.from({ length: 100_000 }, (_, at) => mark(at, "content"));
    expect(layOutMarks(long, "content", 100_000).length).toBeLessThan(12_000);
  });

  it("is empty before anything has happened", () => {
    expect(findSpan([], 0)).toBe(1);
    expect(findGaps([], 1)).toEqual([]);
  });
});
