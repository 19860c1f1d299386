import { describe, expectTypeOf, it } from "vitest";
import {
  type ChatCompletionMessage,
  type ChatRequest,
  type ChatStreamRequest,
  completion,
  embed,
  type KnownModel,
  type KnownSlug,
  type Message,
  models,
  type Options,
  parse,
  route,
  runTools,
  stream,
  type UserMessage,
  type WithUnknown,
  wake,
} from "../src/index.js";

const model = "baseten/openai/gpt-oss-120b";
const messages = [{ role: "user" as const, content: "Hello" }];
const { signal } = new AbortController();

describe("a model", () => {
  it("is completed to the known slugs, with and without the prefix", () => {
    expectTypeOf<"openai/gpt-oss-120b">().toExtend<KnownSlug>();
    expectTypeOf<"openai/gpt-oss-120b" | "baseten/openai/gpt-oss-120b">().toExtend<KnownModel>();
    expectTypeOf<Extract<ChatRequest["model"], KnownModel>>().toEqualTypeOf<KnownModel>();
    expectTypeOf<string>().not.toExtend<KnownModel>();
  });

  it("may be any string", () => {
    const name: string = model;
    void completion({ model: name, messages });
    void completion({ model: "baseten/abcd1234", messages });
    stream({ model: "litellm_proxy/gpt", messages });
    // @ts-expect-error a number is no model
    void completion({ model: 5, messages });
  });
});

describe("an option inside the request", () => {
  it("is refused by the compiler", () => {
    // @ts-expect-error signal belongs in the options
    void completion({ model, messages, signal });
    // @ts-expect-error fetch belongs in the options
    void completion({ model, messages, fetch });
    // @ts-expect-error apiKey belongs in the options
    void completion({ model, messages, apiKey: "a-key" });
    // @ts-expect-error baseURL belongs in the options
    void completion({ model, messages, baseURL: "/v1" });
    // @ts-expect-error deployment belongs in the options
    void completion({ model, messages, deployment: { modelId: "abcd1234" } });
    // @ts-expect-error servedModelName belongs in the options
    void completion({ model, messages, servedModelName: "m" });
    // @ts-expect-error maxRetries belongs in the options
    void completion({ model, messages, maxRetries: 0 });
    // @ts-expect-error also for stream
    stream({ model, messages, signal });
    // @ts-expect-error also beside a field that is not known
    stream({ model, messages, signal, foo: 1 });
    // @ts-expect-error also if it is null
    void completion({ model, messages, signal: null });
  });

  it("is refused for every option but timeout and headers, which a LiteLLM proxy takes in the body", () => {
    type Refused = Exclude<keyof Options, "timeout" | "headers">;
    expectTypeOf<{ [Name in Refused]: ChatRequest[Name] }>().toEqualTypeOf<{ [Name in Refused]: undefined }>();
    expectTypeOf<{ [Name in Refused]: ChatStreamRequest[Name] }>().toEqualTypeOf<{ [Name in Refused]: undefined }>();
    void completion({ model, messages, timeout: 5 });
    stream({ model, messages, headers: { "x-trace": "1" } });
  });

  it("may be undefined, which is not sent", () => {
    void completion({ model, messages, signal: undefined, apiKey: undefined });
    stream({ model, messages, fetch: undefined });
  });
});

describe("fields that are not known", () => {
  it("are taken in a request, also through a variable", () => {
    const request: ChatRequest = { model, messages, foo: 1, nested: { bar: [null] }, absent: undefined };
    void completion(request);
    const streamed: ChatStreamRequest = { model, messages, stream: true, foo: 1 };
    stream(streamed);
  });

  it("are taken in a message of each role", () => {
    const cache_control = { type: "ephemeral" };
    const history: Message[] = [
      { role: "system", content: "Be brief.", cache_control },
      { role: "user", content: [{ type: "text", text: "Hello", cache_control }, { type: "video_url" }], cache_control },
      { role: "assistant", content: "Hi", cache_control, thinking_blocks: [] },
      { role: "tool", content: "1", tool_call_id: "a", cache_control },
    ];
    void completion({ model, messages: history });
    const reply = {} as ChatCompletionMessage;
    history.push(reply, { ...reply, cache_control });
  });

  it("leave the known ones as they are", () => {
    type Named = WithUnknown<{ name: string; size?: number | undefined }>;
    expectTypeOf<{ name: string; other: string[] }>().toExtend<Named>();
    expectTypeOf<{ name: string; size: undefined }>().toExtend<Named>();
    expectTypeOf<{ other: string }>().not.toExtend<Named>();
    expectTypeOf<{ name: string; size: string }>().not.toExtend<Named>();
    // @ts-expect-error a known field keeps its type
    const misnamed: Named = { name: 5, other: 1 };
    void misnamed;
    // @ts-expect-error a known field keeps its type
    void completion({ model, messages: [{ role: "user", content: 5, cache_control: {} }] });
  });

  it("are completed for those that are known", () => {
    expectTypeOf<"role" | "content" | "name">().toEqualTypeOf<keyof UserMessage>();
    expectTypeOf<"model" | "messages" | "max_tokens" | "signal">().toExtend<keyof ChatRequest>();
  });
});

describe("a misspelled option", () => {
  it("is refused by the compiler, by every function that takes options", () => {
    // @ts-expect-error baseURL
    void completion({ model, messages }, { baseUrl: "/v1" });
    // @ts-expect-error apiKey
    stream({ model, messages }, { api_key: "a-key" });
    // @ts-expect-error maxRetries
    route(model, { num_retries: 2 });
    // @ts-expect-error headers
    void models({ extra_headers: {} });
    // @ts-expect-error signal
    void wake(model, { abortSignal: signal });
    // @ts-expect-error servedModelName
    void embed({ model, input: "Hello" }, { served_model_name: "m" });
    // @ts-expect-error onPartial
    void parse({ model, messages }, { type: "object" }, { onpartial: () => {} });
    // @ts-expect-error maxSteps
    runTools({ model, messages }, {}, { max_steps: 2 });
    // @ts-expect-error signal belongs into an object
    void completion({ model, messages }, signal);
  });

  it("is refused inside timeout and deployment", () => {
    // @ts-expect-error response
    void completion({ model, messages }, { timeout: { connect: 5 } });
    // @ts-expect-error modelId
    void completion({ model, messages }, { deployment: { model_id: "abcd1234" } });
    // @ts-expect-error environment
    route(model, { deployment: { env: "production" } });
  });

  it("is refused if it is null or of another type, and may be undefined", () => {
    // @ts-expect-error null is not the default
    void completion({ model, messages }, { baseURL: null });
    // @ts-expect-error null is not the default
    void completion({ model, messages }, { timeout: { idle: null } });
    // @ts-expect-error null is no options
    void completion({ model, messages }, null);
    // @ts-expect-error ms
    void completion({ model, messages }, { timeout: "5s" });
    // @ts-expect-error a signal, not its controller
    void completion({ model, messages }, { signal: new AbortController() });
    // @ts-expect-error a key, not a number
    void completion({ model, messages }, { apiKey: 5 });
    void completion({ model, messages }, { baseURL: undefined, timeout: { idle: undefined } });
    void completion({ model, messages }, undefined);
  });
});
