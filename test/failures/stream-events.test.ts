/** What the events of a stream can hold. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { ChatCompletion, ChatCompletionChunk } from "../../src/index.js";
import { chunk, DONE, event, FINISH, HELLO, KEY, says, stops } from "../helpers/chat.js";
import { drip, end, events, head, stall } from "../helpers/server.js";
import { sent } from "./anchors.js";
import { type Row, STREAMED, table } from "./run.js";

const finish = event(stops());

/** A chunk's `choices`, whatever they are, and what the reader must see of them. */
function shaped(name: string, choices: unknown, seen: object): Row {
  return {
    name,
    answers: [sent(event(chunk(choices)), HELLO, FINISH)],
    gives: "Hello",
    only: ["stream"],
    check: ({ chunks }) => expect(chunks[0]).toMatchObject(seen),
  };
}

function firstDelta(chunks: ChatCompletionChunk[]): unknown {
  return chunks[0]?.choices[0]?.delta;
}

table("what a stream reports", STREAMED, [
  {
    name: "an error before anything",
    answers: [sent(event({ error: "no GPU left" }))],
    fails: { name: "APIError", says: ["no GPU left"] },
  },
  {
    name: "an error in the flat shape",
    answers: [sent(HELLO, event({ message: "GPU on fire", type: "Server Error", code: 500, request_id: "r1" }))],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"], fields: { code: 500, type: "Server Error" } },
  },
  {
    name: "an error in the shape of /messages",
    answers: [
      sent(
        HELLO,
        `event: error\n${event({ type: "error", request_id: "r1", error: { type: "overloaded_error", message: "GPU on fire" } })}`,
      ),
    ],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"], fields: { type: "overloaded_error" } },
  },
  {
    name: "an error that says nothing",
    answers: [sent(HELLO, event({ error: {} }))],
    gives: "Hello",
    fails: { name: "APIError" },
  },
  {
    name: "an error beside choices",
    answers: [sent(HELLO, event({ ...stops(), error: { message: "GPU on fire" } }))],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"] },
  },
  {
    name: "an error after the finish",
    answers: [[events(), HELLO, finish, event({ error: "GPU on fire" }), stall]],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"] },
    connection: "closed",
  },
  {
    name: "an error without its blank line",
    answers: [sent(HELLO, event({ error: "GPU on fire" }).trimEnd())],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"] },
  },
  {
    name: "an error that repeats the key",
    answers: [sent(HELLO, event({ error: { message: `bad ${KEY}`, type: KEY, code: KEY, param: `x${KEY}` } }))],
    gives: "Hello",
    fails: { name: "APIError", says: ["bad ***"], fields: { type: "***", code: "***", param: "x***" } },
  },
  {
    name: "an error of 10,000 characters",
    answers: [sent(event({ error: "x".repeat(10_000) }))],
    fails: { name: "APIError", says: ["x".repeat(500)], hides: ["x".repeat(501)] },
  },
  {
    name: 'an error that is "", false or 0: nothing',
    answers: [sent(...["", false, 0].map((error) => event({ ...says("o"), error })), FINISH)],
    gives: "ooo",
    connection: "kept",
  },
  {
    name: "a message beside choices: nothing",
    answers: [sent(event({ ...says("Hello"), message: "hi" }), FINISH)],
    gives: "Hello",
    connection: "kept",
  },
]);

table("what is passed over", STREAMED, [
  {
    name: "empty data",
    answers: [sent("data:\n\ndata: \n\ndata\n\n", HELLO, "data:\n\n", FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "JSON that is no object",
    answers: [sent('data: 42\n\ndata: null\n\ndata: "hi"\n\ndata: true\n\ndata: [1]\n\n', HELLO, FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "fields that nobody knows",
    answers: [sent("event: chunk\nid: 7\nretry: 10\nDATA: x\ndatax: y\n", HELLO, "foo\n\n", FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "blank lines before all else",
    answers: [sent("\r\n\n\r  \n", HELLO, FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  { name: "a comment before all else", answers: [sent(": {\n", HELLO, FINISH)], gives: "Hello", connection: "kept" },
  {
    name: "bytes that are no UTF-8",
    answers: [sent('data: {"choices":[{"index":0,"delta":{"content":"', Uint8Array.of(0xff), '"}}]}\n\n', FINISH)],
    gives: "\uFFFD",
    connection: "kept",
  },
  {
    name: "a million comments",
    answers: [sent(...Array<string>(100).fill(": ping\n\n".repeat(10_000)), HELLO, ": ping\n\n".repeat(1_000), FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "what is no JSON, after the finish",
    answers: [[events(), HELLO, finish, "data: {oops\n\n", end]],
    gives: "Hello",
  },
  {
    name: "a content type that lies",
    answers: [[events({ "content-type": "text/html" }), HELLO + FINISH, end]],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "no content type",
    answers: [[head(200, { "transfer-encoding": "chunked" }), HELLO + FINISH, end]],
    gives: "Hello",
    connection: "kept",
  },
  { name: "one byte at a time", answers: [sent(drip(HELLO + FINISH))], gives: "Hello", connection: "kept" },
  {
    name: "gzip",
    answers: [[events({ "content-encoding": "gzip" }), gzipSync(HELLO + FINISH), end]],
    gives: "Hello",
    connection: "kept",
  },
  shaped("choices that are null", null, { choices: [] }),
  shaped("choices that are missing", undefined, { choices: [] }),
  shaped("a choice without a delta", [{ index: 0, finish_reason: null }], { choices: [{ delta: {} }] }),
  shaped("a delta that is null", [{ index: 0, delta: null }], { choices: [{ delta: {} }] }),
]);

table("what a stream calls otherwise", STREAMED, [
  {
    name: "reasoning",
    answers: [sent(event(chunk([{ index: 0, delta: { reasoning: "Hm." }, finish_reason: null }])), HELLO, FINISH)],
    gives: "Hello",
    check: ({ chunks }) => expect(firstDelta(chunks)).toMatchObject({ reasoning: "Hm.", reasoning_content: "Hm." }),
  },
  {
    name: "arguments of a tool call that are an object",
    answers: [
      sent(
        event(
          chunk([
            {
              index: 0,
              delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "pay", arguments: { eur: 1 } } }] },
              finish_reason: "tool_calls",
            },
          ]),
        ),
        DONE,
      ),
    ],
    check: ({ chunks }) =>
      expect(firstDelta(chunks)).toMatchObject({ tool_calls: [{ function: { arguments: '{"eur":1}' } }] }),
  },
]);

/** Deltas of tool calls, an event each, and the calls that they make: id, name, arguments. */
function calls(name: string, events: readonly object[][], seen: readonly [string, string, string][]): Row {
  const deltas = events.map((tool_calls) => event(chunk([{ index: 0, delta: { tool_calls }, finish_reason: null }])));
  return {
    name,
    answers: [sent(...deltas, event(stops("tool_calls")), DONE)],
    check: ({ value }) => {
      const message = (value as ChatCompletion).choices[0]?.message;
      const made = message?.tool_calls?.map(({ id, function: { name: called, arguments: given } }) => [
        id,
        called,
        given,
      ]);
      expect(made).toEqual(seen);
      expect(message?.content).toBeNull();
    },
  };
}

/** One delta of a tool call. */
function call(
  index: number | undefined,
  id: string | null | undefined,
  name: string | null | undefined,
  given?: unknown,
): object {
  return { index, id, type: "function", function: { name, arguments: given } };
}

table(
  "tool calls",
  ["collect"],
  [
    calls(
      "in one delta each",
      [[call(0, "a", "f", "{}")], [call(1, "b", "g", "{}")]],
      [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    ),
    calls(
      "several deltas in one event",
      [
        [call(0, "a", "f", "{"), call(1, "b", "g", "{")],
        [call(0, undefined, undefined, "}"), call(1, undefined, undefined, "}")],
      ],
      [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    ),
    calls(
      "a fresh id with each delta: the first wins",
      [[call(0, "a", "f", '{"x":')], [call(0, "b", undefined, "1")], [call(0, "c", "", "}")]],
      [["a", "f", '{"x":1}']],
    ),
    calls(
      "a fresh id and the name again with each delta",
      [[call(0, "a", "f", '{"x":')], [call(0, "b", "f", "1}")]],
      [["a", "f", '{"x":1}']],
    ),
    calls(
      "the same id and name with each delta: named once",
      [[call(0, "a", "f", '{"x":')], [call(0, "a", "f", "1}")]],
      [["a", "f", '{"x":1}']],
    ),
    calls(
      "all numbered 0, of different names",
      [[call(0, "a", "f", '{"x":1')], [call(0, "b", "g", "{}")]],
      [
        ["a", "f", '{"x":1'],
        ["b", "g", "{}"],
      ],
    ),
    calls(
      "all numbered 0, of one name",
      [[call(0, "a", "f", '{"x":1}')], [call(0, "b", "f", '{"x":2}')]],
      [
        ["a", "f", '{"x":1}'],
        ["b", "f", '{"x":2}'],
      ],
    ),
    calls(
      "without numbers: by id",
      [
        [call(undefined, "a", "f", "{")],
        [call(undefined, "b", "g", "{")],
        [call(undefined, "a", undefined, "}")],
        [call(undefined, "b", undefined, "}")],
      ],
      [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    ),
    calls(
      "without number or id: the latest",
      [[call(0, "a", "f", "{")], [call(undefined, undefined, undefined, "}")]],
      [["a", "f", "{}"]],
    ),
    calls(
      "with id and name null in later deltas",
      [[call(0, "a", "f", "{")], [call(0, null, null, "}")]],
      [["a", "f", "{}"]],
    ),
    calls("with arguments that are an object", [[call(0, "a", "f", { x: 1 })]], [["a", "f", '{"x":1}']]),
  ],
);

table(
  "a stream whose tokens ran out",
  ["collect"],
  [
    {
      name: "in the arguments of a tool call says so",
      answers: [
        sent(
          event(
            chunk([{ index: 0, delta: { tool_calls: [call(0, "a", "pay", '{"eur":1')] }, finish_reason: "length" }]),
          ),
          DONE,
        ),
      ],
      check: ({ value }) =>
        expect(value).toMatchObject({
          choices: [{ finish_reason: "length", message: { tool_calls: [{ function: { arguments: '{"eur":1' } }] } }],
        }),
    },
  ],
);

table(
  "usage",
  ["collect"],
  [
    {
      name: "on every chunk: the last counts, never the sum",
      answers: [
        sent(
          ...[1, 2].map((n) =>
            event({ ...says("o"), usage: { prompt_tokens: 1, completion_tokens: n, total_tokens: 1 + n } }),
          ),
          event({ ...stops(), usage: null }),
          DONE,
        ),
      ],
      gives: "oo",
      check: ({ value }) => expect(value).toMatchObject({ usage: { completion_tokens: 2, total_tokens: 3 } }),
    },
  ],
);
