/** What the events of a stream can contain: errors, data to ignore, chunks to normalize, tool calls. */

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

/** A stream whose first chunk has these `choices`, and what that chunk must be when it is delivered. */
function normalizedChunk(name: string, choices: unknown, expected: object): FailureCase {
  return {
    name,
    responses: [httpSseResponse(sseEvent(chunk(choices)), HELLO_EVENTS, FINISH_EVENTS)],
    outcome: `is delivered as ${JSON.stringify(expected)}`,
    delivers: "Hello",
    onlyFor: ["stream"],
    check: ({ chunks }) => expect(chunks[0]).toMatchObject(expected),
  };
}

function firstDelta(chunks: ChatCompletionChunk[]): unknown {
  return chunks[0]?.choices[0]?.delta;
}

describeFailures("a stream with", STREAMED_CALLS, [
  {
    name: "an error as its first event",
    responses: [httpSseResponse(sseEvent({ error: "no GPU left" }))],
    throws: { name: "APIError", messageIncludes: ["no GPU left"] },
  },
  {
    name: "an error whose message is not inside an error object",
    responses: [
      httpSseResponse(
        HELLO_EVENTS,
        sseEvent({ message: "GPU failure", type: "Server Error", code: 500, request_id: "r1" }),
      ),
    ],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU failure"], fields: { code: 500, type: "Server Error" } },
  },
  {
    name: "an event named error whose data is blank",
    responses: [httpSseResponse(HELLO_EVENTS, "event: error\ndata:  \n\n", DONE_EVENT)],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: [": an error event without data"] },
  },
  {
    name: "an event named error whose data is [DONE]",
    responses: [httpSseResponse(HELLO_EVENTS, `event: error\n${DONE_EVENT}`)],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: [": [DONE]"] },
  },
  {
    name: "an error in the format of /messages",
    responses: [
      httpSseResponse(
        HELLO_EVENTS,
        `event: error\n${sseEvent({ type: "error", request_id: "r1", error: { type: "overloaded_error", message: "GPU failure" } })}`,
      ),
    ],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU failure"], fields: { type: "overloaded_error" } },
  },
  {
    name: "an empty error object",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent({ error: {} }))],
    delivers: "Hello",
    throws: { name: "APIError" },
  },
  {
    name: "an error beside choices",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent({ ...finishChunk(), error: { message: "GPU failure" } }))],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU failure"] },
  },
  {
    name: "an error after finish_reason",
    responses: [[sseHead(), HELLO_EVENTS, finish, sseEvent({ error: "GPU failure" }), stall]],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU failure"] },
    connection: "closed",
  },
  {
    name: "an error without its blank line at the end",
    responses: [httpSseResponse(HELLO_EVENTS, sseEvent({ error: "GPU failure" }).trimEnd())],
    delivers: "Hello",
    throws: { name: "APIError", messageIncludes: ["GPU failure"] },
  },
  {
    name: "an error that repeats the API key",
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
    name: "an error of 10,000 characters, cut at 500,",
    responses: [httpSseResponse(sseEvent({ error: "x".repeat(10_000) }))],
    throws: { name: "APIError", messageIncludes: ["x".repeat(500)], messageExcludes: ["x".repeat(501)] },
  },
  {
    name: 'an error field that is "", false or 0',
    responses: [
      httpSseResponse(...["", false, 0].map((error) => sseEvent({ ...contentChunk("o"), error })), FINISH_EVENTS),
    ],
    delivers: "ooo",
    connection: "kept",
  },
  {
    name: "a message field beside choices",
    responses: [httpSseResponse(sseEvent({ ...contentChunk("Hello"), message: "hi" }), FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
]);

describeFailures("a stream with", STREAMED_CALLS, [
  {
    name: "events with empty data",
    responses: [httpSseResponse("data:\n\ndata: \n\ndata\n\n", HELLO_EVENTS, "data:\n\n", FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "JSON data that is not an object",
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
    name: "unknown SSE fields",
    responses: [
      httpSseResponse("event: chunk\nid: 7\nretry: 10\nDATA: x\ndatax: y\n", HELLO_EVENTS, "foo\n\n", FINISH_EVENTS),
    ],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "blank lines at its start",
    responses: [httpSseResponse("\r\n\n\r  \n", HELLO_EVENTS, FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "a comment at its start",
    responses: [httpSseResponse(": {\n", HELLO_EVENTS, FINISH_EVENTS)],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "bytes that are not UTF-8",
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
    name: "an event that is not JSON after finish_reason",
    responses: [[sseHead(), HELLO_EVENTS, finish, "data: {oops\n\n", endBody]],
    delivers: "Hello",
  },
  {
    name: "content type text/html",
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
    name: "a body sent byte by byte",
    responses: [httpSseResponse(byteByByte(HELLO_EVENTS + FINISH_EVENTS))],
    delivers: "Hello",
    connection: "kept",
  },
  {
    name: "a body in gzip",
    responses: [[sseHead({ "content-encoding": "gzip" }), gzipSync(HELLO_EVENTS + FINISH_EVENTS), endBody]],
    delivers: "Hello",
    connection: "kept",
  },
  normalizedChunk("choices: null", null, { choices: [] }),
  normalizedChunk("no choices field", undefined, { choices: [] }),
  normalizedChunk("a choice without a delta", [{ index: 0, finish_reason: null }], { choices: [{ delta: {} }] }),
  normalizedChunk("delta: null", [{ index: 0, delta: null }], { choices: [{ delta: {} }] }),
]);

describeFailures("a stream with", STREAMED_CALLS, [
  {
    name: "delta.reasoning",
    outcome: "delivers it as delta.reasoning_content too",
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
    name: "tool call arguments as an object",
    outcome: "delivers them as JSON text",
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

/** Events with deltas of tool calls, and the calls that `collect` must make of them: id, name, arguments. */
function joins(name: string, events: readonly object[][], expected: readonly [string, string, string][]): FailureCase {
  const deltas = events.map((tool_calls) =>
    sseEvent(chunk([{ index: 0, delta: { tool_calls }, finish_reason: null }])),
  );
  return {
    name,
    outcome: "",
    responses: [httpSseResponse(...deltas, sseEvent(finishChunk("tool_calls")), DONE_EVENT)],
    check: ({ value }) => {
      const message = (value as ChatCompletion).choices[0]?.message;
      const joined = message?.tool_calls?.map(({ id, function: { name: tool, arguments: args } }) => [id, tool, args]);
      expect(joined).toEqual(expected);
      expect(message?.content).toBeNull();
    },
  };
}

/** One delta of a tool call. */
function callDelta(
  index: number | undefined,
  id: string | null | undefined,
  name: string | null | undefined,
  args?: unknown,
): object {
  return { index, id, type: "function", function: { name, arguments: args } };
}

describeFailures(
  "deltas of tool calls",
  ["collect"],
  [
    joins(
      "with an index each become one call per index",
      [[callDelta(0, "a", "f", "{}")], [callDelta(1, "b", "g", "{}")]],
      [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    ),
    joins(
      "several in one event are joined by index",
      [
        [callDelta(0, "a", "f", "{"), callDelta(1, "b", "g", "{")],
        [callDelta(0, undefined, undefined, "}"), callDelta(1, undefined, undefined, "}")],
      ],
      [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    ),
    joins(
      "of one index whose id changes each time are one call with the first id",
      [[callDelta(0, "a", "f", '{"x":')], [callDelta(0, "b", undefined, "1")], [callDelta(0, "c", "", "}")]],
      [["a", "f", '{"x":1}']],
    ),
    joins(
      "of one index that repeat the name under a new id while the arguments are incomplete are one call",
      [[callDelta(0, "a", "f", '{"x":')], [callDelta(0, "b", "f", "1}")]],
      [["a", "f", '{"x":1}']],
    ),
    joins(
      "that repeat id and name are one call, and the name is not doubled",
      [[callDelta(0, "a", "f", '{"x":')], [callDelta(0, "a", "f", "1}")]],
      [["a", "f", '{"x":1}']],
    ),
    joins(
      "all with index 0 are separate calls if their names differ",
      [[callDelta(0, "a", "f", '{"x":1')], [callDelta(0, "b", "g", "{}")]],
      [
        ["a", "f", '{"x":1'],
        ["b", "g", "{}"],
      ],
    ),
    joins(
      "all with index 0 and one name are separate calls if their ids differ and the arguments were complete",
      [[callDelta(0, "a", "f", '{"x":1}')], [callDelta(0, "b", "f", '{"x":2}')]],
      [
        ["a", "f", '{"x":1}'],
        ["b", "f", '{"x":2}'],
      ],
    ),
    joins(
      "without an index are joined by id",
      [
        [callDelta(undefined, "a", "f", "{")],
        [callDelta(undefined, "b", "g", "{")],
        [callDelta(undefined, "a", undefined, "}")],
        [callDelta(undefined, "b", undefined, "}")],
      ],
      [
        ["a", "f", "{}"],
        ["b", "g", "{}"],
      ],
    ),
    joins(
      "without index and id belong to the latest call",
      [[callDelta(0, "a", "f", "{")], [callDelta(undefined, undefined, undefined, "}")]],
      [["a", "f", "{}"]],
    ),
    joins(
      "with id: null and name: null belong to the call of their index",
      [[callDelta(0, "a", "f", "{")], [callDelta(0, null, null, "}")]],
      [["a", "f", "{}"]],
    ),
    joins("with arguments that are an object", [[callDelta(0, "a", "f", { x: 1 })]], [["a", "f", '{"x":1}']]),
  ],
);

describeFailures(
  "a stream with",
  ["collect"],
  [
    {
      name: "finish_reason length inside the arguments of a tool call",
      outcome: "keeps the finish_reason and the incomplete arguments",
      responses: [
        httpSseResponse(
          sseEvent(
            chunk([
              { index: 0, delta: { tool_calls: [callDelta(0, "a", "pay", '{"eur":1')] }, finish_reason: "length" },
            ]),
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
  "a stream with",
  ["collect"],
  [
    {
      name: "usage in every chunk",
      outcome: "reports the last usage, not the sum",
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
