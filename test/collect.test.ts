import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { BasetenError, type ChatCompletion, type ChatCompletionChunk, collect, stream } from "../src/index.js";
import { catchBasetenError, catchError } from "./helpers/catch-error.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { readChunks, readVector, replayFetch } from "./helpers/vectors.js";
import { chunk, contentChunk, finishChunk, sseEvent, usageChunk } from "./helpers/wire-chunks.js";

const call = (id: string | undefined, name: string, json: string) => ({
  id,
  type: "function",
  function: { name, arguments: json },
});

/** What the server would have said without a stream. */
const recordings: [string, object, object][] = [
  [
    "openai-parallel",
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: null,
        tool_calls: [call("call_a", "weather", '{"city":"Paris"}'), call("call_b", "weather", '{"city":"Rome"}')],
      },
    },
    {
      id: "chatcmpl-o1",
      created: 1_795_348_800,
      model: "gpt-x",
      service_tier: "default",
      system_fingerprint: "fp_1",
      usage: {
        prompt_tokens: 20,
        completion_tokens: 31,
        total_tokens: 51,
        prompt_tokens_details: { cached_tokens: 0 },
      },
    },
  ],
  [
    "vllm",
    {
      index: 0,
      finish_reason: "stop",
      message: {
        role: "assistant",
        content: "It is sunny ☀.",
        reasoning: "The user asks.",
        reasoning_content: "The user asks.",
      },
    },
    {
      id: "chatcmpl-v1",
      created: 1_795_348_800,
      model: "Qwen/Qwen3-8B",
      usage: { prompt_tokens: 9, completion_tokens: 8, total_tokens: 17 },
    },
  ],
  [
    "sglang",
    {
      index: 0,
      finish_reason: "tool_calls",
      matched_stop: 151_336,
      message: {
        role: "assistant",
        content: null,
        reasoning_content: "Two cities.",
        tool_calls: [call("call_1", "weather", '{"city": "Paris"}'), call("call_2", "time", "{}")],
      },
    },
    {
      id: "sg-1",
      created: 1_795_348_800,
      model: "zai-org/GLM-5",
      usage: { prompt_tokens: 12, completion_tokens: 40, total_tokens: 52, reasoning_tokens: 4 },
    },
  ],
  [
    "baseten-fresh-ids",
    {
      index: 0,
      finish_reason: "tool_calls",
      stop_reason: 200_012,
      message: {
        role: "assistant",
        content: null,
        reasoning_content: "Look it up.",
        tool_calls: [
          call("chatcmpl-tool-01", "weather", '{"city":"Paris"}'),
          call("chatcmpl-tool-05", "weather", '{"city":"Rome"}'),
        ],
      },
    },
    {
      id: "b-1",
      created: 1_795_348_800,
      model: "openai/gpt-oss-120b",
      usage: {
        prompt_tokens: 9,
        completion_tokens: 18,
        total_tokens: 27,
        completion_tokens_details: { reasoning_tokens: 4 },
      },
    },
  ],
  [
    "ollama-index-0",
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: null,
        tool_calls: [
          call("call_x", "weather", '{"city":"Paris"}'),
          call("call_y", "weather", '{"city":"Rome"}'),
          call("call_z", "time", "{}"),
        ],
      },
    },
    { id: "chatcmpl-42", created: 1_795_348_800, model: "llama3.1", system_fingerprint: "fp_ollama" },
  ],
  [
    "tensorrt-llm",
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: "Let me look.",
        tool_calls: [call(undefined, "weather", '{"city":"Paris"}')],
      },
    },
    { id: "t-1", created: 1_795_348_800, model: "trt" },
  ],
];

describe("collect makes of a recorded stream what the call without a stream would have given", () => {
  it.each(recordings)("%s", async (name, choice, more) => {
    const bytes = readVector(name);
    const whole = { ...more, object: "chat.completion", choices: [choice] };
    expect(await collect(stream({ model: MODEL_SLUG, messages }, singleAttempt(replayFetch([bytes]))))).toEqual(whole);
    expect(await collect(await readChunks([...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(whole);
  });

  it("two-choices", async () => {
    const { choices, usage } = await collect(await readChunks([readVector("two-choices")]));
    expect(choices).toMatchObject([
      { index: 0, finish_reason: "stop", message: { role: "assistant", content: "No" } },
      { index: 1, finish_reason: "length", message: { role: "assistant", content: "Yes, sir" } },
    ]);
    expect(choices.map(({ logprobs }) => logprobs?.content?.map(({ token }) => token))).toEqual([
      ["N", "o"],
      ["Yes", ",", " sir"],
    ]);
    expect(usage).toEqual({ prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 });
  });
});

interface Piece {
  index?: number;
  id?: string | null;
  name?: string | null;
  args?: unknown;
}

/** A chunk of tool deltas. */
function tools(...pieces: Piece[]): ChatCompletionChunk {
  const tool_calls = pieces.map(({ index, id, name, args }) => ({
    ...(index !== undefined && { index }),
    ...(id !== undefined && { id }),
    function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
  }));
  return chunk([{ index: 0, delta: { tool_calls }, finish_reason: null }]) as ChatCompletionChunk;
}

async function merged(chunks: ChatCompletionChunk[]): Promise<[string, string, string][]> {
  const { choices } = await collect(chunks);
  return (choices[0]?.message.tool_calls ?? []).map(({ id, function: { name, arguments: json } }) => [id, name, json]);
}

describe("a tool delta goes to", () => {
  it.each<[string, Piece[], [string, string, string][]]>([
    [
      "the call with its index",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: 0, args: "}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "the call with its index, before its id",
      [
        { index: 0, id: "a", name: "f", args: "1" },
        { index: 1, id: "b", name: "g", args: "2" },
        { index: 0, id: "b", args: "3" },
      ],
      [
        ["a", "f", "13"],
        ["b", "g", "2"],
      ],
    ],
    [
      "the call with its index, also out of turn",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: 1, id: "b", name: "g", args: "[" },
        { index: 0, args: "}" },
        { index: 1, args: "]" },
      ],
      [
        ["a", "f", "{}"],
        ["b", "g", "[]"],
      ],
    ],
    [
      "the latest call with its index",
      [
        { index: 0, id: "a", name: "f", args: "{}" },
        { index: 0, id: "b", name: "f", args: "" },
        { index: 0, args: "{}" },
      ],
      [
        ["a", "f", "{}"],
        ["b", "f", "{}"],
      ],
    ],
    [
      "the call with its id, if it has no index",
      [
        { id: "a", name: "f", args: "{" },
        { id: "b", name: "g", args: "[" },
        { id: "a", args: "}" },
        { id: "b", args: "]" },
      ],
      [
        ["a", "f", "{}"],
        ["b", "g", "[]"],
      ],
    ],
    [
      "the call with its id, if its index is unknown",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: 7, id: "a", args: "}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "the latest call, if it has neither",
      [{ id: "a", name: "f", args: "{}" }, { id: "b", name: "g", args: "[" }, { args: "]" }],
      [
        ["a", "f", "{}"],
        ["b", "g", "[]"],
      ],
    ],
    [
      "the latest call, if both are unknown and it has no name",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: 3, id: "x", args: "}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "the call so far, though its id is fresh",
      [
        { index: 0, id: "a", name: "f", args: "" },
        { index: 0, id: "b", args: "{" },
        { index: 0, id: "c", name: "", args: "}" },
        { index: 0, id: "d", name: null, args: " " },
      ],
      [["a", "f", "{} "]],
    ],
    [
      "the call so far, though its id is fresh and it says its name again",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: 0, id: "b", name: "f", args: "}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "the call so far, though that is whole, if its id is the same",
      [
        { index: 0, id: "a", name: "f", args: "{}" },
        { index: 0, id: "a", name: "f", args: "" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "the call so far, though that is whole, if it has no name",
      [
        { index: 0, id: "a", name: "f", args: "{}" },
        { index: 0, id: "b", args: "\n" },
      ],
      [["a", "f", "{}\n"]],
    ],
    [
      "the call so far, though that is whole, if it has no id",
      [
        { index: 0, id: "a", name: "f", args: "{}" },
        { index: 0, name: "f", args: " " },
      ],
      [["a", "f", "{} "]],
    ],
    [
      "a call whose first name wins",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: 0, id: "a", name: "g", args: "}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "a new call, if the one so far is whole",
      [
        { index: 0, id: "a", name: "f", args: '{"x":1}' },
        { index: 0, id: "b", name: "f", args: '{"x":2}' },
      ],
      [
        ["a", "f", '{"x":1}'],
        ["b", "f", '{"x":2}'],
      ],
    ],
    [
      "a new call, if the one so far is whole but for blanks behind it",
      [
        { index: 0, id: "a", name: "f", args: '{"x":1}' },
        { index: 0, id: "a", args: "\n" },
        { index: 0, id: "b", name: "f", args: '{"x":2}' },
      ],
      [
        ["a", "f", '{"x":1}\n'],
        ["b", "f", '{"x":2}'],
      ],
    ],
    [
      "a new call, if the one so far is whole without being an object",
      [
        { index: 0, id: "a", name: "f", args: "nu" },
        { index: 0, id: "a", args: "ll" },
        { index: 0, id: "b", name: "f", args: "5" },
        { index: 0, id: "c", name: "f", args: '"x' },
        { index: 0, id: "d", name: "f", args: '"' },
      ],
      [
        ["a", "f", "null"],
        ["b", "f", "5"],
        ["c", "f", '"x"'],
      ],
    ],
    [
      "the latest call, if its index is null",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: null as unknown as number, id: "b", name: "f", args: "}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "a new call, if its name differs",
      [
        { index: 0, id: "a", name: "f", args: "" },
        { index: 0, id: "b", name: "g", args: "{}" },
      ],
      [
        ["a", "f", ""],
        ["b", "g", "{}"],
      ],
    ],
    ["the first call, whatever it has", [{ args: "{" }, { args: "}" }], [[undefined as unknown as string, "", "{}"]]],
    [
      "a call whose id and name come late",
      [
        { index: 0, args: "" },
        { index: 0, id: "a", name: "f" },
        { index: 0, args: "{}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "a call with arguments that are an object",
      [{ index: 0, id: "a", name: "f", args: { x: [1] } }],
      [["a", "f", '{"x":[1]}']],
    ],
  ])("%s", async (_, pieces, calls) => {
    expect(await merged(pieces.map((piece) => tools(piece)))).toEqual(calls);
    // Several deltas of one event all count.
    expect(await merged([tools(...pieces)])).toEqual(calls);
  });

  it("each choice's own calls", async () => {
    const delta = (index: number, id: string) => ({
      index,
      delta: { tool_calls: [{ index: 0, id, function: { name: "f", arguments: "{}" } }] },
      finish_reason: null,
    });
    const { choices } = await collect([chunk([delta(0, "a"), delta(1, "b")]) as ChatCompletionChunk]);
    expect(choices.map(({ message }) => message.tool_calls?.map(({ id }) => id))).toEqual([["a"], ["b"]]);
  });

  it("keeps its other fields", async () => {
    const call = {
      index: 0,
      id: "a",
      type: "function",
      function: { name: "f", arguments: "{}" },
      extra_content: { x: 1 },
    };
    const { choices } = await collect([
      chunk([{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }]) as ChatCompletionChunk,
    ]);
    const { index, ...kept } = call;
    expect(choices[0]?.message.tool_calls).toEqual([kept]);
  });
});

describe("tool calls in pieces of any size", () => {
  const json = fc
    .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 })
    .map((value) => JSON.stringify(value));
  const made = fc.array(fc.record({ name: fc.constantFrom("f", "g"), json, size: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 4,
  });
  const cut = (text: string, size: number) => text.match(new RegExp(`.{1,${size}}`, "gsu")) ?? [];

  /** How engines number the pieces of the calls: the first piece has the name. */
  const engines: [string, (call: number, piece: number) => Piece][] = [
    ["an id once, an index always", (call, piece) => ({ index: call, ...(piece === 0 && { id: `id-${call}` }) })],
    ["an id and an index always", (call) => ({ index: call, id: `id-${call}` })],
    [
      "a fresh id and an index always",
      (call, piece) => ({ index: call, id: piece === 0 ? `id-${call}` : `id-${call}-${piece}` }),
    ],
    [
      "a fresh id and an index once",
      (call, piece) => ({
        ...(piece === 0 && { index: call }),
        id: piece === 0 ? `id-${call}` : `id-${call}-${piece}`,
      }),
    ],
    ["an id always, no index", (call) => ({ id: `id-${call}` })],
    ["an id once, the index 0 always", (call, piece) => ({ index: 0, ...(piece === 0 && { id: `id-${call}` }) })],
    [
      "a fresh id and the index 0 always",
      (call, piece) => ({ index: 0, id: piece === 0 ? `id-${call}` : `id-${call}-${piece}` }),
    ],
  ];

  it.each(engines)("%s: are whole again", async (_, number) => {
    await fc.assert(
      fc.asyncProperty(made, fc.boolean(), async (calls, together) => {
        const pieces = calls.flatMap(({ name, json, size }, call) =>
          ["", ...cut(json, size)].map((args, piece) => ({
            ...number(call, piece),
            args,
            ...(piece === 0 && { name }),
          })),
        );
        const chunks = together ? [tools(...pieces)] : pieces.map((piece) => tools(piece));
        expect(await merged(chunks)).toEqual(calls.map(({ name, json }, call) => [`id-${call}`, name, json]));
      }),
      { numRuns: 300 },
    );
  });
});

const delta = (fields: object, more: object = {}) =>
  chunk([{ index: 0, delta: fields, finish_reason: null, ...more }]) as ChatCompletionChunk;

describe("of a message", () => {
  it.each<[string, object[], object]>([
    [
      "content is joined",
      [{ content: "a" }, { content: "b" }, {}, { content: null }, { content: "c" }],
      { content: "abc" },
    ],
    ["content that never came is null", [{ role: "assistant" }], { content: null }],
    ["empty content is empty", [{ content: "" }], { content: "" }],
    [
      "refusal is joined",
      [{ refusal: "I " }, { refusal: null }, { refusal: "won't" }],
      { refusal: "I won't", content: null },
    ],
    [
      "reasoning_content is joined",
      [{ reasoning_content: "a" }, { reasoning_content: "b" }],
      { reasoning_content: "ab" },
    ],
    ["a missing role is assistant", [{ content: "a" }], { role: "assistant" }],
    ["a role is kept", [{ role: "tool" }, { content: "a" }], { role: "tool" }],
    ["an unknown field is the last that is not null", [{ x: 1 }, { x: [2] }, { x: null }], { x: [2] }],
    [
      "false and 0 and an empty text are not null",
      [
        { x: 1, y: 1, z: "a" },
        { x: false, y: 0, z: "" },
      ],
      { x: false, y: 0, z: "" },
    ],
    [
      "empty content beside tool calls is null",
      [{ content: "" }, { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }] }],
      { content: null },
    ],
    [
      "content beside tool calls stays",
      [{ content: "Look:" }, { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }] }],
      { content: "Look:" },
    ],
    ["tool_calls that are null are none", [{ content: "", tool_calls: null }], { content: "" }],
  ])("%s", async (_, deltas, message) => {
    const { choices } = await collect(deltas.map((fields) => delta(fields)));
    expect(choices.length).toBe(1);
    expect(choices[0]?.message).toMatchObject(message);
  });

  it("tool_calls are there only if there are some", async () => {
    const { choices } = await collect([delta({ content: "a", tool_calls: [] })]);
    expect(choices[0]?.message).toEqual({ role: "assistant", content: "a" });
  });
});

describe("of a completion", () => {
  it("fields are the last that is not null, its object is its own", async () => {
    const whole = await collect([
      chunk([], { x: 1, created: 5, system_fingerprint: "a" }),
      chunk([], { x: null, y: 2, model: "later/model" }),
      chunk([], { usage: null }),
    ] as ChatCompletionChunk[]);
    expect(whole).toEqual({
      id: "chat-1",
      object: "chat.completion",
      created: 1,
      model: "test/model",
      ...{ x: 1, y: 2, system_fingerprint: "a" },
      choices: [],
    });
  });

  it("usage is the last one seen, never a sum", async () => {
    const chunks = [chunk([], { usage: { total_tokens: 3 } }), usageChunk(2), chunk([], { usage: null })];
    expect((await collect(chunks as ChatCompletionChunk[])).usage).toEqual({
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
    });
  });

  it("choices come by their index, with fields of their own", async () => {
    const { choices } = await collect([
      contentChunk("b", 2),
      contentChunk("a", 0),
      chunk([{ index: 2, delta: {}, finish_reason: "stop", stop_reason: 7 }]),
      finishChunk("length", 0),
    ] as ChatCompletionChunk[]);
    expect(choices).toMatchObject([
      { index: 0, finish_reason: "length", message: { content: "a" } },
      { index: 2, finish_reason: "stop", stop_reason: 7, message: { content: "b" } },
    ]);
  });

  it("a finish_reason stays, whatever null comes later, and is null if none came", async () => {
    const chunks = [contentChunk("a"), finishChunk("stop"), contentChunk("")];
    expect((await collect(chunks as ChatCompletionChunk[])).choices[0]?.finish_reason).toBe("stop");
    expect((await collect([contentChunk("a")] as ChatCompletionChunk[])).choices[0]?.finish_reason).toBe(null);
  });

  it("logprobs are joined, both kinds", async () => {
    const token = (token: string) => ({ token, logprob: -1, bytes: null, top_logprobs: [] });
    const { choices } = await collect([
      delta({}, { logprobs: { content: [token("a")], refusal: null } }),
      delta({}, { logprobs: null }),
      delta({}, { logprobs: { content: null, refusal: [token("x"), token("y")] } }),
      delta({}, { logprobs: { content: [token("b")], refusal: [] } }),
    ]);
    expect(choices[0]?.logprobs).toEqual({ content: [token("a"), token("b")], refusal: [token("x"), token("y")] });
  });
});

describe("the chunks", () => {
  const chunks = [contentChunk("Hel"), contentChunk("lo"), finishChunk(), usageChunk()] as ChatCompletionChunk[];
  const part: Partial<ChatCompletion> = {
    id: "chat-1",
    object: "chat.completion",
    choices: [{ index: 0, finish_reason: null, message: { role: "assistant", content: "Hello" } }],
  };

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
