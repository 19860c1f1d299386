import { describe, expect, it, vi } from "vitest";
import { type ChatCompletionChunk, stream, text } from "../src/index.js";
import { catchError } from "./helpers/catch-error.js";
import { flushEventLoop } from "./helpers/leak-check.js";
import { recordedFetch, scriptedBody } from "./helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { readChunks, readVector } from "./helpers/vectors.js";
import { chunk, contentChunk, DONE_EVENT, finishChunk, sseEvent, usageChunk } from "./helpers/wire-chunks.js";

const over = { done: true, value: undefined };

async function* from(chunks: object[]): AsyncGenerator<ChatCompletionChunk> {
  yield* chunks as ChatCompletionChunk[];
}

async function words(chunks: AsyncIterable<ChatCompletionChunk>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of text(chunks)) pieces.push(piece);
  return pieces;
}

describe("text", () => {
  it.each<[string, object[], string[]]>([
    ["the content of each chunk", [contentChunk("Hel"), contentChunk("lo")], ["Hel", "lo"]],
    ["choice 0 alone", [contentChunk("a"), contentChunk("b", 1), contentChunk("c", 2), contentChunk("d")], ["a", "d"]],
    [
      "choice 0, wherever it stands",
      [
        chunk([
          { index: 1, delta: { content: "b" } },
          { index: 0, delta: { content: "a" } },
        ]),
      ],
      ["a"],
    ],
    [
      "nothing for what has no content",
      [
        contentChunk(""),
        finishChunk(),
        usageChunk(),
        chunk([{ index: 0, delta: { content: null } }]),
        contentChunk("a"),
      ],
      ["a"],
    ],
    ["no reasoning, no refusal", [chunk([{ index: 0, delta: { reasoning_content: "hm", refusal: "no" } }])], []],
    ["a choice without an index, which is 0", [chunk([{ delta: { content: "a" } }])], ["a"]],
    ["nothing of nothing", [], []],
  ])("gives %s", async (_, chunks, pieces) => {
    expect(await words(from(chunks))).toEqual(pieces);
  });

  it.each([
    ["vllm", "It is sunny ☀."],
    ["two-choices", "No"],
    ["tensorrt-llm", "Let me look."],
    ["sglang", ""],
  ])("of the recorded stream %s is %j", async (name, said) => {
    expect((await words(from(await readChunks([readVector(name)])))).join("")).toBe(said);
  });

  it("takes chunks from an iterator that gives its results without a promise, as a loop does", async () => {
    const steps = [contentChunk("Hel"), contentChunk("lo")].values();
    const chunks = { [Symbol.asyncIterator]: () => ({ next: () => steps.next() }) };
    expect(await words(chunks as unknown as AsyncIterable<ChatCompletionChunk>)).toEqual(["Hel", "lo"]);
  });

  it("throws what the chunks throw, after what came before", async () => {
    const oops = new Error("oops");
    const pieces = text(
      (async function* () {
        yield contentChunk("Hel") as ChatCompletionChunk;
        throw oops;
      })(),
    );
    expect((await pieces.next()).value).toBe("Hel");
    expect(await catchError(() => pieces.next())).toBe(oops);
    expect(await pieces.next()).toEqual(over);
  });

  it("tells of a stream that was cut short", async () => {
    const fetch = recordedFetch(() => new Response(scriptedBody([sseEvent(contentChunk("Hel"))]).stream));
    const pieces = text(stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)));
    expect((await pieces.next()).value).toBe("Hel");
    expect(await catchError(() => pieces.next())).toMatchObject({ name: "StreamTruncatedError" });
  });

  it("asks for nothing before next()", async () => {
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
  ])("left by %s cancels the stream", async (_, leave) => {
    const source = scriptedBody([sseEvent(contentChunk("a")), new Promise(() => {})]);
    await leave(
      text(stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(() => new Response(source.stream))))),
    );
    await flushEventLoop();
    expect(source.state).toBe("cancelled");
  });

  it("takes effect at once with return(), though the chunks are slow to close", async () => {
    const close = vi.fn(() => new Promise<never>(() => {}));
    const slow = { next: () => new Promise<never>(() => {}), return: close, [Symbol.asyncIterator]: () => slow };
    const pieces = text(slow);
    const pending = pieces.next();
    expect(await pieces.return(undefined)).toEqual(over);
    expect(await pending).toEqual(over);
    expect(close).toHaveBeenCalledTimes(1);
    expect(await pieces.return(undefined)).toEqual(over);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("serves chunks that cannot be closed, or refuse to", async () => {
    const chunks = [contentChunk("a"), contentChunk("b")] as ChatCompletionChunk[];
    for (const close of [undefined, () => Promise.reject(new Error("no"))]) {
      const source = chunks.values();
      const pieces = text({
        [Symbol.asyncIterator]: () => ({ next: async () => source.next(), ...(close && { return: close }) }),
      });
      expect((await pieces.next()).value).toBe("a");
      expect(await pieces.return(undefined)).toEqual(over);
      await flushEventLoop();
    }
  });
});
