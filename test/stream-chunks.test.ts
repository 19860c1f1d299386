import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BasetenError, collect, text } from "../src/index.js";
import { clearEnvironment } from "./helpers/environment.js";
import { readChunks, readStream } from "./helpers/read-stream.js";
import { chunk, DONE_EVENT, HELLO_EVENTS, sseEvent, usageChunk } from "./helpers/wire-chunks.js";

clearEnvironment();

describe("a chunk of a stream", () => {
  const readFirstChunk = async (choice: object, more: object = {}) =>
    (await readChunks([sseEvent(chunk([choice], more)), DONE_EVENT]))[0];

  it("is delivered as the server sent it, with unknown fields", async () => {
    const sent = [
      chunk(
        [
          {
            index: 0,
            delta: { role: "assistant", content: "a", x: { y: 1 } },
            finish_reason: null,
            logprobs: null,
            z: 5,
          },
        ],
        { w: [1] },
      ),
      usageChunk(),
    ];
    expect(await readChunks([...sent.map(sseEvent), DONE_EVENT])).toEqual(sent);
  });

  it.each<[string, object]>([
    ["no choices field", { id: "x" }],
    ["choices: null", { id: "x", choices: null }],
    ["choices that are not an array", { id: "x", choices: {} }],
  ])("with %s gets an empty array", async (_, sent) => {
    expect((await readChunks([sseEvent(sent), DONE_EVENT]))[0]).toEqual({ ...sent, choices: [] });
  });

  it.each([[{}], [{ delta: null }], [{ delta: "x" }]])("with the choice %j gets an empty delta", async (choice) => {
    expect((await readFirstChunk(choice))?.choices[0]?.delta).toEqual({});
  });

  it.each<[object, object]>([
    [{ reasoning: "hm" }, { reasoning: "hm", reasoning_content: "hm" }],
    [
      { reasoning: "a", reasoning_content: "b" },
      { reasoning: "a", reasoning_content: "b" },
    ],
    [{ reasoning_content: "b" }, { reasoning_content: "b" }],
    [
      { tool_calls: [{ index: 0, function: { arguments: { a: [1] } } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":[1]}' } }] },
    ],
    [{ tool_calls: null }, { tool_calls: null }],
  ])("with the delta %j is delivered with %j", async (delta, expected) => {
    expect((await readFirstChunk({ index: 0, delta, finish_reason: null }))?.choices[0]?.delta).toEqual(expected);
  });

  it.each([
    ["", null],
    [null, null],
    ["stop", "stop"],
  ])("with finish_reason %j is delivered with %j", async (finish_reason, expected) => {
    expect((await readFirstChunk({ index: 0, delta: {}, finish_reason }))?.choices[0]?.finish_reason).toBe(expected);
  });
});

describe("a stream of arbitrary events", () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(0, "", null, [], {}));
  const call = fc.record({ index: value, id: value, type: value, function: value }, { requiredKeys: [] });
  const fields = { content: value, reasoning: value, tool_calls: fc.oneof(value, fc.array(fc.oneof(call, value))) };
  const choice = fc.record(
    {
      index: value,
      delta: fc.oneof(value, fc.record(fields, { requiredKeys: [] })),
      finish_reason: value,
      logprobs: value,
    },
    { requiredKeys: [] },
  );
  const choices = fc.oneof(value, fc.array(fc.oneof(choice, value)));
  const part = fc.record({ id: value, choices, usage: value, error: value, message: value }, { requiredKeys: [] });

  it("delivers chunks or rejects with a BasetenError, and collect and text accept the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(part, value), { maxLength: 6 }), async (parts) => {
        const { chunks, error } = await readStream([...parts.map(sseEvent), DONE_EVENT]);
        if (error !== undefined) expect(error).toBeInstanceOf(BasetenError);
        for (const { choices } of chunks) for (const { delta } of choices) expect(delta).toBeTypeOf("object");
        expect((await collect(chunks)).object).toBe("chat.completion");
        for await (const piece of text(
          (async function* () {
            yield* chunks;
          })(),
        ))
          expect(piece).toBeTypeOf("string");
      }),
      { numRuns: 1_500 },
    );
  });

  it("delivers chunks or rejects with a BasetenError, whatever the bytes", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
    );
    const pieces = fc.array(
      fc.oneof(bytes, fc.constantFrom(HELLO_EVENTS, "data: ", "\n\n", "{", "<", '{"choices":', DONE_EVENT)),
      {
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (pieces) => {
        const { error } = await readStream(pieces.filter(({ length }) => length > 0));
        if (error !== undefined) expect(error).toBeInstanceOf(BasetenError);
      }),
      { numRuns: 1_000 },
    );
  });
});
