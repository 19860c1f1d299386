import { describe, expect, it, vi } from "vitest";
import { type ChatCompletionChunk, stream, text } from "../src/index.js";
import { catchError, expectRefusal } from "./helpers/catch-error.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import { readChunks } from "./helpers/read-stream.js";
import { recordedFetch, scriptedBody } from "./helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { readVector } from "./helpers/vectors.js";
import { chunk, contentChunk, DONE_EVENT, finishChunk, sseEvent, usageChunk } from "./helpers/wire-chunks.js";

const done = { done: true, value: undefined };

async function* yieldAll(chunks: object[]): AsyncGenerator<ChatCompletionChunk> {
  yield* chunks as ChatCompletionChunk[];
}

async function readText(chunks: AsyncIterable<ChatCompletionChunk>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of text(chunks)) pieces.push(piece);
  return pieces;
}

describe("text", () => {
  it.each<[string, object[], string[]]>([
    ["yields the content of each chunk", [contentChunk("Hel"), contentChunk("lo")], ["Hel", "lo"]],
    [
      "yields choice 0 alone",
      [contentChunk("a"), contentChunk("b", 1), contentChunk("c", 2), contentChunk("d")],
      ["a", "d"],
    ],
    [
      "yields choice 0 wherever it stands in the array",
      [
        chunk([
          { index: 1, delta: { content: "b" } },
          { index: 0, delta: { content: "a" } },
        ]),
      ],
      ["a"],
    ],
    [
      "yields nothing for chunks without content",
      [
        contentChunk(""),
        finishChunk(),
        usageChunk(),
        chunk([{ index: 0, delta: { content: null } }]),
        contentChunk("a"),
      ],
      ["a"],
    ],
    [
      "yields neither reasoning nor refusal",
      [chunk([{ index: 0, delta: { reasoning_content: "hm", refusal: "no" } }])],
      [],
    ],
    ["yields a choice without an index, as choice 0", [chunk([{ delta: { content: "a" } }])], ["a"]],
    ["yields nothing for no chunks", [], []],
  ])("%s", async (_, chunks, pieces) => {
    expect(await readText(yieldAll(chunks))).toEqual(pieces);
  });

  it.each([
    ["vllm", "It is sunny ☀."],
    ["two-choices", "No"],
    ["tensorrt-llm", "Let me look."],
    ["sglang", ""],
  ])("yields of the recorded stream %s the content %j", async (name, content) => {
    expect((await readText(yieldAll(await readChunks([readVector(name)])))).join("")).toBe(content);
  });

  it("accepts an async iterator whose next() returns no promise, as for await does", async () => {
    const results = [contentChunk("Hel"), contentChunk("lo")].values();
    const chunks = { [Symbol.asyncIterator]: () => ({ next: () => results.next() }) };
    expect(await readText(chunks as unknown as AsyncIterable<ChatCompletionChunk>)).toEqual(["Hel", "lo"]);
  });

  it("rethrows the error of its chunks, after the content before it", async () => {
    const error = new Error("failed");
    const pieces = text(
      (async function* () {
        yield contentChunk("Hel") as ChatCompletionChunk;
        throw error;
      })(),
    );
    expect((await pieces.next()).value).toBe("Hel");
    expect(await catchError(() => pieces.next())).toBe(error);
    expect(await pieces.next()).toEqual(done);
  });

  it("rejects with StreamTruncatedError if the stream is truncated", async () => {
    const fetch = recordedFetch(() => new Response(scriptedBody([sseEvent(contentChunk("Hel"))]).stream));
    const pieces = text(stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)));
    expect((await pieces.next()).value).toBe("Hel");
    expect(await catchError(() => pieces.next())).toMatchObject({ name: "StreamTruncatedError" });
  });

  it("sends nothing before the first next()", async () => {
    const fetch = recordedFetch(() => new Response(sseEvent(contentChunk("a")) + DONE_EVENT));
    const pieces = text(stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)));
    await flushEventLoop();
    expect(fetch.calls).toEqual([]);
    expect((await pieces.next()).value).toBe("a");
  });

  it.each([
    [
      "break",
      async (pieces: AsyncGenerator<string>) => {
        for await (const _ of pieces) break;
      },
    ],
    [
      "return()",
      async (pieces: AsyncGenerator<string>) => {
        await pieces.next();
        await pieces.return(undefined);
      },
    ],
  ])("cancels the response body if it is left by %s", async (_, leave) => {
    const source = scriptedBody([sseEvent(contentChunk("a")), new Promise(() => {})]);
    await leave(
      text(stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(() => new Response(source.stream))))),
    );
    await flushEventLoop();
    expect(source.state).toBe("cancelled");
  });

  it("ends at return() at once although return() of its chunks stays pending", async () => {
    const close = vi.fn(() => new Promise<never>(() => {}));
    const slow = { next: () => new Promise<never>(() => {}), return: close, [Symbol.asyncIterator]: () => slow };
    const pieces = text(slow);
    const pending = pieces.next();
    expect(await pieces.return(undefined)).toEqual(done);
    expect(await pending).toEqual(done);
    expect(close).toHaveBeenCalledTimes(1);
    expect(await pieces.return(undefined)).toEqual(done);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("ends at return() although its chunks have no return() or reject it", async () => {
    const chunks = [contentChunk("a"), contentChunk("b")] as ChatCompletionChunk[];
    for (const close of [undefined, () => Promise.reject(new Error("no"))]) {
      const source = chunks.values();
      const pieces = text({
        [Symbol.asyncIterator]: () => ({ next: async () => source.next(), ...(close && { return: close }) }),
      });
      expect((await pieces.next()).value).toBe("a");
      expect(await pieces.return(undefined)).toEqual(done);
      await flushEventLoop();
    }
  });
});

describe("text refuses, at the first next(), with a BadRequestError that says what came,", () => {
  it.each<[string, () => unknown, string]>([
    ["nothing", () => undefined, "undefined"],
    ["null", () => null, "null"],
    ["a string", () => "Hello", '"Hello"'],
    ["a number", () => 5, "5"],
    ["an array of chunks", () => [contentChunk("a")], "array"],
    ["a completion", () => ({ id: "a", choices: [] }), "object"],
    ["a promise, as completion returns it", () => Promise.resolve({ choices: [] }), "await"],
    ["a promise that rejects", () => Promise.reject(new Error("mine")), "await"],
    ["an asyncIterator that is not a function", () => ({ [Symbol.asyncIterator]: 5 }), "object"],
  ])("%s", async (_, create, given) => {
    const leaks = startLeakCheck();
    const pieces = text(create() as AsyncIterable<ChatCompletionChunk>);
    const error = await expectRefusal(() => pieces.next(), "chunks", given);
    expect(error.message).toMatch(/^chunks: expected the chunks of stream \(await a promise first\), got /);
    expect(await pieces.next()).toEqual(done);
    await leaks.check();
  });

  it.each<[string, unknown, string]>([
    ["strings, such as those of text", "Hel", '"Hel"'],
    ["null", null, "null"],
    ["lists", [], "array"],
    ["events, such as those of runTools", { type: "chunk", chunk: contentChunk("a") }, "object"],
  ])("chunks that are %s, and closes them", async (_, wrong, given) => {
    const close = vi.fn(async () => done);
    const chunks = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: wrong }), return: close }),
    };
    const pieces = text(chunks as unknown as AsyncIterable<ChatCompletionChunk>);
    await expectRefusal(() => pieces.next(), "chunks", given);
    expect(close).toHaveBeenCalledTimes(1);
  });
});
