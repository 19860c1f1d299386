/** The built client over HTTP against aimock, a mock server of another project. */

import { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Source from "../../src/index.js";
import { clearEnvironment, setEnvironment } from "../helpers/environment.js";

clearEnvironment();

/** The types are those of the source, the code is the built package. */
const { collect, completion, parse, route, runTools, stream, text, BasetenError }: typeof Source = await import(
  new URL("../../dist/index.js", import.meta.url).href
);

const KEY = "aimock-key-0123456789";
const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent" });
const weather = { city: "Paris", days: [1, 2] };

mock.onMessage("hello", { content: "Hello there, how are you? \u2600 \ud83d\ude42" });
mock.onMessage("think", { content: "Forty-two.", reasoning: "Six times seven." });
mock.onMessage("weather", {
  toolCalls: [
    { name: "weather", arguments: JSON.stringify(weather) },
    { name: "weather", arguments: '{"city":"Rome"}' },
    { name: "time", arguments: "{}" },
  ],
});
mock.on(
  { userMessage: "umbrella", hasToolResult: false },
  { toolCalls: [{ name: "forecast", arguments: '{"city":"Oslo"}' }] },
);
mock.on({ userMessage: "umbrella", hasToolResult: true }, { content: "Take one." });
mock.onMessage("as JSON", { content: '{"city":"Oslo","people":717710}' });
mock.onMessage("fail", { error: { message: "no luck", type: "server_error", code: "boom" }, status: 400 });
mock.onMessage("cut", { content: "This answer will never be complete." }, { truncateAfterChunks: 3 });

beforeAll(() => mock.start());
afterAll(() => mock.stop());

const requestOf = (content: string, model = "litellm_proxy/gpt-4o") => ({
  model,
  messages: [{ role: "user" as const, content }],
});
const options = (): Source.Options => ({ baseURL: `${mock.url}/v1`, apiKey: KEY, maxRetries: 0 });
const calls = [
  ["weather", JSON.stringify(weather)],
  ["weather", '{"city":"Rome"}'],
  ["time", "{}"],
];

describe("the built client with aimock", () => {
  it("routes to aimock's URL", () => {
    expect(route("litellm_proxy/gpt-4o", options())).toEqual({
      kind: "proxy",
      url: `${mock.url}/v1/chat/completions`,
      model: "gpt-4o",
    });
  });

  it.each(["litellm_proxy/gpt-4o", "baseten/openai/gpt-oss-120b", "abcd1234"])(
    "completes with usage as the model %s",
    async (model) => {
      const { object, choices, usage, model: named } = await completion(requestOf("hello", model), options());
      expect({ object, named }).toEqual({ object: "chat.completion", named: route(model, options()).model });
      expect(choices).toMatchObject([
        {
          index: 0,
          finish_reason: "stop",
          message: { role: "assistant", content: "Hello there, how are you? \u2600 \ud83d\ude42" },
        },
      ]);
      expect(usage?.total_tokens).toBeGreaterThan(0);
      expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    },
  );

  it("streams chunks that collect to the same completion, with usage", async () => {
    const chunks: Source.ChatCompletionChunk[] = [];
    for await (const chunk of stream(requestOf("hello"), options())) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(2);
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(["chat.completion.chunk"]));
    const { choices, usage } = await collect(chunks);
    const direct = await completion(requestOf("hello"), options());
    expect(choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: direct.choices[0]?.message.content },
    });
    expect(usage).toMatchObject({ ...direct.usage });
  });

  it("streams text in several pieces", async () => {
    const pieces: string[] = [];
    for await (const piece of text(stream(requestOf("hello"), options()))) pieces.push(piece);
    expect(pieces.join("")).toBe("Hello there, how are you? \u2600 \ud83d\ude42");
    expect(pieces.length).toBeGreaterThan(1);
  });

  it("returns the same tool calls streamed or not", async () => {
    const direct = await completion(requestOf("weather"), options());
    const streamed = await collect(stream(requestOf("weather"), options()));
    for (const { choices } of [direct, streamed]) {
      expect(choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
      const toolCalls = choices[0]?.message.tool_calls ?? [];
      expect(toolCalls.map(({ function: { name, arguments: json } }) => [name, json])).toEqual(calls);
      expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(3);
      for (const { id, type } of toolCalls) expect([typeof id, type]).toEqual(["string", "function"]);
    }
  });

  it("returns reasoning_content streamed or not", async () => {
    for (const { choices } of [
      await completion(requestOf("think"), options()),
      await collect(stream(requestOf("think"), options())),
    ]) {
      expect(choices[0]?.message).toMatchObject({ content: "Forty-two.", reasoning_content: "Six times seven." });
    }
  });

  it("rejects with the server's error streamed or not", async () => {
    for (const act of [
      () => completion(requestOf("fail"), options()),
      () => stream(requestOf("fail"), options()).next(),
    ]) {
      const error = await act().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(BasetenError);
      const { host } = new URL(mock.url);
      expect(error).toMatchObject({
        name: "BadRequestError",
        status: 400,
        message: `400 from ${host}: no luck`,
        code: "boom",
      });
      expect((error as Source.BasetenError).requestId).toMatch(/./);
    }
  });

  it("rejects a truncated stream with the partial completion", async () => {
    const error = await collect(stream(requestOf("cut"), options())).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(BasetenError);
    expect(["APIConnectionError", "StreamTruncatedError"]).toContain((error as Source.BasetenError).name);
    const content = (error as Source.BasetenError).partial?.choices[0]?.message.content ?? "";
    expect("This answer will never be complete.".startsWith(content)).toBe(true);
    expect((error as Source.BasetenError).partial).toMatchObject({ object: "chat.completion" });
  });

  it("uses LITELLM_PROXY_API_BASE and LITELLM_PROXY_API_KEY", async () => {
    setEnvironment({ LITELLM_PROXY_API_BASE: `${mock.url}/v1`, LITELLM_PROXY_API_KEY: KEY });
    await completion(requestOf("hello"));
    const { headers, body } = mock.getRequests().at(-1) ?? {};
    expect(body).toMatchObject({ model: "gpt-4o", messages: [{ role: "user", content: "hello" }] });
    // The journal of aimock masks keys, so only the header's presence can be checked.
    expect(headers).toHaveProperty("authorization");
  });

  it("run a tool loop", async () => {
    const parameters = { type: "object", properties: { city: { type: "string" } } };
    const tools = { forecast: { parameters, execute: (args: unknown) => ({ args, sky: "rain" }) } };
    let finish: Source.ToolFinishEvent | undefined;
    for await (const event of runTools(requestOf("Do I need an umbrella?"), tools, options())) {
      if (event.type === "finish") finish = event;
    }
    expect(finish?.pending).toEqual([]);
    expect(finish?.messages).toMatchObject([
      { role: "user" },
      { role: "assistant", tool_calls: [{ function: { name: "forecast", arguments: '{"city":"Oslo"}' } }] },
      { role: "tool", content: '{"args":{"city":"Oslo"},"sky":"rain"}' },
      { role: "assistant", content: "Take one." },
    ]);
  });

  it("parse an answer, whole and as it comes", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, people: { type: "number" } },
      required: ["city", "people"],
    };
    const drafts: string[] = [];
    const onPartial = (draft: unknown) => void drafts.push(JSON.stringify(draft));
    const value = { city: "Oslo", people: 717_710 };
    expect((await parse(requestOf("Oslo as JSON"), schema, options())).value).toEqual(value);
    expect((await parse(requestOf("Oslo as JSON"), schema, { ...options(), onPartial })).value).toEqual(value);
    expect(drafts.at(-1)).toBe(JSON.stringify(value));
  });
});
