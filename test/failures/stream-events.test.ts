/** What the events of a stream can hold. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { ChatCompletion, ChatCompletionChunk } from "../../src/index.js";
import { byteByByte, endBody, httpSseResponse, responseHead, sseHead, stall } from "../helpers/http-response.js";
import { API_KEY } from "../helpers/requests.js";
import {
  chunk,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
} from "../helpers/wire-chunks.js";
import { STREAMED_CALLS } from "./call-server.js";
import { describeFailures, type FailureCase } from "./describe-failures.js";

const finish = sseEvent(finishChunk());

/** A chunk's `choices`, whatever they are, and what the reader must see of them. */
function shaped(name: string, choices: unknown, seen: object): FailureCase {
  return {
    name,
    responses: [httpSseResponse(sseEvent(chunk(choices)), HELLO_EVENTS, FINISH_EVENTS)],
    delivers: "Hello",
    onlyFor: ["stream"],
    check: ({ chunks }) => expect(chunks[0]).toMatchObject(seen),
  };
}

function firstDelta(chunks: ChatCompletionChunk[]): unknown {
  return chunks[0]?.choices[0]?.delta;
}

describeFailures("what a stream reports", STREAMED_CALLS, [
  {
    name: "an error before anything",
    responses: [httpSseResponse(sseEvent({ error: "no GPU left" }))],
    throws: { name: "APIError", messageIncludes: ["no GPU left"] },
  },
  {
    name: "an error in the flat shape",
    responses: [
      httpSseResponse(
        HELLO_EVENTS,
        sseEvent({ message: "GPU on fire", type: "Server Error", code: 500, request_id: "r1" }),
      ),
    ],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU on fire"], fields: { code: 500, type: "Server Error" } },
  },
  {
    name: "an error in the shape of /messages",
    responses: [
      httpSseResponse(
        HELLO_EVENTS,
        `event: error\n${sseEvent({ type: "error", request_id: "r1", error: { type: "overloaded_error", message: "GPU on fire" } })}`,
      ),
    ],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU on fire"], fields: { type: "overloaded_error" } },
  },
  {
    name: "an error that says nothing",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent({ error: {} }))],
    delivers: "Hello",
    throws: { name: "APIError" },
  },
  {
    name: "an error beside choices",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent({ ...finishChunk(), error: { message: "GPU on fire" } }))],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU on fire"] },
  },
  {
    name: "an error after the finish",
    responses: [[sseHead(), HELLO_EVENTS, finish, sseEvent({ error: "GPU on fire" }), stall]],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU on fire"] },
    connection: "closed",
  },
  {
    name: "an error without its blank line",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent({ error: "GPU on fire" }).trimEnd())],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU on fire"] },
  },
  {
    name: "an error that repeats the key",
    responses: [
      httpSseResponse(
        HELLO_EVENTS,
        sseEvent({ error: { message: `bad ${API_KEY}`, type: API_KEY, code: API_KEY, param: `x${API_KEY}` } }),
      ),
    ],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["bad ***"], fields: { type: "***", code: "***", param: "x***" } },
  },
  {
    name: "an error of 10,000 characters",
    responses: [httpSseResponse(sseEvent({ error: "x".repeat(10_000) }))],
    throws: { name: "APIError", messageIncludes: ["x".repeat(500)], messageExcludes: ["x".repeat(501)] },
  },
  {
    name: 'an error that is "", false or 0: nothing',
    responses: [
      httpSseResponse(...["", false, 0].map((error) => sseEvent({ ...contentChunk("o"), error })), FINISH_EVENTS),
    ],
    delivers: "ooo",
    connection: "kept",
  },
  {
    name: "a message beside choices: nothing",
    responses: [httpSseResponse(sseEvent({ ...contentChunk("Hello"), message: "hi" }), FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
]);

describeFailures("what is passed over", STREAMED_CALLS, [
  {
    name: "empty data",
    responses: [httpSseResponse("data:\n\ndata: \n\ndata\n\n", HELLO_EVENTS, "data:\n\n", FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "JSON that is no object",
    responses: [
      httpSseResponse(
        'data: 42\n\ndata: null\n\ndata: "hi"\n\ndata: true\n\ndata: [1]\n\n',
        HELLO_EVENTS,
        FINISH_EVENTS,
      ),
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "fields that nobody knows",
    responses: [
      httpSseResponse("event: chunk\nid: 7\nretry: 10\nDATA: x\ndatax: y\n", HELLO_EVENTS, "foo\n\n", FINISH_EVENTS),
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "blank lines before all else",
    responses: [httpSseResponse("\r\n\n\r  \n", HELLO_EVENTS, FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "a comment before all else",
    responses: [httpSseResponse(": {\n", HELLO_EVENTS, FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "bytes that are no UTF-8",
    responses: [
      httpSseResponse(
        'data: {"choices":[{"index":0,"delta":{"content":"',
        Uint8Array.of(0xff),
        '"}}]}\n\n',
        FINISH_EVENTS,
      ),
    ],
    delivers: "\uFFFD",
    connection: "kept",
  },
  {
    name: "a million comments",
    responses: [
      httpSseResponse(
        ...Array<string>(100).fill(": ping\n\n".repeat(10_000)),
        HELLO_EVENTS,
        ": ping\n\n".repeat(1_000),
        FINISH_EVENTS,
      ),
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "what is no JSON, after the finish",
    responses: [[sseHead(), HELLO_EVENTS, finish, "data: {oops\n\n", endBody]],
    delivers: "Hello",
  },
  {
    name: "a content type that lies",
    responses: [[sseHead({ "content-type": "text/html" }), HELLO_EVENTS + FINISH_EVENTS, endBody]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "no content type",
    responses: [[responseHead(200, { "transfer-encoding": "chunked" }), HELLO_EVENTS + FINISH_EVENTS, endBody]],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "one byte at a time",
    responses: [httpSseResponse(byteByByte(HELLO_EVENTS + FINISH_EVENTS))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "gzip",
    responses: [[sseHead({ "content-encoding": "gzip" }), gzipSync(HELLO_EVENTS + FINISH_EVENTS), endBody]],
    delivers: "Hello",
    connection: "kept",
  },
  shaped("choices that are null", null, { choices: [] }),
  shaped("choices that are missing", undefined, { choices: [] }),
  shaped("a choice without a delta", [{ index: 0, finish_reason: null }], { choices: [{ delta: {} }] }),
  shaped("a delta that is null", [{ index: 0, delta: null }], { choices: [{ delta: {} }] }),
]);

describeFailures("what a stream calls otherwise", STREAMED_CALLS, [
  {
    name: "reasoning",
    responses: [
      httpSseResponse(
        sseEvent(chunk([{ index: 0, delta: { reasoning: "Hm." }, finish_reason: null }])),
        HELLO_EVENTS,
        FINISH_EVENTS,
      ),
    ],
    delivers: "Hello",
    check: ({ chunks }) => expect(firstDelta(chunks)).toMatchObject({ reasoning: "Hm.", reasoning_content: "Hm." }),
  },
  {
    name: "arguments of a tool call that are an object",
    responses: [
      httpSseResponse(
        sseEvent(
          chunk([
            {
              index: 0,
              delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "pay", arguments: { eur: 1 } } }] },
              finish_reason: "tool_calls",
            },
          ]),
        ),
        DONE_EVENT,
      ),
    ],
    check: ({ chunks }) =>
      expect(firstDelta(chunks)).toMatchObject({ tool_calls: [{ function: { arguments: '{"eur":1}' } }] }),
  },
]);

/** Deltas of tool calls, an event each, and the calls that they make: id, name, arguments. */
function calls(name: string, events: readonly object[][], seen: readonly [string, string, string][]): FailureCase {
  const deltas = events.map((tool_calls) =>
    sseEvent(chunk([{ index: 0, delta: { tool_calls }, finish_reason: null }])),
  );
  return {
    name,
    responses: [httpSseResponse(...deltas, sseEvent(finishChunk("tool_calls")), DONE_EVENT)],
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

describeFailures(
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

describeFailures(
  "a stream whose tokens ran out",
  ["collect"],
  [
    {
      name: "in the arguments of a tool call says so",
      responses: [
        httpSseResponse(
          sseEvent(
            chunk([{ index: 0, delta: { tool_calls: [call(0, "a", "pay", '{"eur":1')] }, finish_reason: "length" }]),
          ),
          DONE_EVENT,
        ),
      ],
      check: ({ value }) =>
        expect(value).toMatchObject({
          choices: [{ finish_reason: "length", message: { tool_calls: [{ function: { arguments: '{"eur":1' } }] } }],
        }),
    },
  ],
);

describeFailures(
  "usage",
  ["collect"],
  [
    {
      name: "on every chunk: the last counts, never the sum",
      responses: [
        httpSseResponse(
          ...[1, 2].map((n) =>
            sseEvent({ ...contentChunk("o"), usage: { prompt_tokens: 1, completion_tokens: n, total_tokens: 1 + n } }),
          ),
          sseEvent({ ...finishChunk(), usage: null }),
          DONE_EVENT,
        ),
      ],
      delivers: "oo",
      check: ({ value }) => expect(value).toMatchObject({ usage: { completion_tokens: 2, total_tokens: 3 } }),
    },
  ],
);
