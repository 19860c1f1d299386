import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { toUIMessageStream, type UIMessageChunk } from "../../src/ai-sdk/index.js";
import { type ChatCompletionChunk, collect, runTools, type ToolContext } from "../../src/index.js";
import { createLatch } from "../helpers/latch.js";
import { readChunks } from "../helpers/read-stream.js";
import { recordedFetch } from "../helpers/recorded-fetch.js";
import { REQUEST, singleAttempt } from "../helpers/requests.js";
import { textResponse, toolCallsResponse } from "../helpers/tool-responses.js";
import { readVector } from "../helpers/vectors.js";
import { contentChunk, finishChunk } from "../helpers/wire-chunks.js";
import { readAll, readParts, readStepParts, toolCall, toolChunk } from "./read-parts.js";

const weather = (args: string, more: object = {}) => ({ index: 0, function: { arguments: args }, ...more });
const start = { index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } };

describe("a tool call that streams in", () => {
  it("is started, streamed, and available with its input once the answer is complete", async () => {
    const chunks = [toolChunk(start), toolChunk(weather('{"city":')), toolChunk(weather('"Rome"}'))];
    expect(await readStepParts(...chunks, finishChunk("tool_calls"))).toEqual([
      { type: "tool-input-start", toolCallId: "call_1", toolName: "weather" },
      { type: "tool-input-delta", toolCallId: "call_1", inputTextDelta: '{"city":' },
      { type: "tool-input-delta", toolCallId: "call_1", inputTextDelta: '"Rome"}' },
      { type: "tool-input-available", toolCallId: "call_1", toolName: "weather", input: { city: "Rome" } },
    ]);
  });

  it("ends the text before it, and text behind it is a block of its own", async () => {
    const parts = await readStepParts(contentChunk("Look:"), toolChunk(start), contentChunk("Done"));
    expect(parts.map(({ type }) => type)).toEqual([
      "text-start",
      "text-delta",
      "text-end",
      "tool-input-start",
      "text-start",
      "text-delta",
      "text-end",
      "tool-input-available",
    ]);
  });

  it("has an empty input if the model sent no arguments", async () => {
    expect(await readStepParts(toolChunk(start))).toContainEqual(
      expect.objectContaining({ type: "tool-input-available", input: {} }),
    );
  });

  it("is an error if its arguments are not JSON", async () => {
    const parts = await readStepParts(toolChunk(start), toolChunk(weather("{oops")), finishChunk("tool_calls"));
    expect(parts.at(-1)).toEqual({
      type: "tool-input-error",
      toolCallId: "call_1",
      toolName: "weather",
      input: "{oops",
      errorText: "arguments are not valid JSON",
    });
  });

  it("stays without input, and unanswered, if max_tokens cut its arguments off", async () => {
    const parts = await readParts(toolChunk(start), toolChunk(weather('{"city":"Ro')), finishChunk("length"));
    expect(parts.map(({ type }) => type)).not.toContain("tool-input-available");
    expect(parts.map(({ type }) => type)).not.toContain("tool-input-error");
    expect(parts.at(-1)).toEqual({ type: "finish", finishReason: "length" });
  });

  it("is never available if the stream fails", async () => {
    const parts = await readParts(toolChunk(start), toolChunk(weather("{}")), new TypeError("terminated"));
    expect(parts.map(({ type }) => type)).not.toContain("tool-input-available");
  });
});

/** The calls of a UI message as `collect` writes them. */
function readCalls(parts: UIMessageChunk[]) {
  return parts.flatMap((part) =>
    part.type === "tool-input-available" ? [{ name: part.toolName, input: part.input }] : [],
  );
}

async function collectCalls(chunks: ChatCompletionChunk[]) {
  const calls = (await collect(chunks)).choices[0]?.message.tool_calls ?? [];
  return calls.map(({ function: { name, arguments: args } }) => ({ name, input: JSON.parse(args) }));
}

describe("the tool calls of a UI message are those of collect", () => {
  const vectors = ["baseten-fresh-ids", "ollama-index-0", "openai-parallel", "sglang", "tensorrt-llm", "vllm"];
  it.each(vectors)("for the recorded stream %s", async (name) => {
    const chunks = await readChunks([readVector(name)]);
    expect(readCalls(await readParts(...chunks))).toEqual(await collectCalls(chunks));
  });

  /** Deltas of calls whose arguments come in two pieces, with whatever ids and indices a server gives them. */
  const delta = fc.record({
    index: fc.option(fc.nat(2), { nil: undefined }),
    id: fc.option(fc.constantFrom("a", "b", ""), { nil: undefined }),
    function: fc.record({
      name: fc.option(fc.constantFrom("f", "g", ""), { nil: undefined }),
      arguments: fc.constantFrom("{}", '{"x":', "1}", "", "2"),
    }),
  });

  it("for any sequence of deltas that begins with a name", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(delta, { maxLength: 6 }), async (deltas) => {
        const chunks = [start, ...deltas].map((each) => toolChunk(each) as ChatCompletionChunk);
        const expected = (await collect(chunks)).choices[0]?.message.tool_calls ?? [];
        const parts = await readParts(...chunks);
        const texts = new Map<string, string>();
        for (const part of parts) {
          if (part.type === "tool-input-start") texts.set(part.toolCallId, "");
          if (part.type === "tool-input-delta") {
            texts.set(part.toolCallId, texts.get(part.toolCallId) + part.inputTextDelta);
          }
        }
        expect([...texts.values()]).toEqual(expected.map((call) => call.function.arguments));
      }),
    );
  });

  it("without parsing long arguments at each delta, although each has an id and a name", async () => {
    const pieces = ['{"text":"', ...Array<string>(100).fill("more "), '"}'];
    const parse = vi.spyOn(JSON, "parse");
    onTestFinished(() => parse.mockRestore());
    const deltas = pieces.map((args, index) => ({ index: 0, ...toolCall(`call_${index}`, "weather", args) }));
    await readStepParts(...deltas.map((delta) => toolChunk(delta)));
    const parsed = parse.mock.calls.filter(([text]) => text.length > 100);
    expect(parsed).toEqual([[pieces.join("")]]);
  });

  it("also if two have one id, or none: each has a toolCallId of its own", async () => {
    const twins = [0, 1].map((index) => ({ index, id: "same", function: { name: `f${index}`, arguments: "{}" } }));
    const nameless = [2, 3].map((index) => ({ index, function: { name: `f${index}`, arguments: "{}" } }));
    const parts = await readStepParts(toolChunk(...twins, ...nameless));
    const ids = parts.flatMap((part) => (part.type === "tool-input-available" ? [part.toolCallId] : []));
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toBe("same");
  });
});

describe("the events of a tool loop", () => {
  const call = toolCall("call_1", "weather", '{"city":"Rome"}');

  it("show a result in the step of its call, and the next answer as a step of its own", async () => {
    const parts = await readParts(
      { type: "chunk", chunk: toolChunk({ ...start, function: { name: "weather", arguments: '{"city":"Rome"}' } }) },
      { type: "chunk", chunk: finishChunk("tool_calls") },
      { type: "tool-call", call },
      { type: "tool-result", call, result: { degrees: 21 } },
      { type: "chunk", chunk: contentChunk("21 degrees") },
      { type: "chunk", chunk: finishChunk() },
      { type: "finish", completion: {}, messages: [], pending: [] },
    );
    expect(parts).toEqual([
      { type: "start" },
      { type: "start-step" },
      { type: "tool-input-start", toolCallId: "call_1", toolName: "weather" },
      { type: "tool-input-delta", toolCallId: "call_1", inputTextDelta: '{"city":"Rome"}' },
      { type: "tool-input-available", toolCallId: "call_1", toolName: "weather", input: { city: "Rome" } },
      { type: "tool-output-available", toolCallId: "call_1", output: { degrees: 21 } },
      { type: "finish-step" },
      { type: "start-step" },
      { type: "text-start", id: "text-0" },
      { type: "text-delta", id: "text-0", delta: "21 degrees" },
      { type: "text-end", id: "text-0" },
      { type: "finish-step" },
      { type: "finish", finishReason: "stop" },
    ]);
  });

  it.each([
    ["the message of what the tool threw", new Error("no such city"), "no such city"],
    ["what it threw, if that is not an Error", "no such city", "no such city"],
  ])("show %s", async (_, error, errorText) => {
    const parts = await readParts({ type: "tool-call", call }, { type: "tool-result", call, error });
    expect(parts).toContainEqual({ type: "tool-output-error", toolCallId: "call_1", errorText });
  });

  it("show a result that is undefined as null, which JSON can hold", async () => {
    const parts = await readParts({ type: "tool-call", call }, { type: "tool-result", call, result: undefined });
    expect(parts).toContainEqual({ type: "tool-output-available", toolCallId: "call_1", output: null });
  });

  it("match the results of calls with one id in the order of the calls", async () => {
    const twins = ["f", "g"].map((name) => toolCall("same", name));
    const parts = await readParts(
      ...twins.map((each) => ({ type: "tool-call", call: each })),
      ...twins.map((each) => ({ type: "tool-result", call: each, result: each.function.name })),
    );
    const outputs = parts.filter(({ type }) => type === "tool-output-available");
    expect(outputs).toEqual([
      { type: "tool-output-available", toolCallId: "same", output: "f" },
      { type: "tool-output-available", toolCallId: "same-1", output: "g" },
    ]);
  });

  it("come out of runTools: a tool that runs, and one that is left to the page", async () => {
    const fetch = recordedFetch(
      toolCallsResponse([{ name: "weather", arguments: { city: "Rome" } }]),
      toolCallsResponse([{ name: "confirm", arguments: { text: "Book?" } }]),
      textResponse("never asked for"),
    );
    const parameters = { type: "object", properties: {} };
    const tools = {
      weather: { parameters, execute: async () => "sunny" },
      confirm: { parameters },
    };
    const parts = await readAll(toUIMessageStream(runTools(REQUEST, tools, singleAttempt(fetch))));
    expect(fetch.calls).toHaveLength(2);
    expect(parts.filter(({ type }) => /step|available|finish$/.test(type))).toEqual([
      { type: "start-step" },
      { type: "tool-input-available", toolCallId: "call_0", toolName: "weather", input: { city: "Rome" } },
      { type: "tool-output-available", toolCallId: "call_0", output: "sunny" },
      { type: "finish-step" },
      { type: "start-step" },
      { type: "tool-input-available", toolCallId: "call_0-1", toolName: "confirm", input: { text: "Book?" } },
      { type: "finish-step" },
      { type: "finish", finishReason: "tool-calls" },
    ]);
  });

  it("are closed with the stream: a tool that runs is aborted", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]));
    const latch = createLatch();
    const execute = (_: unknown, { signal }: ToolContext) => {
      signal.addEventListener("abort", () => latch.emit("aborted"));
      latch.emit("started");
      return new Promise<string>(() => {});
    };
    const tools = { weather: { parameters: { type: "object" }, execute } };
    const reader = toUIMessageStream(runTools(REQUEST, tools, singleAttempt(fetch))).getReader();
    for (let type = ""; type !== "tool-input-available"; ) type = (await reader.read()).value?.type ?? "";
    const pending = reader.read();
    await latch.waitFor("started");
    await reader.cancel();
    await latch.waitFor("aborted");
    expect((await pending).done).toBe(true);
  });
});
