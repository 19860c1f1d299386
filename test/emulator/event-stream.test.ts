/** Streams: their events and their pace, and that each event is generated only when it is read. */

import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import {
  MESSAGES,
  MODEL_API,
  parseEvents,
  REASONING_MODEL,
  requestChunks,
  requestCompletion,
  sendChat,
  TEXT_MODEL,
} from "./helpers.js";

const URL = `${MODEL_API}/chat/completions`;

/** A reader of a stream's body. */
async function openStream(options: EmulatorOptions = {}, init: RequestInit = {}) {
  const body = JSON.stringify({ model: TEXT_MODEL, messages: MESSAGES, stream: true });
  const response = await emulator(options)(URL, { method: "POST", body, ...init });
  if (!response.body) throw new Error("no body");
  return response.body.getReader();
}

describe("a stream", () => {
  it("is an event stream that ends with [DONE]", async () => {
    const { status, headers, text } = await sendChat({ stream: true });
    expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    const events = parseEvents(text);
    expect(events.at(-1)).toBe("[DONE]");
    expect(events.map((data) => `data: ${data}\n\n`).join("")).toBe(text);
  });

  it("begins with the role, ends with the finish reason, and has the same id on every chunk", async () => {
    const all = await requestChunks();
    const { id, created, model } = await requestCompletion();
    for (const chunk of all) expect(chunk).toMatchObject({ id, created, model, object: "chat.completion.chunk" });
    const choices = all.slice(0, -1).map((chunk) => chunk.choices);
    expect(choices.every((list) => list.length === 1)).toBe(true);
    expect(choices[0]?.[0]).toEqual({
      index: 0,
      delta: { role: "assistant", content: "" },

      finish_reason: null,
    });
    expect(choices.at(-1)?.[0]).toEqual({ index: 0, delta: {}, finish_reason: "stop" });
    expect(choices.filter((list) => list[0]?.finish_reason)).toHaveLength(1);
  });

  it("has reasoning before content", async () => {
    const kinds = (await requestChunks({ model: REASONING_MODEL })).flatMap(({ choices }) =>
      Object.keys(choices[0]?.delta ?? {}),
    );
    const [first, last] = [kinds.indexOf("reasoning_content"), kinds.lastIndexOf("reasoning_content")];
    expect(first).toBe(2);
    expect(kinds.slice(first, last + 1).every((kind) => kind === "reasoning_content")).toBe(true);
    expect(kinds.slice(last + 1).every((kind) => kind === "content")).toBe(true);
  });

  it("has the cumulative usage on every chunk, and once more on a chunk without choices", async () => {
    const [all, { usage }] = [
      await requestChunks({ model: REASONING_MODEL }),
      await requestCompletion({ model: REASONING_MODEL }),
    ];
    const counts = all.map((chunk) => chunk.usage?.completion_tokens);
    const total = usage?.completion_tokens ?? 0;
    expect(counts).toEqual([...Array.from({ length: total + 1 }, (_, at) => at), total, total]);
    expect(new Set(all.map((chunk) => chunk.usage?.prompt_tokens))).toEqual(new Set([usage?.prompt_tokens]));
    expect(all.at(-1)).toMatchObject({ choices: [], usage });
    expect(all.at(-1)?.usage).toEqual(usage);
  });

  it.each([
    [{ stream_options: { include_usage: false } }, 0, 0],
    [{ stream_options: { include_usage: true, continuous_usage_stats: false } }, 1, 1],
    [{ stream_options: { continuous_usage_stats: false } }, 1, 1],
    [{ stream_options: { include_usage: null } }, 1, undefined],
  ])("has the usage where stream_options says: %j", async (fields, withoutChoices, withUsage) => {
    const all = await requestChunks(fields);
    expect(all.filter(({ choices }) => choices.length === 0)).toHaveLength(withoutChoices);
    expect(all.filter((chunk) => "usage" in chunk)).toHaveLength(withUsage ?? all.length);
  });
});

describe("the body of a stream", () => {
  it("gives one event a read, and generates none before it is read", async () => {
    const encode = vi.spyOn(TextEncoder.prototype, "encode");
    const made = () => encode.mock.calls.filter(([text]) => text?.startsWith("data: ")).length;
    const reader = await openStream();
    expect(made()).toBe(0);
    for (let reads = 1; reads <= 5; reads += 1) {
      const { value } = await reader.read();
      expect(new TextDecoder().decode(value)).toMatch(/^data: .*\n\n$/);
      expect(made()).toBe(reads);
    }
    await reader.cancel();
    expect(made()).toBe(5);
  });

  it("that is cancelled leaves no listener behind, and ends a pending read", async () => {
    const { signal } = new AbortController();
    const reader = await openStream({ tokensPerSecond: 1 }, { signal });
    await reader.read();
    const waiting = reader.read();
    await reader.cancel();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("tokensPerSecond", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** The ms from opening the stream to each of its events. */
  async function recordTimes(options: EmulatorOptions): Promise<number[]> {
    const reader = await openStream(options);
    const start = performance.now();
    const came: number[] = [];
    let over = false;
    const reading = (async () => {
      while (!(await reader.read()).done) came.push(performance.now() - start);
      over = true;
    })();
    while (!over) await vi.advanceTimersByTimeAsync(1);
    await reading;
    return came;
  }

  it("is the pace of a stream's tokens, not of the role, the finish reason and the usage", async () => {
    const came = await recordTimes({ tokensPerSecond: 50 });
    const tokens = came.length - 4;
    const due = Array.from({ length: tokens + 1 }, (_, at) => at * 20);
    expect(came).toEqual([...due, tokens * 20, tokens * 20, tokens * 20]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds even if timers are coarser than the tokens", async () => {
    const came = await recordTimes({ tokensPerSecond: 4_000 });
    const tokens = came.length - 4;
    expect(Math.abs((came.at(-1) ?? 0) - tokens / 4)).toBeLessThanOrEqual(1);
  });

  it("delays an answer that is not streamed by its tokens", async () => {
    const { usage } = await requestCompletion();
    let over = false;
    const start = performance.now();
    const waiting = requestCompletion({}, { tokensPerSecond: 100 }).finally(() => {
      over = true;
    });
    while (!over) await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(performance.now() - start).toBeCloseTo(10 * (usage?.completion_tokens ?? 0), -1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sets no timer that is too long for the runtime", async () => {
    const set = vi.spyOn(globalThis, "setTimeout");
    const reader = await openStream({ tokensPerSecond: 1e-9 });
    await reader.read();
    const waiting = reader.read();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(set.mock.calls.every(([, ms = 0]) => ms < 2 ** 31)).toBe(true);
    expect(vi.getTimerCount()).toBe(1);
    await reader.cancel();
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
  });
});
