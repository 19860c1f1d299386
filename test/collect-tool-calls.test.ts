import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChatCompletionChunk, collect } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { chunk } from "./helpers/wire-chunks.js";

interface Piece {
  index?: number;
  id?: string | null;
  name?: string | null;
  args?: unknown;
}

/** The id of a call that never had one. */
const NONE = undefined as unknown as string;

/** A chunk of tool deltas. */
function tools(...pieces: Piece[]): ChatCompletionChunk {
  const tool_calls = pieces.map(({ index, id, name, args }) => ({
    ...(index !== undefined && { index }),
    ...(id !== undefined && { id }),
    function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
  }));
  return delta({ tool_calls });
}

function delta(fields: object): ChatCompletionChunk {
  return chunk([{ index: 0, delta: fields, finish_reason: null }]) as ChatCompletionChunk;
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
      "the latest call, if its id is unknown, though another call has it as its name",
      [
        { id: "a", name: "f", args: "{" },
        { id: "b", name: "g", args: "[" },
        { id: "f", args: "]" },
      ],
      [
        ["a", "f", "{"],
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
      "a new call, if the one so far is whole without being an object, though it was no JSON before",
      [
        { index: 0, id: "a", name: "f", args: "nu" },
        { index: 0, id: "b", name: "f", args: "ll" },
        { index: 0, id: "c", name: "f", args: "{}" },
      ],
      [
        ["a", "f", "null"],
        ["c", "f", "{}"],
      ],
    ],
    [
      "a new call, if the one so far is whole and long, and each delta has a fresh id and the name",
      [
        { index: 0, id: "a", name: "f", args: '{"query":"a text of more than 40 characters, ' },
        { index: 0, id: "b", name: "f", args: 'in pieces",' },
        { index: 0, id: "c", name: "f", args: '"limit":1}' },
        { index: 0, id: "d", name: "f", args: "{}" },
      ],
      [
        ["a", "f", '{"query":"a text of more than 40 characters, in pieces","limit":1}'],
        ["d", "f", "{}"],
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
      "a new call, if its index is new and it has a name, though its id is known (Gemini)",
      [
        { index: 0, id: "call_0", name: "f", args: '{"x":1}' },
        { index: 1, id: "call_0", name: "f", args: "" },
        { index: 1, args: '{"x":2}' },
        { id: "call_0", args: " " },
      ],
      [
        ["call_0", "f", '{"x":1}'],
        ["call_0", "f", '{"x":2} '],
      ],
    ],
    [
      "a new call, if its index is new and it has a name, though the one so far is incomplete",
      [
        { index: 0, id: "a", name: "f", args: "{" },
        { index: 1, name: "f", args: "{}" },
        { index: 0, args: "}" },
      ],
      [
        ["a", "f", "{}"],
        [NONE, "f", "{}"],
      ],
    ],
    [
      "a new call, if it has a name alone and the one so far is whole",
      [
        { name: "f", args: "{" },
        { args: "}" },
        { name: "f", args: "{}" },
        { name: "g", args: { x: 1 } },
        { name: "g", args: "" },
      ],
      [
        [NONE, "f", "{}"],
        [NONE, "f", "{}"],
        [NONE, "g", '{"x":1}'],
        [NONE, "g", ""],
      ],
    ],
    [
      "the latest call, if it has a name alone and that is not whole",
      [
        { name: "f", args: "{" },
        { name: "f", args: "}" },
      ],
      [[NONE, "f", "{}"]],
    ],
    [
      "a new call, if it repeats the index without an id and the one so far is whole (Gemini's empty ids)",
      [
        { index: 0, id: "", name: "f", args: '{"x":1}' },
        { index: 0, id: "", name: "f", args: '{"x":2}' },
        { index: 0, id: "", name: "g", args: "{}" },
        { index: 0, id: "", name: "g", args: " " },
      ],
      [
        [NONE, "f", '{"x":1}'],
        [NONE, "f", '{"x":2}'],
        [NONE, "g", "{} "],
      ],
    ],
    [
      "the call so far, if that only looks whole: brackets and quotes inside a string",
      [
        { index: 0, id: "a", name: "f", args: '{"x":"}' },
        { index: 0, id: "b", name: "f", args: '\\"]\\' },
        { index: 0, id: "c", name: "f", args: '\\"' },
        { index: 0, id: "d", name: "f", args: "}" },
        { index: 0, id: "e", name: "f", args: '{"y":2}' },
      ],
      [
        ["a", "f", '{"x":"}\\"]\\\\"}'],
        ["e", "f", '{"y":2}'],
      ],
    ],
    [
      "the call so far, if that is closed but no JSON",
      [
        { index: 0, id: "a", name: "f", args: "{x:1, and this is more than a few characters}" },
        { index: 0, id: "b", name: "f", args: "{}" },
      ],
      [["a", "f", "{x:1, and this is more than a few characters}{}"]],
    ],
    [
      "a call whose odd index and odd name count as any other",
      [
        { index: "0" as unknown as number, id: "a", name: "f", args: "{" },
        { index: "0" as unknown as number, args: "}" },
      ],
      [["a", "f", "{}"]],
    ],
    [
      "a call with arguments that are null, a number or a list",
      [
        { index: 0, id: "a", name: "f", args: null },
        { index: 1, id: "b", name: "f", args: 0 },
        { index: 2, id: "c", name: "f", args: [1] },
      ],
      [
        ["a", "f", ""],
        ["b", "f", "0"],
        ["c", "f", "[1]"],
      ],
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
    ["the first call, whatever it has", [{ args: "{" }, { args: "}" }], [[NONE, "", "{}"]]],
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
    const choice = (index: number, id: string) => ({
      index,
      delta: { tool_calls: [{ index: 0, id, function: { name: "f", arguments: "{}" } }] },
      finish_reason: null,
    });
    const { choices } = await collect([chunk([choice(0, "a"), choice(1, "b")]) as ChatCompletionChunk]);
    expect(choices.map(({ message }) => message.tool_calls?.map(({ id }) => id))).toEqual([["a"], ["b"]]);
  });

  it("a custom tool, whose input is joined", async () => {
    const custom = (index: number, custom: object, more: object = {}) => ({ index, ...more, custom });
    const tool_calls = [
      { index: 0, id: "a", type: "custom" },
      custom(0, { name: "sql", input: "select " }),
      custom(0, { input: "1" }),
      custom(1, { name: "sql", input: "" }, { id: "b", type: "custom" }),
      custom(1, { name: "", input: "select 2", x: 1 }),
      { index: 1, type: "custom" },
    ];
    const { choices } = await collect([delta({ tool_calls })]);
    expect(choices[0]?.message.tool_calls).toEqual([
      { id: "a", type: "custom", custom: { name: "sql", input: "select 1" } },
      { id: "b", type: "custom", custom: { name: "sql", input: "select 2", x: 1 } },
    ]);
  });

  it("a call whose empty type and name do not overwrite good ones", async () => {
    const tool_calls = [
      { index: 0, id: "a", type: "function", function: { name: "f", arguments: "{" } },
      { index: 0, id: "", type: "", function: { name: "", arguments: "}" } },
    ];
    const { choices } = await collect([delta({ tool_calls })]);
    expect(choices[0]?.message.tool_calls).toEqual([
      { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
    ]);
  });

  it("nothing: arguments that are nested too deeply to be serialized are refused, without a RangeError", async () => {
    const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    const error = await catchBasetenError(() => collect([tools({ index: 0, id: "a", name: "f", args: deep })]));
    expect(error).toMatchObject({
      name: "BadRequestError",
      message: expect.stringContaining("chunks: expected tool arguments"),
    });
  });

  it("a call with arguments that are nested deeply, in text", async () => {
    const json = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const calls = [
      tools({ index: 0, id: "a", name: "f", args: json }),
      tools({ index: 0, id: "b", name: "f", args: "{}" }),
    ];
    expect(await merged(calls)).toEqual([
      ["a", "f", json],
      ["b", "f", "{}"],
    ]);
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
    ["one id for all, the index of each call", (call) => ({ index: call, id: "id" })],
    ["no id, an index", (call) => ({ index: call })],
    ["neither id nor index", () => ({})],
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
        const ids = calls.map((_, call) => number(call, 0).id);
        expect(await merged(chunks)).toEqual(calls.map(({ name, json }, call) => [ids[call], name, json]));
      }),
      { numRuns: 100 },
    );
  });

  it("are whole again in any order of the calls, by their index", async () => {
    await fc.assert(
      fc.asyncProperty(made, fc.array(fc.nat(), { maxLength: 50 }), async (calls, order) => {
        const queues = calls.map(({ name, json, size }, index) => [
          { index, id: `id-${index}`, name, args: "" },
          ...cut(json, size).map((args) => ({ index, args })),
        ]);
        // The heads come in their order, since a call begins with its name.
        const heads = queues.flatMap((queue) => queue.splice(0, 1));
        const turns = order.flatMap((turn) => queues[turn % queues.length]?.splice(0, 1) ?? []);
        const chunks = [...heads, ...turns, ...queues.flat()].map((piece) => tools(piece));
        expect(await merged(chunks)).toEqual(calls.map(({ name, json }, call) => [`id-${call}`, name, json]));
      }),
      { numRuns: 100 },
    );
  });
});
