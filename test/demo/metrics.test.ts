import { describe, expect, it } from "vitest";
import { begin, type Exchange } from "../../demo/call/exchange.js";
import { costOf, measure, money, time } from "../../demo/call/metrics.js";
import { prices } from "../../demo/call/prices.js";
import type { Mark, MarkKind } from "../../demo/call/recorder.js";
import { counts, lay } from "../../demo/call/timeline.js";

const PRICE = { prompt: 2, completion: 10, cached: 1 };
const USAGE = { prompt_tokens: 5, completion_tokens: 11, total_tokens: 16 };

const mark = (at: number, kind: MarkKind): Mark => ({ at, kind, label: "" });

function exchange(marks: Mark[], usage?: typeof USAGE): Exchange {
  const chunk = { id: "", object: "chat.completion.chunk" as const, created: 0, model: "", choices: [] };
  return { ...begin(), marks, chunks: usage ? [{ ...chunk, usage }, chunk] : [chunk] };
}

describe("what is measured", () => {
  it("is the first token, the rate after it, the last usage, its cost, and the requests", () => {
    const marks = [mark(1, "request"), mark(9, "failure"), mark(500, "request"), mark(600, "response")];
    const tokens = [mark(700, "reasoning"), mark(900, "content"), mark(1_200, "tool")];
    expect(measure(exchange([...marks, ...tokens], USAGE), PRICE)).toMatchObject({
      firstToken: 700,
      rate: 20,
      usage: USAGE,
      cost: 120,
      attempts: 2,
      took: undefined,
    });
  });

  it("is unknown rather than wrong", () => {
    const none = measure(exchange([mark(1, "request")]), PRICE);
    expect(none).toMatchObject({ firstToken: undefined, rate: undefined, usage: undefined, cost: undefined });
    expect(measure(exchange([mark(1, "content")], USAGE), undefined)).toMatchObject({
      rate: undefined,
      cost: undefined,
    });
  });

  it("has cached tokens at their own price", () => {
    expect(costOf({ ...USAGE, prompt_tokens_details: { cached_tokens: 4 } }, PRICE)).toBe(1 * 2 + 4 * 1 + 11 * 10);
  });

  it("knows the list prices of the Model API", async () => {
    expect((await prices()).get("openai/gpt-oss-120b")).toEqual({ prompt: 1e-7, completion: 5e-7, cached: 1e-7 });
  });

  it.each([
    [0.4, "0 ms"],
    [999, "999 ms"],
    [1_234, "1.23 s"],
    [61_000, "61.0 s"],
  ])("%d ms is %s", (ms, text) => expect(time(ms)).toBe(text));

  it.each([
    [0, "$0"],
    [0.0000488, "$0.0000488"],
    [0.1234, "$0.123"],
    [12, "$12.00"],
  ])("%d is %s", (usd, text) => expect(money(usd)).toBe(text));
});

describe("the timeline", () => {
  const marks = [
    mark(0, "request"),
    mark(100, "failure"),
    mark(600, "request"),
    mark(610, "content"),
    mark(611, "done"),
  ];

  it("puts marks where they belong, and those on one place once", () => {
    const { span, paths } = lay([...marks, mark(611, "done")], 1_000);
    expect(span).toBe(1_000);
    expect(Object.fromEntries(paths)).toEqual({
      request: "M0 0V1M600 0V1",
      failure: "M100 0V1",
      content: "M610 0V1",
      done: "M611 0V1",
    });
  });

  it("shows the longest silences, the one that still lasts included", () => {
    expect(lay(marks, 1_000).gaps).toEqual([
      { from: 100, to: 600 },
      { from: 611, to: 1_000 },
    ]);
  });

  it("stays short however long the stream", () => {
    const long = Array.from({ length: 100_000 }, (_, at) => mark(at, "content"));
    expect(lay(long, 100_000).paths.get("content")?.length).toBeLessThan(12_000);
  });

  it("counts requests and events", () => expect(counts(marks)).toEqual({ requests: 2, events: 2 }));

  it("holds nothing before anything happened", () =>
    expect(lay([], 0)).toEqual({ span: 1, paths: new Map(), gaps: [] }));
});
