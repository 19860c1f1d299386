import { describe, expect, it } from "vitest";
import { toUIMessageStream } from "../../src/ai-sdk/index.js";
import { BasetenError, stream } from "../../src/index.js";
import { catchBasetenError, expectRefusal } from "../helpers/catch-error.js";
import { recordedFetch, sseResponse } from "../helpers/recorded-fetch.js";
import { REQUEST, singleAttempt } from "../helpers/requests.js";
import { contentChunk, finishChunk, HELLO_EVENTS, usageChunk } from "../helpers/wire-chunks.js";
import { deltaChunk, readAll, readParts, readStepParts, sourceOf } from "./read-parts.js";

const isFinish = ({ type }: { type: string }) => type === "finish";

describe("a UI message stream", () => {
  it("holds a text as one block in one step, then the usage and the reason why the model stopped", async () => {
    const parts = await readParts(contentChunk("Hel"), contentChunk("lo"), finishChunk(), usageChunk(2));
    expect(parts).toEqual([
      { type: "start" },
      { type: "start-step" },
      { type: "text-start", id: "text-0" },
      { type: "text-delta", id: "text-0", delta: "Hel" },
      { type: "text-delta", id: "text-0", delta: "lo" },
      { type: "text-end", id: "text-0" },
      { type: "finish-step" },
      {
        type: "message-metadata",
        messageMetadata: { usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
      },
      { type: "finish", finishReason: "stop" },
    ]);
  });

  it("ends the block of reasoning where the text begins", async () => {
    const reasoning = [deltaChunk({ reasoning_content: "Let me" }), deltaChunk({ reasoning_content: " think." })];
    expect(await readStepParts(...reasoning, contentChunk("Hello"))).toEqual([
      { type: "reasoning-start", id: "reasoning-0" },
      { type: "reasoning-delta", id: "reasoning-0", delta: "Let me" },
      { type: "reasoning-delta", id: "reasoning-0", delta: " think." },
      { type: "reasoning-end", id: "reasoning-0" },
      { type: "text-start", id: "text-1" },
      { type: "text-delta", id: "text-1", delta: "Hello" },
      { type: "text-end", id: "text-1" },
    ]);
  });

  it.each([
    ["reasoning that chunks from elsewhere call `reasoning`", { reasoning: "Hm" }, "reasoning-delta", "Hm"],
    ["such reasoning beside an empty field", { reasoning_content: "", reasoning: "Hm" }, "reasoning-delta", "Hm"],
    ["a refusal as text", { content: null, refusal: "No." }, "text-delta", "No."],
  ])("shows %s", async (_, delta, type, text) => {
    expect(await readStepParts(deltaChunk(delta))).toContainEqual(expect.objectContaining({ type, delta: text }));
  });

  it.each([
    ["tool calls that are null", deltaChunk({ tool_calls: [null] })],
    ["tool calls that are no list", deltaChunk({ tool_calls: { index: 0 } })],
  ])("has no part for what no server should send: %s", async (_, item) => {
    const parts = await readParts(contentChunk("Hello"), item, finishChunk());
    expect(parts.at(-1)).toEqual({ type: "finish", finishReason: "stop" });
  });

  it("has no block for empty deltas", async () => {
    const empty = [{ role: "assistant", content: "" }, { content: null, reasoning_content: "" }, {}];
    expect(await readStepParts(...empty.map((delta) => deltaChunk(delta)))).toEqual([]);
  });

  it("shows the first of several choices, so that their texts do not mix", async () => {
    const parts = await readStepParts(contentChunk("A", 1), contentChunk("B", 0), finishChunk("stop", 1));
    expect(parts.filter(({ type }) => type === "text-delta")).toEqual([
      { type: "text-delta", id: "text-0", delta: "B" },
    ]);
  });

  it("has the last usage that was seen, since it is cumulative", async () => {
    const parts = await readParts(contentChunk("Hello"), usageChunk(1), usageChunk(7));
    const usages = parts.filter(({ type }) => type === "message-metadata");
    expect(usages).toEqual([
      expect.objectContaining({ messageMetadata: { usage: expect.objectContaining({ total_tokens: 10 }) } }),
    ]);
  });

  it.each([
    ["stop", "stop"],
    ["length", "length"],
    ["tool_calls", "tool-calls"],
    ["function_call", "tool-calls"],
    ["content_filter", "content-filter"],
    ["of_its_own", "other"],
    ["constructor", "other"],
  ])("spells the finish_reason %j as %j", async (finish_reason, finishReason) => {
    const parts = await readParts(contentChunk("Hello"), finishChunk(finish_reason));
    expect(parts.find(isFinish)).toEqual({ type: "finish", finishReason });
  });

  it("names no reason where the server named none", async () => {
    expect((await readParts(contentChunk("Hello"))).find(isFinish)).toEqual({ type: "finish" });
  });
});

describe("a UI message stream that fails", () => {
  const url = "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/chat/completions";

  it("ends with the error, after all that came before it", async () => {
    const parts = await readParts(contentChunk("Hel"), usageChunk(1), new BasetenError("APIError", "out of memory"));
    expect(parts.slice(-3)).toEqual([
      { type: "text-delta", id: "text-0", delta: "Hel" },
      { type: "message-metadata", messageMetadata: { usage: expect.objectContaining({ completion_tokens: 1 }) } },
      { type: "error", errorText: "out of memory" },
    ]);
  });

  it.each([
    [
      "the server's words without the host",
      new BasetenError("RateLimitError", "429 from model-abcd1234.api.baseten.co: slow down", { url }),
      "slow down",
    ],
    [
      "this library's words without the host",
      new BasetenError("StreamTruncatedError", "localhost:80: the stream ended: early", { url }),
      "the stream ended: early",
    ],
    [
      "the whole message where nothing was sent",
      new BasetenError("BadRequestError", "model: expected a string, got 1"),
      "model: expected a string, got 1",
    ],
    ["nothing of another error", new TypeError("secret.internal is down"), "internal error"],
  ])("tells the page %s", async (_, error, errorText) => {
    expect((await readParts(error)).at(-1)).toEqual({ type: "error", errorText });
  });

  it("ends with the part `abort` if the source was aborted", async () => {
    const parts = await readParts(contentChunk("Hel"), new DOMException("stopped", "AbortError"));
    expect(parts.slice(-2)).toEqual([{ type: "text-delta", id: "text-0", delta: "Hel" }, { type: "abort" }]);
  });

  it("tells of a truncated stream of this client, without its host", async () => {
    const fetch = recordedFetch(sseResponse([HELLO_EVENTS]));
    const parts = await readAll(toUIMessageStream(stream(REQUEST, singleAttempt(fetch))));
    const last = parts.at(-1);
    expect(last).toMatchObject({ type: "error", errorText: expect.stringMatching(/ended|truncated/) });
    expect(JSON.stringify(last)).not.toContain("baseten.co");
    expect(parts.filter(({ type }) => type === "text-delta").length).toBe(2);
  });
});

describe("a UI message stream refuses", () => {
  it.each([
    ["a promise", Promise.resolve()],
    ["a list", [contentChunk("Hello")]],
    ["a text", "Hello"],
    ["nothing", undefined],
  ])("%s as its source", async (_, source) => {
    await expectRefusal(() => toUIMessageStream(source as never), "source");
  });

  it.each([
    ["a text", "Hello"],
    ["null", null],
    ["an object without choices", { type: "text", text: "Hello" }],
    ["choices that are no list", { choices: "Hello" }],
    ["choices that are null", { choices: [null] }],
    ["a chunk event without a chunk", { type: "chunk" }],
    ["a tool call event without a call", { type: "tool-call" }],
    ["a tool result event whose call names no function", { type: "tool-result", call: {}, result: 1 }],
  ])("%s among the items, by an error of the stream, after the parts before it", async (_, item) => {
    let isClosed = false;
    async function* source() {
      try {
        yield* sourceOf(contentChunk("Hello"), item);
      } finally {
        isClosed = true;
      }
    }
    const reader = toUIMessageStream(source()).getReader();
    const read: string[] = [];
    const error = await catchBasetenError(async () => {
      for (;;) read.push((await reader.read()).value?.type ?? "");
    });
    expect(error).toMatchObject({ name: "BadRequestError", message: expect.stringContaining("source") });
    expect(read).toEqual(["start", "start-step", "text-start", "text-delta"]);
    expect(isClosed).toBe(true);
  });

  it("a source without any item: an empty answer, or a stream that was already read", async () => {
    await expect(readParts()).rejects.toMatchObject({ name: "BadRequestError" });
  });
});

describe("a UI message stream and its source", () => {
  it("starts the source when the first part is read, and reads no further than it is read itself", async () => {
    let reads = 0;
    async function* source() {
      for (;;) {
        reads++;
        yield contentChunk("a") as never;
      }
    }
    const reader = toUIMessageStream(source()).getReader();
    expect(reads).toBe(0);
    for (let part = 0; part < 4; part++) await reader.read();
    expect(reads).toBe(1);
    await reader.read();
    expect(reads).toBe(2);
  });

  it("closes the source at once when it is cancelled, although a read is pending", async () => {
    let isClosed = false;
    const source = {
      next: () => new Promise<never>(() => {}),
      return: async () => {
        isClosed = true;
        return { done: true as const, value: undefined };
      },
      [Symbol.asyncIterator]: () => source,
    };
    const reader = toUIMessageStream(source).getReader();
    await reader.read();
    const pending = reader.read();
    await reader.cancel();
    expect(isClosed).toBe(true);
    expect(await pending).toEqual({ done: true, value: undefined });
  });

  it("has no unhandled rejection if closing the source fails", async () => {
    const source = {
      next: async () => ({ done: false as const, value: contentChunk("a") as never }),
      return: async () => {
        throw new Error("cannot be closed");
      },
      [Symbol.asyncIterator]: () => source,
    };
    const reader = toUIMessageStream(source).getReader();
    await reader.read();
    await expect(reader.cancel()).resolves.toBeUndefined();
  });
});
