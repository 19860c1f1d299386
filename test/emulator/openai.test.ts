/** The emulator behind OpenAI's SDK, which checks what the emulator sends. */

import OpenAI from "openai";
import { describe, expect, it, vi } from "vitest";
import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import { DEDICATED, MESSAGES, MODEL_API, REASONING_MODEL, TEXT_MODEL } from "./helpers.js";

const client = (options?: EmulatorOptions, baseURL = MODEL_API) =>
  new OpenAI({ apiKey: "a-key-that-is-fine", baseURL, fetch: emulator(options), maxRetries: 0 });

const TOOL = {
  type: "function" as const,
  function: {
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 } } },
  },
};

describe("OpenAI's SDK", () => {
  it("reads a completion", async () => {
    const { choices, usage } = await client().chat.completions.create({ model: TEXT_MODEL, messages: MESSAGES });
    expect(choices[0]?.message.content).toContain("Say hello, please.");
    expect(choices[0]?.finish_reason).toBe("stop");
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it("reads the same content and usage from a stream", async () => {
    const whole = await client().chat.completions.create({ model: REASONING_MODEL, messages: MESSAGES });
    const stream = await client().chat.completions.create({ model: REASONING_MODEL, messages: MESSAGES, stream: true });
    let content = "";
    let usage: unknown;
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(content).toBe(whole.choices[0]?.message.content);
    expect(usage).toEqual(whole.usage);
  });

  it("puts two streamed tool calls together", async () => {
    const tools = [TOOL, { ...TOOL, function: { ...TOOL.function, name: "forecast" } }];
    const messages = [{ role: "user" as const, content: "Use weather and forecast for Lisbon." }];
    const whole = await client().chat.completions.create({ model: TEXT_MODEL, messages, tools });
    const final = await client().chat.completions.stream({ model: TEXT_MODEL, messages, tools }).finalChatCompletion();
    const readCalls = ({ choices }: OpenAI.ChatCompletion) =>
      choices[0]?.message.tool_calls?.map((call) =>
        call.type === "function" ? [call.function.name, call.function.arguments] : [],
      );
    expect(readCalls(final)).toEqual(readCalls(whole));
    expect(readCalls(whole)?.map((call) => call?.[0])).toEqual(["weather", "forecast"]);
    expect(final.choices[0]?.finish_reason).toBe("tool_calls");
  });

  it("runs a tool loop to its end", async () => {
    const received: unknown[] = [];
    const runner = client().chat.completions.runTools({
      model: TEXT_MODEL,
      messages: MESSAGES,
      tools: [
        {
          type: "function",
          function: {
            name: "weather",
            parameters: TOOL.function.parameters,
            description: "What the weather will be.",
            function: (given: string) => {
              received.push(JSON.parse(given));
              return "sunny";
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toContain("The tool answered: sunny");
    expect(received).toEqual([{ city: "Say hello, please.", days: 1 }]);
  });

  it("reads the answers of the option reply, in a tool loop too", async () => {
    const { choices } = await client({ reply: () => "It is sunny." }).chat.completions.create({
      model: TEXT_MODEL,
      messages: MESSAGES,
    });
    expect(choices[0]?.message.content).toBe("It is sunny.");
    const reply: EmulatorOptions["reply"] = ({ messages }) =>
      messages.at(-1)?.role === "tool" ? "Take a hat." : { tool_calls: [{ name: "weather", arguments: { days: 2 } }] };
    const execute = vi.fn(() => "sunny");
    const runner = client({ reply }).chat.completions.runTools({
      model: TEXT_MODEL,
      messages: MESSAGES,
      tools: [{ type: "function", function: { ...TOOL.function, description: "", function: execute } }],
    });
    expect(await runner.finalContent()).toBe("Take a hat.");
    expect(execute.mock.calls[0]?.slice(0, 1)).toEqual(['{"days":2}']);
  });

  it("parses structured output", async () => {
    const schema = {
      type: "object",
      properties: { title: { type: "string" }, done: { type: "boolean" } },
      required: ["title", "done"],
      additionalProperties: false,
    };
    const { choices } = await client().chat.completions.parse({
      model: TEXT_MODEL,
      messages: MESSAGES,
      response_format: { type: "json_schema", json_schema: { name: "task", strict: true, schema } },
    });
    expect(JSON.parse(choices[0]?.message.content ?? "")).toEqual({ title: "Say hello, please.", done: true });
  });

  it("lists models", async () => {
    const ids: string[] = [];
    for await (const model of await client().models.list()) ids.push(model.id);
    expect(ids).toContain(REASONING_MODEL);
  });

  it("reads embeddings as base64, its default, and as numbers", async () => {
    const dedicated = client({}, DEDICATED);
    const inBase64 = await dedicated.embeddings.create({ model: "any", input: ["a", "b"] });
    const inNumbers = await dedicated.embeddings.create({ model: "any", input: ["a", "b"], encoding_format: "float" });
    expect(inBase64.data.map(({ embedding }) => embedding)).toEqual(inNumbers.data.map(({ embedding }) => embedding));
  });

  it.each([
    [{ apiKeys: ["another-key"] }, { model: TEXT_MODEL, messages: MESSAGES }, OpenAI.PermissionDeniedError],
    [{}, { model: "no/such-model", messages: MESSAGES }, OpenAI.NotFoundError],
    [{}, { model: TEXT_MODEL, messages: MESSAGES, temperature: 9 }, OpenAI.BadRequestError],
    [{ faults: ["429" as const] }, { model: TEXT_MODEL, messages: MESSAGES }, OpenAI.RateLimitError],
    [{ faults: ["503" as const] }, { model: TEXT_MODEL, messages: MESSAGES }, OpenAI.InternalServerError],
    [{ faults: ["529" as const] }, { model: TEXT_MODEL, messages: MESSAGES }, OpenAI.InternalServerError],
  ])("throws its own error for %j %j", async (options, request, type) => {
    await expect(client(options).chat.completions.create(request)).rejects.toBeInstanceOf(type);
  });
});
