/** The built client against a server nobody here wrote, over HTTP. */

import { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Source from "../../src/index.js";
import { clearEnvironment, setEnvironment } from "../helpers/environment.js";

clearEnvironment();

/** Only the types are the source's: the code is what users get. */
const { collect, completion, route, stream, text, BasetenError }: typeof Source = await import(
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
mock.onMessage("fail", { error: { message: "no luck", type: "server_error", code: "boom" }, status: 400 });
mock.onMessage("cut", { content: "This answer will never be complete." }, { truncateAfterChunks: 3 });

beforeAll(() => mock.start());
afterAll(() => mock.stop());

const ask = (content: string, model = "litellm_proxy/gpt-4o") => ({
  model,
  messages: [{ role: "user" as const, content }],
});
const options = (): Source.Options => ({ baseURL: `${mock.url}/v1`, apiKey: KEY, maxRetries: 0 });
const calls = [
  ["weather", JSON.stringify(weather)],
  ["weather", '{"city":"Rome"}'],
  ["time", "{}"],
];

describe("the built client and aimock", () => {
  it("agree on the address", () => {
    expect(route("litellm_proxy/gpt-4o", options())).toEqual({
      kind: "proxy",
      url: `${mock.url}/v1/chat/completions`,
      model: "gpt-4o",
    });
  });

  it.each(["litellm_proxy/gpt-4o", "baseten/openai/gpt-oss-120b", "abcd1234"])(
    "complete, with usage, as %s",
    async (model) => {
      const { object, choices, usage, model: named } = await completion(ask("hello", model), options());
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

  it("stream, with usage", async () => {
    const chunks: Source.ChatCompletionChunk[] = [];
    for await (const chunk of stream(ask("hello"), options())) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(2);
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(["chat.completion.chunk"]));
    const { choices, usage } = await collect(chunks);
    const whole = await completion(ask("hello"), options());
    expect(choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: whole.choices[0]?.message.content },
    });
    expect(usage).toMatchObject({ ...whole.usage });
  });

  it("stream text", async () => {
    const words: string[] = [];
    for await (const piece of text(stream(ask("hello"), options()))) words.push(piece);
    expect(words.join("")).toBe("Hello there, how are you? \u2600 \ud83d\ude42");
    expect(words.length).toBeGreaterThan(1);
  });

  it("call tools, streamed or not", async () => {
    const whole = await completion(ask("weather"), options());
    const streamed = await collect(stream(ask("weather"), options()));
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
      const made = choices[0]?.message.tool_calls ?? [];
      expect(made.map(({ function: { name, arguments: json } }) => [name, json])).toEqual(calls);
      expect(new Set(made.map(({ id }) => id)).size).toBe(3);
      for (const { id, type } of made) expect([typeof id, type]).toEqual(["string", "function"]);
    }
  });

  it("show what a model thinks", async () => {
    for (const { choices } of [
      await completion(ask("think"), options()),
      await collect(stream(ask("think"), options())),
    ]) {
      expect(choices[0]?.message).toMatchObject({ content: "Forty-two.", reasoning_content: "Six times seven." });
    }
  });

  it("tell of an error, streamed or not", async () => {
    for (const act of [() => completion(ask("fail"), options()), () => stream(ask("fail"), options()).next()]) {
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

  it("tell of an answer that breaks off, with what came of it", async () => {
    const error = await collect(stream(ask("cut"), options())).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(BasetenError);
    expect(["APIConnectionError", "StreamTruncatedError"]).toContain((error as Source.BasetenError).name);
    const said = (error as Source.BasetenError).partial?.choices[0]?.message.content ?? "";
    expect("This answer will never be complete.".startsWith(said)).toBe(true);
    expect((error as Source.BasetenError).partial).toMatchObject({ object: "chat.completion" });
  });

  it("send what the environment says", async () => {
    setEnvironment({ LITELLM_PROXY_API_BASE: `${mock.url}/v1`, LITELLM_PROXY_API_KEY: KEY });
    await completion(ask("hello"));
    const { headers, body } = mock.getRequests().at(-1) ?? {};
    expect(body).toMatchObject({ model: "gpt-4o", messages: [{ role: "user", content: "hello" }] });
    // The journal hides keys: that one came is what it shows.
    expect(headers).toHaveProperty("authorization");
  });
});
