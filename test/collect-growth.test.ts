import { afterAll, describe, expect, it } from "vitest";
import { type ChatCompletionChunk, collect } from "../src/index.js";
import { chunk } from "./helpers/wire-chunks.js";
import { startWorkCounter } from "./helpers/work-count.js";

const counter = await startWorkCounter();
afterAll(() => counter.stop());

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

function deltaChunk(delta: object, more: object = {}): ChatCompletionChunk {
  return chunk([{ index: 0, delta, finish_reason: null, ...more }]) as ChatCompletionChunk;
}

function callChunk(...tool_calls: object[]): ChatCompletionChunk {
  return deltaChunk({ tool_calls });
}

const call = (key: object, args: string, name = "f") => ({ ...key, function: { name, arguments: args } });

/** Streams of a given number of deltas. */
const streams: [string, (count: number) => ChatCompletionChunk[]][] = [
  ["contents", (count) => numbers(count).map((number) => deltaChunk({ content: `${number}` }))],
  ["chunks with a field of its own each", (count) => numbers(count).map((number) => deltaChunk({ [`f${number}`]: 1 }))],
  ["choices", (count) => [chunk(numbers(count).map((index) => ({ index, delta: {} }))) as ChatCompletionChunk]],
  ["logprobs of one choice", (count) => [deltaChunk({}, { logprobs: { content: numbers(count) } })]],
  [
    "tool calls in one event, by index",
    (count) => [callChunk(...numbers(count).map((index) => call({ index }, "{}")))],
  ],
  [
    "tool calls in one event, by id",
    (count) => [callChunk(...numbers(count).map((id) => call({ id: `${id}` }, "{}")))],
  ],
  ["tool calls in one event without index or id", (count) => [callChunk(...numbers(count).map(() => call({}, "{}")))]],
  [
    "tool calls that all have the index 0",
    (count) => numbers(count).map((id) => callChunk(call({ index: 0, id: `${id}` }, "{}"))),
  ],
  [
    "tool calls of one id under many indices",
    (count) => numbers(count).map((index) => callChunk(call({ index, id: "call_0" }, "{}"))),
  ],
  [
    "deltas of one call with fresh ids, each ending in a bracket",
    (count) => [
      callChunk(call({ index: 0, id: "first" }, "[")),
      ...numbers(count).map((id) => callChunk(call({ index: 0, id: `${id}` }, id ? ",[]" : "{}"))),
    ],
  ],
  [
    "deltas of one call with fresh ids whose arguments are no JSON, though closed",
    (count) => numbers(count).map((id) => callChunk(call({ index: 0, id: `${id}` }, "{]}["))),
  ],
  [
    "deltas of one call with fresh ids whose arguments have no bracket",
    (count) => numbers(count).map((id) => callChunk(call({ index: 0, id: `${id}` }, "nu"))),
  ],
  [
    "deltas of one call with fresh ids and a long string",
    (count) => [
      callChunk(call({ index: 0, id: "first" }, '{"x":"')),
      ...numbers(count).map((id) => callChunk(call({ index: 0, id: `${id}` }, '}\\"]'))),
    ],
  ],
  [
    "interleaved calls",
    (count) => numbers(count).map((number) => callChunk(call({ index: number % 100 }, `${number}`, ""))),
  ],
  ["deltas of function_call", (count) => numbers(count).map(() => deltaChunk({ function_call: { arguments: "{}" } }))],
];

describe.each(streams)("the work of collect on %s", (_, create) => {
  it("is linear: twice as many cost twice as much", async () => {
    const once = await counter.count(() => collect(create(1_000)));
    const twice = await counter.count(() => collect(create(2_000)));
    expect(once.blocks).toBeGreaterThan(1_000);
    expect(twice.blocks / once.blocks).toBeLessThan(2.2);
    // A few thousand characters are the fixed cost: a constant number of short texts is parsed again.
    expect(twice.characters).toBeLessThan(2.2 * once.characters + 5_000);
  });
});

it("an event of 100,000 tool calls is collected", async () => {
  const { choices } = await collect([callChunk(...numbers(100_000).map((index) => call({ index }, "{}")))]);
  expect(choices[0]?.message.tool_calls?.length).toBe(100_000);
});

it("40,000 deltas with fresh ids are collected as the one call that they are", async () => {
  const pieces = numbers(40_000).map((id) => callChunk(call({ index: 0, id: `id-${id}` }, id ? ",{}" : "[[]")));
  const { choices } = await collect([...pieces, callChunk(call({ index: 0, id: "last" }, "]"))]);
  expect(choices[0]?.message.tool_calls).toMatchObject([{ id: "id-0", function: { name: "f" } }]);
  expect(JSON.parse(choices[0]?.message.tool_calls?.[0]?.function.arguments ?? "").length).toBe(40_000);
});

it("300,000 logprobs of one chunk are collected", async () => {
  const logprobs = { content: numbers(300_000), refusal: null };
  const { choices } = await collect([deltaChunk({}, { logprobs }), deltaChunk({}, { logprobs })]);
  expect(choices[0]?.logprobs?.content?.length).toBe(600_000);
});
