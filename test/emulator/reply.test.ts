/** The option `reply`: a test decides what the emulator answers. */

import { getEventListeners } from "node:events";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collect } from "../../src/collect.js";
import { completion } from "../../src/completion.js";
import { type EmulatorMessage, type EmulatorOptions, type EmulatorReply, emulator } from "../../src/emulator/index.js";
import { stream } from "../../src/stream.js";
import type { ChatCompletion, Message } from "../../src/types/chat.js";
import {
  DEDICATED,
  MESSAGES,
  MODEL_API,
  parseEvents,
  REASONING_MODEL,
  requestChoice,
  requestCompletion,
  send,
  sendChat,
  TEXT_MODEL,
} from "./helpers.js";

const CHAT = `${MODEL_API}/chat/completions`;
const request = { model: TEXT_MODEL, messages: MESSAGES };

/** The completion of a reply, after it was checked that the collected stream is the same. */
async function completeBothWays(options: EmulatorOptions, fields: object = {}): Promise<ChatCompletion> {
  const call = { fetch: emulator(options), maxRetries: 0 };
  const [whole, collected] = [
    await completion({ ...request, ...fields }, call),
    await collect(stream({ ...request, ...fields }, call)),
  ];
  expect(collected).toEqual(whole);
  return whole;
}

/** A tool call as the wire has it, with whatever id. */
const toolCall = (name: string, json: string) => ({
  id: expect.stringMatching(/^call_[0-9a-f]+$/),
  type: "function",
  function: { name, arguments: json },
});

afterEach(() => void vi.useRealTimers());

describe("the option reply", () => {
  const cases: [title: string, reply: EmulatorReply, message: object, finishReason?: string][] = [
    ["a text", "It is sunny.", { content: "It is sunny." }],
    ["an empty text", "", { content: "" }],
    ["content", { content: "It is sunny." }, { content: "It is sunny." }],
    ["a message with its role", { role: "assistant", content: "Yes." }, { content: "Yes." }],
    [
      "fields that are undefined, known or not",
      { content: "Yes.", reasoning_content: undefined, ...{ refusal: undefined } },
      { content: "Yes." },
    ],
    [
      "reasoning and content",
      { reasoning_content: "Hm.", content: "Yes." },
      { reasoning_content: "Hm.", content: "Yes." },
    ],
    ["reasoning alone", { reasoning_content: "Hm." }, { reasoning_content: "Hm.", content: "" }],
    [
      "a tool call with an object as arguments",
      { tool_calls: [{ name: "weather", arguments: { city: "Lisbon" } }] },
      { content: null, tool_calls: [toolCall("weather", '{"city":"Lisbon"}')] },
      "tool_calls",
    ],
    [
      "a tool call with null as content, as the wire has it",
      { content: null, reasoning_content: null, tool_calls: [{ name: "weather", arguments: {} }] },
      { content: null, tool_calls: [toolCall("weather", "{}")] },
      "tool_calls",
    ],
    [
      "tool calls with strings as arguments, JSON or not",
      { tool_calls: [" {} ", "{oops", ""].map((json) => ({ name: "weather", arguments: json })) },
      { content: null, tool_calls: [" {} ", "{oops", ""].map((json) => toolCall("weather", json)) },
      "tool_calls",
    ],
    [
      "content and tool calls",
      { content: "One moment.", tool_calls: [{ name: "weather", arguments: [1] }] },
      { content: "One moment.", tool_calls: [toolCall("weather", "[1]")] },
      "tool_calls",
    ],
    ["an empty list of tool calls", { content: "No.", tool_calls: [] }, { content: "No." }],
  ];

  it.each(cases)("answers with %s, streamed or not", async (_, reply, message, finishReason = "stop") => {
    const { choices } = await completeBothWays({ reply: () => reply });
    expect(choices).toEqual([{ index: 0, message: { role: "assistant", ...message }, finish_reason: finishReason }]);
  });

  it("may return a promise", async () => {
    const { choices } = await completeBothWays({ reply: () => Promise.resolve("Later.") });
    expect(choices[0]?.message.content).toBe("Later.");
  });

  it("falls back to the built-in answer where it returns undefined", async () => {
    for (const reply of [() => undefined, async () => undefined]) {
      expect(await completeBothWays({ reply })).toEqual(await completeBothWays({}));
    }
  });

  it("is given the body of the request, once for each", async () => {
    const reply = vi.fn(() => "Yes.");
    const fields = { stream: true, tools: [], "a field of the future": [1] };
    await sendChat(fields, { reply });
    expect(reply.mock.calls).toEqual([[{ ...request, ...fields }]]);
  });

  it("can answer by what the request says", async () => {
    const fetch = emulator({ reply: ({ messages }) => `${messages.length} messages` });
    const longer = { ...request, messages: [...MESSAGES, ...MESSAGES] };
    expect((await completion(request, { fetch })).choices[0]?.message.content).toBe("1 messages");
    expect((await completion(longer, { fetch })).choices[0]?.message.content).toBe("2 messages");
  });

  it("answers a tool loop as the example of the documentation does, after a retried 429", async () => {
    vi.useFakeTimers();
    const weather = { name: "weather", arguments: {} };
    const fetch = emulator({
      reply: ({ messages }) => (messages.length > 1 ? "It is sunny." : { tool_calls: [weather] }),
      faults: ["429", null, "truncate"],
    });
    const pending = completion(request, { fetch });
    await vi.runAllTimersAsync();
    const { choices } = await pending;
    expect(choices[0]?.message.tool_calls?.[0]?.function.name).toBe("weather");
    const history: Message[] = [...MESSAGES, { role: "tool", tool_call_id: "1", content: "sunny" }];
    const truncated = collect(stream({ ...request, messages: history }, { fetch }));
    await expect(truncated).rejects.toMatchObject({
      name: "StreamTruncatedError",
      partial: { choices: [{ message: { content: "It is sunny" } }] },
    });
  });

  it("adds no reasoning of its own to a reasoning model", async () => {
    const { message } = await requestChoice({ model: REASONING_MODEL }, { reply: () => "Yes." });
    expect(message).toEqual({ role: "assistant", content: "Yes." });
  });

  it.each([
    ["a request that Baseten rejects", { n: 2 }, {}],
    ["a model that does not exist", { model: "no/such-model" }, {}],
    ["a missing key", {}, { apiKeys: ["the-key"] }],
    ["a fault that is a status", {}, { faults: ["429"] as const }],
  ])("is not called for %s", async (_, fields, options) => {
    const reply = vi.fn(() => "Yes.");
    expect((await sendChat(fields, { reply, ...options })).status).toBeGreaterThanOrEqual(400);
    expect(reply).not.toHaveBeenCalled();
  });

  it("is not called for embeddings, models and wake", async () => {
    const fetch = emulator({ reply: () => expect.unreachable() });
    expect((await send(fetch, `${DEDICATED}/embeddings`, { input: "a" })).status).toBe(200);
    expect((await send(fetch, `${DEDICATED}/models`)).status).toBe(200);
    expect((await send(fetch, DEDICATED.replace("sync/v1", "wake"), "")).status).toBe(202);
  });

  it("answers with tools that the request does not have, and in spite of tool_choice none", async () => {
    const reply = () => ({ tool_calls: [{ name: "weather", arguments: {} }] });
    const { message } = await requestChoice({ tool_choice: "none" }, { reply });
    expect(message.tool_calls?.[0]?.function.name).toBe("weather");
  });
});

describe("a reply", () => {
  const whole = "One two three. Four five six.";
  const callOf = (content: string): EmulatorMessage => ({ content, tool_calls: [{ name: "weather", arguments: {} }] });

  it("counts as usage, and is cut by max_tokens", async () => {
    const { choices, usage } = await completeBothWays({ reply: () => whole }, { max_tokens: 3 });
    expect(choices[0]).toMatchObject({ message: { content: "One two three" }, finish_reason: "length" });
    expect(usage?.completion_tokens).toBe(3);
    expect((await completeBothWays({ reply: () => whole })).usage?.completion_tokens).toBe(8);
  });

  it("is cut at a stop sequence, and its tool calls with it", async () => {
    const [choice] = (await completeBothWays({ reply: () => callOf(whole) }, { stop: ["six", " Four"] })).choices;
    expect(choice).toEqual({
      index: 0,
      message: { role: "assistant", content: "One two three." },
      finish_reason: "stop",
      stop_reason: " Four",
    });
  });

  it("comes at the pace of tokensPerSecond", async () => {
    vi.useFakeTimers();
    const start = performance.now();
    const pending = requestCompletion({}, { reply: () => whole, tokensPerSecond: 8 });
    await vi.runAllTimersAsync();
    await pending;
    expect(performance.now() - start).toBe(1_000);
  });

  it("is truncated by a fault like any other answer", async () => {
    const { text } = await sendChat({ stream: true }, { reply: () => whole, faults: ["truncate"] });
    const pieces = parseEvents(text).map((data) => JSON.parse(data).choices[0].delta.content);
    expect(pieces).toEqual(["", "One", " two", " three"]);
  });

  it("is waited for until the caller aborts, which leaves no listener behind", async () => {
    const controller = new AbortController();
    const reply = vi.fn(() => new Promise<string>(() => {}));
    const fetch = emulator({ reply });
    const init = { method: "POST", body: JSON.stringify(request), signal: controller.signal };
    const rejected = expect(fetch(CHAT, init)).rejects.toBe("enough");
    await vi.waitFor(() => expect(reply).toHaveBeenCalled());
    controller.abort("enough");
    await rejected;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("collected from a stream is the completion, whatever the reply", async () => {
    await fc.assert(
      fc.asyncProperty(replies, limits, async (reply, fields) => {
        const { choices } = await completeBothWays({ reply: () => reply }, fields);
        if (fields.max_tokens !== undefined) return;
        const { content, reasoning_content, tool_calls } = typeof reply === "string" ? { content: reply } : reply;
        expect(choices[0]?.message.reasoning_content ?? "").toBe(reasoning_content ?? "");
        expect(choices[0]?.message.content ?? "").toBe(content ?? "");
        expect(choices[0]?.message.tool_calls ?? []).toEqual(
          (tool_calls ?? []).map(({ name, arguments: given }) =>
            toolCall(name, typeof given === "string" ? given : JSON.stringify(given)),
          ),
        );
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

const text = fc.string({ unit: "binary", maxLength: 30 });
const replies: fc.Arbitrary<string | EmulatorMessage> = fc.oneof(
  text,
  fc.record(
    {
      content: text,
      reasoning_content: text,
      tool_calls: fc.array(
        fc.record({
          name: fc.constantFrom("weather", "forecast", "constructor"),
          arguments: fc.oneof(text, fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }))),
        }),
        { maxLength: 4 },
      ),
    },
    { requiredKeys: ["content"] },
  ),
);
const limits = fc.record({ max_tokens: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }) });
