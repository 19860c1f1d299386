import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { BasetenError, type ChatCompletion, type ChatCompletionChunk, collect, stream, text } from "../src/index.js";
import { catchBasetenError, catchError, expectRefusal } from "./helpers/catch-error.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import { replayFetch } from "./helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { contentChunk, DONE_EVENT, finishChunk, sseEvent, usageChunk } from "./helpers/wire-chunks.js";

const chunks = [contentChunk("Hel"), contentChunk("lo"), finishChunk(), usageChunk()] as ChatCompletionChunk[];

/** What the first two chunks make. */
const part: Partial<ChatCompletion> = {
  id: "chat-1",
  object: "chat.completion",
  choices: [{ index: 0, finish_reason: null, message: { role: "assistant", content: "Hello" } }],
};

/** A source that counts how often it is closed. */
function createSource(values: readonly unknown[]): AsyncIterable<ChatCompletionChunk> & { closed: number } {
  const iterator = values.values();
  const source = {
    closed: 0,
    [Symbol.asyncIterator]: () => ({
      next: async () => iterator.next() as IteratorResult<ChatCompletionChunk>,
      return: async () => {
        source.closed += 1;
        return { done: true as const, value: undefined };
      },
    }),
  };
  return source;
}

describe("collect takes chunks", () => {
  async function* failsWith(error: unknown): AsyncGenerator<ChatCompletionChunk> {
    yield* chunks.slice(0, 2);
    throw error;
  }

  it.each<[string, () => Iterable<ChatCompletionChunk> | AsyncIterable<ChatCompletionChunk>]>([
    ["an array", () => chunks],
    [
      "a generator",
      () =>
        (function* () {
          yield* chunks;
        })(),
    ],
    [
      "an async generator",
      () =>
        (async function* () {
          yield* chunks;
        })(),
    ],
    ["a set", () => new Set(chunks)],
  ])("may be %s, and stay as they are", async (_, make) => {
    const before = structuredClone(chunks);
    expect((await collect(make())).choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "Hello" } });
    expect(chunks).toEqual(before);
  });

  it("that fail with an error that has a partial already keep it", async () => {
    const partial = await collect([]);
    const error = new BasetenError("StreamTruncatedError", "too short", { partial });
    expect(await catchError(() => collect(failsWith(error)))).toBe(error);
    expect(error.partial).toBe(partial);
  });

  it("that throw a BasetenError give it what came so far as partial", async () => {
    const error = new BasetenError("StreamTruncatedError", "too short");
    expect(await catchError(() => collect(failsWith(error)))).toBe(error);
    expect(error.partial).toMatchObject(part);
    expect(JSON.parse(JSON.stringify(error)).partial).toMatchObject(part);
  });

  it("of a stream that breaks off do the same", async () => {
    const pieces = [sseEvent(chunks[0]), sseEvent(chunks[1])];
    const error = await catchBasetenError(() =>
      collect(stream({ model: MODEL_SLUG, messages }, singleAttempt(replayFetch(pieces)))),
    );
    expect(error.name).toBe("StreamTruncatedError");
    expect(error.partial).toMatchObject(part);
  });

  it("that fail before the first give an empty partial", async () => {
    const error = await catchBasetenError(() =>
      collect(stream({ model: MODEL_SLUG, messages }, singleAttempt(replayFetch([""])))),
    );
    expect(error.partial).toMatchObject({ object: "chat.completion", choices: [] });
  });

  it.each([new Error("mine"), "a reason", undefined, null, Object.freeze({ reason: 1 })])(
    "that throw anything else (%s) have it rethrown untouched",
    async (reason) => {
      const before = Object.isExtensible(reason) ? Object.keys(reason as object) : [];
      expect(await catchError(() => collect(failsWith(reason)))).toBe(reason);
      expect(Object.isExtensible(reason) ? Object.keys(reason as object) : []).toEqual(before);
    },
  );

  it("of an abort attach nothing to its reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const open = replayFetch([sseEvent(chunks[0]), new Promise(() => {})]);
    const whole = collect(stream({ model: MODEL_SLUG, messages }, singleAttempt(open, { signal: controller.signal })));
    await vi.waitFor(() => expect(open.calls.length).toBe(1));
    controller.abort(reason);
    expect(await catchError(() => whole)).toBe(reason);
    expect(Reflect.ownKeys(reason)).not.toContain("partial");
  });
});

/** What is no source of chunks, and what the message says of it. */
const refused: [string, () => unknown, string][] = [
  ["nothing", () => undefined, "undefined"],
  ["null", () => null, "null"],
  ["a number", () => 1, "1"],
  ["a text", () => "Hello", '"Hello"'],
  ["an empty text", () => "", '""'],
  ["a completion", () => ({ id: "a", choices: [] }), "object"],
  ["a promise of chunks", () => Promise.resolve(chunks), "await"],
  ["a promise that rejects", () => Promise.reject(new Error("mine")), "await"],
  ["a list of texts", () => ["Hel", "lo"], '"Hel"'],
  ["a list with a hole", () => [chunks[0], undefined], "undefined"],
  ["a list of lists", () => [chunks], "array"],
  ["a list of bytes", () => [new Uint8Array(3)], "uint8array"],
  ["events of a tool loop", () => [{ type: "chunk", chunk: chunks[0] }], "object"],
  ["the pieces of text()", () => text(createSource(chunks)), '"Hel"'],
];

describe("collect refuses, with a BadRequestError that says what came,", () => {
  it.each(refused)("%s", async (_, create, given) => {
    const leaks = startLeakCheck();
    const error = await catchBasetenError(() => collect(create() as ChatCompletionChunk[]));
    expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
    expect(error.message).toMatch(/^chunks: expected .*chunks.*, got /);
    expect(error.message).toContain(given);
    expect(error.partial).toBeUndefined();
    await leaks.check();
  });

  it("a stream without any chunk, which may have been read before", async () => {
    const source = stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(replayFetch([...chunks.map(sseEvent), DONE_EVENT])),
    );
    expect((await collect(source)).choices.length).toBe(1);
    const error = await catchBasetenError(() => collect(source));
    expect(error.message).toMatch(/empty answer, or the stream was already read/);
    expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
  });

  it("an onChunk that is not a function", async () => {
    await expectRefusal(() => collect(chunks, null as unknown as undefined), "onChunk", "null");
    await expectRefusal(() => collect(chunks, {} as unknown as undefined), "onChunk", "object");
  });

  it("an item of a stream that is not a chunk, and closes the stream", async () => {
    const source = createSource([chunks[0], "lo", chunks[2]]);
    await expectRefusal(() => collect(source), "chunks", '"lo"');
    expect(source.closed).toBe(1);
  });
});

it("collect of an empty array gives a completion without choices", async () => {
  expect(await collect([])).toEqual({ id: "", object: "chat.completion", created: 0, model: "", choices: [] });
});

describe("onChunk", () => {
  it("is called with each chunk as it arrives, in order, before the next is asked for", async () => {
    const log: unknown[] = [];
    async function* source(): AsyncGenerator<ChatCompletionChunk> {
      for (const [number, chunk] of chunks.entries()) {
        log.push(`asked ${number}`);
        yield chunk;
      }
    }
    const whole = await collect(source(), (chunk) => void log.push(chunk));
    expect(log).toEqual(chunks.flatMap((chunk, number) => [`asked ${number}`, chunk]));
    expect(whole).toEqual(await collect(chunks));
  });

  it("is awaited", async () => {
    const log: string[] = [];
    await collect(chunks.slice(0, 2), async (chunk) => {
      log.push(`begin ${chunk.choices[0]?.delta.content}`);
      await flushEventLoop();
      log.push(`end ${chunk.choices[0]?.delta.content}`);
    });
    expect(log).toEqual(["begin Hel", "end Hel", "begin lo", "end lo"]);
  });

  it.each<[string, () => void | Promise<void>, unknown]>([
    [
      "throws",
      () => {
        throw "mine";
      },
      "mine",
    ],
    ["rejects", () => Promise.reject(new RangeError("mine")), new RangeError("mine")],
  ])("that %s closes the stream, and its error is rethrown as it is", async (_, onChunk, error) => {
    const source = createSource(chunks);
    expect(await catchError(() => collect(source, onChunk))).toEqual(error);
    expect(source.closed).toBe(1);
  });

  it("that throws a BasetenError gives it no partial: it is not the stream's", async () => {
    const error = new BasetenError("RateLimitError", "of another call");
    expect(await catchError(() => collect(chunks, () => Promise.reject(error)))).toBe(error);
    expect(error.partial).toBeUndefined();
  });

  it("that throws ends the request: the body is cancelled", async () => {
    const fetch = replayFetch([sseEvent(chunks[0]), new Promise(() => {})]);
    const source = stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch));
    expect(await catchError(() => collect(source, () => Promise.reject("mine")))).toBe("mine");
    expect(fetch.calls[0]?.signal?.aborted).toBe(true);
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });

  it("leaves the partial of a stream that fails after it as it is without it", async () => {
    const pieces = [sseEvent(chunks[0]), sseEvent(chunks[1])];
    const error = await catchBasetenError(() =>
      collect(stream({ model: MODEL_SLUG, messages }, singleAttempt(replayFetch(pieces))), () => {}),
    );
    expect(error.partial).toMatchObject(part);
  });
});

describe("collect of chunks that hold any JSON", () => {
  const fields = [
    "choices",
    "delta",
    "tool_calls",
    "function",
    "custom",
    "arguments",
    "content",
    "logprobs",
    "index",
    "id",
  ];
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue({ maxDepth: 1 }),
      tie("object"),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
    object: fc.dictionary(
      fc.constantFrom(...fields, "type", "text", "thinking", "name", "__proto__", "reasoning"),
      tie("value"),
    ),
  }));
  const list = fc.array(value, { maxLength: 3 });
  const delta = fc.record({ content: value, tool_calls: list, function_call: value, reasoning: value });
  const choice = fc.record({ index: value, delta: fc.oneof(delta, value), finish_reason: value, logprobs: value });
  const odd = fc.array(fc.record({ id: value, choices: fc.array(fc.oneof(choice, value), { maxLength: 3 }) }), {
    maxLength: 5,
  });

  it("gives a completion, leaves the chunks as they are, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(odd, async (chunks) => {
        const before = structuredClone(chunks);
        const whole = await collect(chunks as unknown as ChatCompletionChunk[]);
        expect(chunks).toEqual(before);
        expect(whole.object).toBe("chat.completion");
        for (const { index, message } of whole.choices) {
          expect(typeof index).toBe("number");
          expect(message.content === null || typeof message.content === "string").toBe(true);
          expect(message.tool_calls ?? [{}]).not.toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
