import { type } from "arktype";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import {
  type ChatCompletion,
  type Message,
  type RunToolsOptions,
  runTools,
  type ToolContext,
  type ToolEvent,
  type ToolFinishEvent,
} from "../src/index.js";
import { catchBasetenError, catchError, expectRefusal } from "./helpers/catch-error.js";
import { createLatch } from "./helpers/latch.js";
import { countAbortListeners, flushEventLoop, startLeakCheck, withTimeout } from "./helpers/leak-check.js";
import {
  jsonResponse,
  type RecordedFetch,
  recordedFetch,
  scriptedBody,
  sseResponse,
} from "./helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { textResponse, toolCallsResponse } from "./helpers/tool-responses.js";
import { completionBody, contentChunk, sseEvent } from "./helpers/wire-chunks.js";

const request = { model: MODEL_SLUG, messages };
const city = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const FINISHED = { done: true, value: undefined };

/** Definitions whose types are not checked here: test/run-tools.test-d.ts does that. */
type Definitions = Record<string, object>;

interface LoopResult {
  events: ToolEvent[];
  finish: ToolFinishEvent;
  value: ChatCompletion | undefined;
}

function start(fetch: RecordedFetch, tools: Definitions, options: RunToolsOptions = {}, more: object = {}) {
  return runTools({ ...request, ...more }, tools as never, { ...singleAttempt(fetch), ...options });
}

/** Runs a loop to its end. */
async function run(...parameters: Parameters<typeof start>): Promise<LoopResult> {
  const loop = start(...parameters);
  const events: ToolEvent[] = [];
  for (;;) {
    const { done, value } = await withTimeout(loop.next(), "the next event");
    if (done) return { events, finish: events.at(-1) as ToolFinishEvent, value };
    events.push(value);
  }
}

/** The events but the chunks, in short. */
function summarize(events: ToolEvent[]): unknown[] {
  return events
    .filter((event) => event.type !== "chunk")
    .map((event) => {
      if (event.type === "tool-call") return `call ${event.call.function.name}`;
      if (event.type === "finish") return `finish, pending ${event.pending.map(({ id }) => id).join(" ") || "none"}`;
      return "error" in event ? `error: ${(event.error as Error).message}` : `result ${JSON.stringify(event.result)}`;
    });
}

const sentBody = (fetch: RecordedFetch, index: number) => JSON.parse(String(fetch.calls[index]?.init.body));
const sentMessages = (fetch: RecordedFetch, index: number): Message[] => sentBody(fetch, index).messages;
const toolMessages = (list: Message[]) => list.filter(({ role }) => role === "tool");

describe("runTools", () => {
  it("calls the model, runs the tool that it calls, sends the result back and ends with the answer", async () => {
    const fetch = recordedFetch(
      toolCallsResponse([{ name: "weather", arguments: { city: "Paris" } }]),
      textResponse("Sunny."),
    );
    const execute = vi.fn(() => ({ sky: "clear" }));
    const { events, finish, value } = await run(fetch, {
      weather: { description: "The weather", parameters: city, execute },
    });
    expect(summarize(events)).toEqual(["call weather", 'result {"sky":"clear"}', "finish, pending none"]);
    expect(execute.mock.calls).toEqual([
      [{ city: "Paris" }, { signal: expect.any(AbortSignal), call: expect.objectContaining({ id: "call_0" }) }],
    ]);
    expect(sentBody(fetch, 0)).toMatchObject({
      stream: true,
      messages,
      tools: [{ type: "function", function: { name: "weather", description: "The weather", parameters: city } }],
    });
    const call = { id: "call_0", type: "function", function: { name: "weather", arguments: '{"city":"Paris"}' } };
    const conversation = [
      ...messages,
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_0", content: '{"sky":"clear"}' },
    ];
    expect(sentMessages(fetch, 1)).toEqual(conversation);
    expect(finish.messages).toEqual([...conversation, { role: "assistant", content: "Sunny." }]);
    expect(finish.completion.choices[0]?.message.content).toBe("Sunny.");
    expect(value).toBe(finish.completion);
  });

  it("yields every chunk of every answer, in order", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]), textResponse("Sunny."));
    const { events } = await run(fetch, { weather: { parameters: city, execute: () => "clear" } });
    expect(events.map(({ type }) => type)).toEqual([
      ...["chunk", "chunk", "chunk", "tool-call", "tool-result"],
      ...["chunk", "chunk", "chunk", "finish"],
    ]);
  });

  it("does not modify the request, and sends nothing before the first next()", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]), textResponse("Sunny."));
    const frozen = Object.freeze({ messages: Object.freeze([...messages]), tools: Object.freeze([]) });
    const loop = start(fetch, { weather: { parameters: city, execute: () => "clear" } }, {}, frozen);
    await flushEventLoop();
    expect(fetch.calls).toEqual([]);
    for await (const _ of loop);
    expect(fetch.calls.length).toBe(2);
    expect(frozen.messages).toEqual(messages);
  });

  it("sends no empty list of tools", async () => {
    const fetch = recordedFetch(textResponse("Hello"));
    await run(fetch, {});
    expect(sentBody(fetch, 0)).not.toHaveProperty("tools");
  });

  it("runs the tools of a server that answers without a stream", async () => {
    const call = { id: "a", type: "function", function: { name: "weather", arguments: { city: "Paris" } } };
    const message = { role: "assistant", content: null, tool_calls: [call] };
    const whole = { ...completionBody(""), choices: [{ index: 0, message, finish_reason: "tool_calls" }] };
    const fetch = recordedFetch(jsonResponse(whole), jsonResponse(completionBody("Sunny.")));
    const { events } = await run(fetch, {
      weather: { parameters: city, execute: ({ city }: { city: string }) => city },
    });
    expect(summarize(events)).toEqual(["call weather", 'result "Paris"', "finish, pending none"]);
  });

  it("gives a call without an id one, so that its tool message can refer to it", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather", id: "" }]), textResponse("Sunny."));
    const { finish } = await run(fetch, { weather: { parameters: city, execute: () => "clear" } });
    const [, assistant, tool] = finish.messages;
    const id = assistant?.role === "assistant" && assistant.tool_calls?.[0]?.id;
    expect(id).toMatch(/./);
    expect(tool).toMatchObject({ tool_call_id: id });
  });

  it("returns the last completion once, as a generator does", async () => {
    const loop = start(recordedFetch(textResponse("Hello")), {});
    let step = await loop.next();
    while (!step.done) step = await loop.next();
    expect(step.value?.choices[0]?.message.content).toBe("Hello");
    expect(await loop.next()).toEqual(FINISHED);
  });

  it("keeps the reasoning of an answer in the conversation", async () => {
    const delta = { reasoning_content: "Hm.", content: "Hello" };
    const answer = { choices: [{ index: 0, delta, finish_reason: "stop" }] };
    const { finish } = await run(recordedFetch(sseResponse([sseEvent(answer)])), {});
    expect(finish.messages.at(-1)).toEqual({ role: "assistant", content: "Hello", reasoning_content: "Hm." });
  });
});

it("takes a module whose exports are the tools", async () => {
  const code = "export const weather = { parameters: { type: 'object' }, execute: () => 'clear' };";
  const tools = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const { events } = await run(
    recordedFetch(toolCallsResponse([{ name: "weather", id: "a" }]), textResponse("Hello")),
    tools,
  );
  expect(summarize(events)).toEqual(["call weather", 'result "clear"', "finish, pending none"]);
});

describe("the result of a tool", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  it.each<[string, () => unknown, string]>([
    ["a string, as it is", () => 'say "hi"', 'say "hi"'],
    ["an empty string", () => "", ""],
    ["an object, as JSON", () => ({ a: [1] }), '{"a":[1]}'],
    ["a promise, awaited", async () => 42, "42"],
    ["undefined, as null", () => undefined, "null"],
    ["null", () => null, "null"],
    ["what JSON cannot hold, as an error", () => cyclic, "Error: Converting circular structure to JSON"],
    [
      "a thrown error, as its message",
      () => {
        throw new Error("no such city");
      },
      "Error: no such city",
    ],
    ["a rejection, as its message", () => Promise.reject(new TypeError("offline")), "Error: offline"],
    ["a thrown string", () => Promise.reject("offline"), "Error: offline"],
    ["a thrown object without a message", () => Promise.reject(Object.create(null)), "Error: the tool failed"],
  ])("is sent to the model: %s", async (_, execute, content) => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]), textResponse("Done."));
    const { finish } = await run(fetch, { weather: { parameters: city, execute } });
    expect(toolMessages(sentMessages(fetch, 1))).toEqual([
      { role: "tool", tool_call_id: "call_0", content: expect.stringContaining(content) },
    ]);
    expect(finish.pending).toEqual([]);
  });
});

describe("the calls of one answer", () => {
  it("run side by side, and their results are in the order of the calls", async () => {
    const order: string[] = [];
    const latch = createLatch();
    const tools = {
      slow: {
        parameters: city,
        execute: async () => {
          order.push("slow began");
          await latch.waitFor("fast ended");
          return "slow";
        },
      },
      fast: {
        parameters: city,
        execute: () => {
          order.push("fast began");
          latch.emit("fast ended");
          return "fast";
        },
      },
    };
    const fetch = recordedFetch(
      toolCallsResponse([{ name: "slow" }, { name: "fast" }, { name: "slow" }]),
      textResponse("Done."),
    );
    const { events } = await run(fetch, tools);
    expect(order).toEqual(["slow began", "fast began", "slow began"]);
    expect(summarize(events)).toEqual([
      ...["call slow", "call fast", "call slow"],
      ...['result "slow"', 'result "fast"', 'result "slow"', "finish, pending none"],
    ]);
    expect(
      toolMessages(sentMessages(fetch, 1)).map((message) => "tool_call_id" in message && message.tool_call_id),
    ).toEqual(["call_0", "call_1", "call_2"]);
  });

  it("are all announced before any of them runs, so that a caller can leave", async () => {
    const execute = vi.fn();
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }, { name: "weather" }]));
    for await (const event of start(fetch, { weather: { parameters: city, execute } })) {
      if (event.type === "tool-call" && event.call.id === "call_1") break;
    }
    await flushEventLoop();
    expect(execute).not.toHaveBeenCalled();
    expect(fetch.calls.length).toBe(1);
  });
});

describe("a call that cannot run is told to the model, not thrown", () => {
  const weather = z.object({ city: z.string() });

  it.each<[string, string, unknown, RegExp]>([
    ["of an unknown tool", "time", {}, /no tool is named "time"/],
    ["of a name that every object has", "constructor", {}, /no tool is named "constructor"/],
    ["with arguments that are not JSON", "weather", '{"city":', /the arguments are not JSON/],
    ["with arguments that do not fit", "weather", { city: 5 }, /the arguments do not fit: city: .*string/],
    ["with no arguments where some are required", "weather", "", /the arguments do not fit: city: /],
  ])("%s", async (_, name, args, content) => {
    const execute = vi.fn();
    const fetch = recordedFetch(toolCallsResponse([{ name, arguments: args }]), textResponse("Sorry."));
    const { events, finish } = await run(fetch, { weather: { parameters: weather, execute } });
    expect(execute).not.toHaveBeenCalled();
    expect(events.filter(({ type }) => type === "tool-result")).toEqual([
      {
        type: "tool-result",
        call: expect.anything(),
        error: expect.objectContaining({ name: "InvalidResponseError" }),
      },
    ]);
    expect(toolMessages(sentMessages(fetch, 1))).toEqual([
      { role: "tool", tool_call_id: "call_0", content: expect.stringMatching(content) },
    ]);
    expect(finish.pending).toEqual([]);
  });

  it("while the other calls of the answer run", async () => {
    const fetch = recordedFetch(
      toolCallsResponse([{ name: "time" }, { name: "weather", arguments: { city: "Rome" } }]),
      textResponse("Done."),
    );
    const { events } = await run(fetch, {
      weather: { parameters: weather, execute: ({ city }: { city: string }) => city },
    });
    expect(summarize(events).slice(2, 4)).toEqual(['error: no tool is named "time"', 'result "Rome"']);
  });

  it("and a schema that does not fit gives its issues", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather", arguments: {} }]), textResponse("Sorry."));
    const { events } = await run(fetch, { weather: { parameters: weather, execute: () => "" } });
    const [result] = events.filter(({ type }) => type === "tool-result");
    expect(result).toMatchObject({ error: { issues: [{ path: ["city"] }] } });
  });
});

describe("the arguments of a tool", () => {
  it.each<[string, object, unknown, unknown]>([
    ["are what Zod's transforms make of them", z.object({ n: z.string().transform(Number) }), { n: "5" }, { n: 5 }],
    ["have Zod's defaults", z.object({ unit: z.string().default("C") }), {}, { unit: "C" }],
    ["are validated by ArkType", type({ city: "string" }), { city: "Rome" }, { city: "Rome" }],
    ["of a plain JSON Schema are whatever the JSON holds", city, [1], [1]],
    ["are {} where the model wrote nothing", { type: "object" }, "", {}],
    ["are {} where the model wrote blanks", { type: "object" }, " \n", {}],
  ])("%s", async (_, parameters, args, expected) => {
    const execute = vi.fn(() => "done");
    const fetch = recordedFetch(toolCallsResponse([{ name: "tool", arguments: args }]), textResponse("Done."));
    await run(fetch, { tool: { parameters, execute } });
    expect(execute).toHaveBeenCalledWith(expected, expect.anything());
  });

  it("are described to the model by the schema's input side, not made strict", async () => {
    const fetch = recordedFetch(textResponse("Hello"));
    await run(fetch, {
      zod: { parameters: z.object({ n: z.string().transform(Number), unit: z.string().optional() }) },
      arktype: { parameters: type({ city: "string" }) },
    });
    expect(sentBody(fetch, 0).tools).toMatchObject([
      {
        function: {
          name: "zod",
          parameters: {
            type: "object",
            properties: { n: { type: "string" }, unit: { type: "string" } },
            required: ["n"],
          },
        },
      },
      { function: { name: "arktype", parameters: { type: "object", properties: { city: { type: "string" } } } } },
    ]);
    expect(sentBody(fetch, 0).tools[0].function).not.toHaveProperty("strict");
    expect(sentBody(fetch, 0).tools[0].function.parameters).not.toHaveProperty("additionalProperties");
  });
});

describe("a pending call ends the loop", () => {
  const execute = () => "clear";
  const listed = { type: "function", function: { name: "confirm", parameters: { type: "object" } } };

  it.each<[string, Definitions, object]>([
    ["of a tool without execute", { confirm: { parameters: city } }, {}],
    ["of a function in request.tools", {}, { tools: [listed] }],
  ])("%s, after the other calls of the answer have run", async (_, more, fields) => {
    const calls = [
      { name: "confirm", id: "a" },
      { name: "weather", id: "b" },
      { name: "confirm", id: "c" },
    ];
    const fetch = recordedFetch(toolCallsResponse(calls));
    const { events, finish } = await run(fetch, { weather: { parameters: city, execute }, ...more }, {}, fields);
    expect(summarize(events)).toEqual([
      ...["call confirm", "call weather", "call confirm"],
      ...['result "clear"', "finish, pending a c"],
    ]);
    expect(finish.messages.slice(1)).toMatchObject([
      { role: "assistant", tool_calls: [{ id: "a" }, { id: "b" }, { id: "c" }] },
      { role: "tool", tool_call_id: "b", content: "clear" },
    ]);
    expect(fetch.calls.length).toBe(1);
  });

  it("of a custom tool, which only request.tools can hold", async () => {
    const custom = { index: 0, id: "a", type: "custom", custom: { name: "sql", input: "select 1" } };
    const chunk = { choices: [{ index: 0, delta: { tool_calls: [custom] }, finish_reason: "tool_calls" }] };
    const tools = [listed, { type: "custom", custom: { name: "sql" } }];
    const { finish } = await run(recordedFetch(sseResponse([sseEvent(chunk)])), {}, {}, { tools });
    expect(finish.pending).toMatchObject([{ id: "a", custom: { input: "select 1" } }]);
  });

  it("and its conversation goes on with a tool message for each", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "confirm" }]), textResponse("Done."));
    const tools = { confirm: { parameters: city } };
    const { finish } = await run(fetch, tools);
    const answers = finish.pending.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "yes" }));
    const next = await run(fetch, tools, {}, { messages: [...finish.messages, ...answers] });
    expect(next.finish.pending).toEqual([]);
    expect(next.finish.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
  });

  it.each([
    ["a JSON object", '{"city":"Par'],
    ["nothing yet", ""],
  ])('with arguments cut off by finish_reason "length" (%s), which never run', async (_, args) => {
    const spy = vi.fn(execute);
    const calls = [
      { name: "weather", arguments: { city: "Rome" } },
      { name: "weather", arguments: args },
    ];
    const fetch = recordedFetch(toolCallsResponse(calls, "length"));
    const { events } = await run(fetch, { weather: { parameters: city, execute: spy } });
    expect(spy.mock.calls.length).toBe(1);
    expect(summarize(events).slice(2)).toEqual(['result "clear"', "finish, pending call_1"]);
  });

  it("when maxSteps requests were sent: no tool runs whose result would not be sent", async () => {
    const spy = vi.fn(execute);
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]));
    const { events, finish, value } = await run(
      fetch,
      { weather: { parameters: city, execute: spy } },
      { maxSteps: 3 },
    );
    expect(fetch.calls.length).toBe(3);
    expect(spy.mock.calls.length).toBe(2);
    expect(summarize(events).at(-1)).toBe("finish, pending call_0");
    expect(finish.messages.at(-1)).toMatchObject({ role: "assistant", tool_calls: [{ id: "call_0" }] });
    expect(value).toBe(finish.completion);
  });

  it("after 8 requests by default", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]));
    await run(fetch, { weather: { parameters: city, execute } });
    expect(fetch.calls.length).toBe(8);
  });
});

describe("server-side tools", () => {
  const search = { type: "baseten__web_search" };

  it("are sent beside the others, in the order given", async () => {
    const fetch = recordedFetch(textResponse("Hello"));
    await run(fetch, { weather: { parameters: city } }, {}, { tools: [search] });
    expect(sentBody(fetch, 0).tools).toMatchObject([search, { type: "function", function: { name: "weather" } }]);
  });

  it("are sent as they are, also what is not a tool: the server refuses it", async () => {
    const fetch = recordedFetch(textResponse("Hello"));
    await run(fetch, {}, {}, { tools: [null, "search", search] });
    expect(sentBody(fetch, 0).tools).toEqual([null, "search", search]);
  });

  it.each(["baseten__web_search", "web_search"])(
    "called as %s were run by the server: their calls are neither run, nor pending, nor part of the conversation",
    async (name) => {
      const delta = { tool_calls: [{ index: 0, id: "s", type: "function", function: { name, arguments: "{}" } }] };
      const chunks = [
        { choices: [{ index: 0, delta, finish_reason: "tool_calls" }] },
        contentChunk("Found."),
        { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      ];
      const fetch = recordedFetch(sseResponse(chunks.map(sseEvent)));
      const { events, finish } = await run(fetch, {}, {}, { tools: [search] });
      expect(summarize(events)).toEqual(["finish, pending none"]);
      expect(finish.messages.at(-1)).toEqual({ role: "assistant", content: "Found." });
      expect(finish.completion.choices[0]?.message.tool_calls).toMatchObject([{ id: "s" }]);
    },
  );
});

describe("a failed request", () => {
  it("is thrown after the chunks before it, with the answer so far as partial", async () => {
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]), sseResponse([sseEvent(contentChunk("Sun"))]));
    const loop = start(fetch, { weather: { parameters: city, execute: () => "clear" } });
    const types: string[] = [];
    const error = await catchBasetenError(async () => {
      for await (const { type } of loop) types.push(type);
    });
    expect(types.slice(-2)).toEqual(["tool-result", "chunk"]);
    expect(error).toMatchObject({
      name: "StreamTruncatedError",
      partial: { choices: [{ message: { content: "Sun" } }] },
    });
    expect(await loop.next()).toEqual(FINISHED);
  });

  it("is retried by itself: maxRetries holds for each request", async () => {
    const busy = () => new Response("busy", { status: 503, headers: { "retry-after-ms": "1" } });
    const fetch = recordedFetch(busy, toolCallsResponse([{ name: "weather" }]), busy, textResponse("Done."));
    const tools = { weather: { parameters: city, execute: () => "clear" } };
    const { finish } = await run(fetch, tools, { maxRetries: 1 });
    expect(finish.completion.choices[0]?.message.content).toBe("Done.");
    expect(fetch.calls.length).toBe(4);
  });
});

/** A tool that never ends and ignores its signal, and a promise of that signal once the tool has started. */
function stuckTool() {
  let start: (signal: AbortSignal) => void = () => {};
  const started = new Promise<AbortSignal>((resolve) => {
    start = resolve;
  });
  const definition = {
    parameters: city,
    execute: (_: unknown, { signal }: ToolContext) => {
      start(signal);
      return new Promise(() => {});
    },
  };
  return { definition, started };
}

/** Reads a loop until its tools run, and returns the `next()` that waits for them. */
async function untilToolsRun(loop: AsyncGenerator<ToolEvent, ChatCompletion>, started: Promise<unknown>) {
  for (let step = await loop.next(); ; step = await loop.next()) {
    if (step.done || step.value.type === "tool-call") break;
  }
  const pending = loop.next();
  await withTimeout(started, "the start of the tool");
  return pending;
}

describe("an abort", () => {
  const reason = new Error("stop");

  it("while a tool runs rejects at once with the signal's reason and aborts the tool's signal", async () => {
    const leaks = startLeakCheck();
    const caller = new AbortController();
    const { definition, started } = stuckTool();
    const loop = start(
      recordedFetch(toolCallsResponse([{ name: "weather" }])),
      { weather: definition },
      { signal: caller.signal },
    );
    const pending = untilToolsRun(loop, started);
    const signal = await started;
    caller.abort(reason);
    expect(await catchError(() => pending)).toBe(reason);
    expect(signal).toMatchObject({ aborted: true, reason });
    expect(await loop.next()).toEqual(FINISHED);
    await leaks.check(caller.signal);
  });

  it("while an answer streams rejects at once, and cancels the body", async () => {
    const caller = new AbortController();
    const body = scriptedBody([sseEvent(contentChunk("a")), new Promise(() => {})]);
    const loop = start(
      recordedFetch(() => new Response(body.stream)),
      {},
      { signal: caller.signal },
    );
    await loop.next();
    const pending = loop.next();
    await flushEventLoop();
    caller.abort(reason);
    expect(await catchError(() => pending)).toBe(reason);
    await flushEventLoop();
    expect(body.state).toBe("cancelled");
    expect(countAbortListeners(caller.signal)).toBe(0);
  });

  it("between two events drops what was not delivered", async () => {
    const caller = new AbortController();
    const execute = vi.fn();
    const loop = start(
      recordedFetch(toolCallsResponse([{ name: "weather" }])),
      { weather: { parameters: city, execute } },
      { signal: caller.signal },
    );
    for (let step = await loop.next(); !step.done && step.value.type !== "tool-call"; ) step = await loop.next();
    caller.abort(reason);
    expect(await catchError(() => loop.next())).toBe(reason);
    await flushEventLoop();
    expect(execute).not.toHaveBeenCalled();
  });

  it("before the first next() sends nothing", async () => {
    const fetch = recordedFetch(textResponse("Hello"));
    const loop = start(fetch, {}, { signal: AbortSignal.abort(reason) });
    expect(await catchError(() => loop.next())).toBe(reason);
    expect(fetch.calls).toEqual([]);
  });

  it("is not told to the model, though the tool rejects with the reason", async () => {
    const caller = new AbortController();
    const fetch = recordedFetch(toolCallsResponse([{ name: "weather" }]), textResponse("Done."));
    const latch = createLatch();
    const execute = (_: unknown, { signal }: ToolContext) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        latch.emit("started");
      });
    const loop = start(fetch, { weather: { parameters: city, execute } }, { signal: caller.signal });
    const pending = untilToolsRun(loop, latch.waitFor("started"));
    await latch.waitFor("started");
    caller.abort(reason);
    expect(await catchError(() => pending)).toBe(reason);
    expect(fetch.calls.length).toBe(1);
  });

  it("after the end changes nothing, and no listener is left", async () => {
    const caller = new AbortController();
    const { value } = await run(recordedFetch(textResponse("Hello")), {}, { signal: caller.signal });
    expect(value?.choices.length).toBe(1);
    expect(countAbortListeners(caller.signal)).toBe(0);
  });
});

describe("leaving the loop", () => {
  it("by return() while a tool runs takes effect at once and aborts the tool's signal", async () => {
    const leaks = startLeakCheck();
    const { definition, started } = stuckTool();
    const loop = start(recordedFetch(toolCallsResponse([{ name: "weather" }])), { weather: definition });
    const pending = untilToolsRun(loop, started);
    const signal = await started;
    const value = completionBody("mine") as ChatCompletion;
    expect(await withTimeout(loop.return(value), "the return")).toEqual({ done: true, value });
    expect(await withTimeout(pending, "the pending next()")).toEqual(FINISHED);
    expect(signal.aborted).toBe(true);
    await leaks.check();
  });

  it("by break cancels the answer's body", async () => {
    const body = scriptedBody([sseEvent(contentChunk("a")), new Promise(() => {})]);
    for await (const _ of start(
      recordedFetch(() => new Response(body.stream)),
      {},
    ))
      break;
    await flushEventLoop();
    expect(body.state).toBe("cancelled");
  });

  it("by throw() rejects with that error", async () => {
    const loop = start(recordedFetch(textResponse("Hello")), {});
    await loop.next();
    const error = new Error("mine");
    expect(await catchError(() => loop.throw(error))).toBe(error);
    expect(await loop.next()).toEqual(FINISHED);
  });

  it("does not abort the signal of tools that have ended, after a normal end", async () => {
    let signal: AbortSignal | undefined;
    const execute = (_: unknown, context: ToolContext) => {
      signal = context.signal;
    };
    await run(recordedFetch(toolCallsResponse([{ name: "weather" }]), textResponse("Done.")), {
      weather: { parameters: city, execute },
    });
    expect(signal?.aborted).toBe(false);
  });
});

describe("concurrent calls of next()", () => {
  it("queue, in order", async () => {
    const loop = start(recordedFetch(textResponse("Hello")), {});
    const steps = await Promise.all(Array.from({ length: 6 }, () => loop.next()));
    expect(steps.map(({ done, value }) => (done ? "done" : (value as ToolEvent).type))).toEqual([
      ...["chunk", "chunk", "chunk", "finish", "done", "done"],
    ]);
  });
});

describe("bad input is a BadRequestError before anything is sent", () => {
  const schemaWithoutJSON = { "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } };
  const cyclic: Record<string, unknown> = { type: "object" };
  cyclic.self = cyclic;

  it.each<[string, unknown, RunToolsOptions | Record<string, unknown>, object]>([
    ["tools", [], {}, {}],
    ["tools", null, {}, {}],
    ["tools", Promise.resolve({ weather: { parameters: city } }), {}, {}],
    ["tools", new Map([["weather", { parameters: city }]]), {}, {}],
    ["tools.weather", { weather: null }, {}, {}],
    ["tools.weather.parameters", { weather: {} }, {}, {}],
    ["tools.weather.parameters", { weather: { parameters: "string" } }, {}, {}],
    ["tools.weather.parameters", { weather: { parameters: cyclic } }, {}, {}],
    ["tools.weather.parameters", { weather: { parameters: schemaWithoutJSON } }, {}, {}],
    ["tools.weather.parameters", { weather: { parameters: { validator: schemaWithoutJSON } } }, {}, {}],
    ["tools.weather.parameters.validator", { weather: { parameters: { validator: {}, jsonSchema: {} } } }, {}, {}],
    ["tools.weather.execute", { weather: { parameters: city, execute: "f" } }, {}, {}],
    ["tools.weather.description", { weather: { parameters: city, description: 5 } }, {}, {}],
    [
      "tools.weather",
      { weather: { parameters: city } },
      {},
      { tools: [{ type: "function", function: { name: "weather" } }] },
    ],
    ["request.tools", {}, {}, { tools: "weather" }],
    ["maxSteps", {}, { maxSteps: 0 }, {}],
    ["maxSteps", {}, { maxSteps: 1.5 }, {}],
    ["signal", {}, { signal: {} }, {}],
    ["messages", {}, {}, { messages: "Hello" }],
    ["model", {}, {}, { model: 5 }],
  ])("%s", async (field, tools, options, more) => {
    const fetch = recordedFetch(textResponse("Hello"));
    await expectRefusal(() => start(fetch, tools as never, options as never, more).next(), field);
    expect(fetch.calls).toEqual([]);
  });

  it.each([
    ["maxsteps", { maxsteps: 3 }, "maxSteps"],
    ["tools.weather.parameter", { tools: { weather: { parameter: city } } }, "parameters"],
  ])(
    "an unknown option %s is named, with the one that was meant",
    async (name, { tools = {}, ...options }: Record<string, unknown>, meant) => {
      const error = await catchBasetenError(() =>
        start(recordedFetch(textResponse("")), tools as never, options).next(),
      );
      expect(error.message).toContain(`${name}: `);
      expect(error.message).toContain(meant);
    },
  );

  it("a schema that JSON Schema cannot express says why", async () => {
    const tools = { weather: { parameters: z.object({ when: z.date() }) } };
    const error = await catchBasetenError(() => start(recordedFetch(textResponse("")), tools).next());
    expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
    expect(error.message).toMatch(/^tools\.weather\.parameters: JSON Schema cannot express it: .*Date/);
  });
});
