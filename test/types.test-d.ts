import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
  ChatCompletionChunk as OpenAIChunk,
} from "openai/resources/chat/completions";
import { describe, expectTypeOf, it } from "vitest";
import {
  BasetenError,
  type BasetenErrorJSON,
  type BasetenErrorName,
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatRequest,
  type ChatStream,
  collect,
  completion,
  type Fetch,
  type Message,
  type Options,
  type Route,
  route,
  stream,
  text,
} from "../src/index.js";

const model = "baseten/openai/gpt-oss-120b";
const messages = [{ role: "user" as const, content: "Hello" }];

describe("the exported functions", () => {
  it("have these types", () => {
    expectTypeOf(completion).returns.toEqualTypeOf<Promise<ChatCompletion>>();
    expectTypeOf(completion).parameter(1).toEqualTypeOf<Options | undefined>();
    expectTypeOf(stream).returns.toEqualTypeOf<ChatStream>();
    expectTypeOf(route).toEqualTypeOf<(model: string, options?: Options) => Route>();
    expectTypeOf(collect).returns.toEqualTypeOf<Promise<ChatCompletion>>();
    expectTypeOf(text).returns.toEqualTypeOf<AsyncGenerator<string, undefined, undefined>>();
  });

  it("accept each other's results", () => {
    expectTypeOf(collect).toBeCallableWith(stream({ model, messages }));
    expectTypeOf(collect).toBeCallableWith([] as ChatCompletionChunk[]);
    expectTypeOf(collect).toBeCallableWith(new Set<ChatCompletionChunk>());
    expectTypeOf(text).toBeCallableWith(stream({ model, messages }));
    // @ts-expect-error text takes an async iterable, not an array
    text([] as ChatCompletionChunk[]);
  });

  it("return a stream that is an AsyncGenerator", () => {
    expectTypeOf<ChatStream>().toExtend<AsyncGenerator<ChatCompletionChunk>>();
    expectTypeOf<ChatStream>().toExtend<AsyncIterable<ChatCompletionChunk>>();
    expectTypeOf<Awaited<ReturnType<ChatStream["next"]>>>().toEqualTypeOf<
      IteratorResult<ChatCompletionChunk, undefined>
    >();
  });
});

describe("a request", () => {
  it("needs a model and messages", () => {
    void completion({ model, messages });
    // @ts-expect-error no messages
    void completion({ model });
    // @ts-expect-error no messages, though there are other fields
    void completion({ model, temperature: 1, top_k: 5, foo: "bar" });
    // @ts-expect-error no model
    void completion({ messages });
    // @ts-expect-error no messages
    stream({ model });
    // @ts-expect-error messages must be an array
    void completion({ model, messages: "Hello" });
    // @ts-expect-error neither model nor messages
    void completion({});
    // @ts-expect-error no request
    void completion();
  });

  it("of completion cannot have stream: true, and of stream cannot have stream: false", () => {
    // @ts-expect-error use stream instead
    void completion({ model, messages, stream: true });
    // @ts-expect-error stream: true beside an unknown field
    void completion({ model, messages, stream: true, foo: 1 });
    void completion({ model, messages, stream: false });
    stream({ model, messages, stream: true });
    stream({ model, messages });
  });

  it("accepts unknown fields, and checks the types of known ones", () => {
    void completion({ model, messages, foo: 1, bar: { baz: [null] } });
    stream({ model, messages, foo: 1 });
    void completion({ model, messages: [{ role: "user", content: "Hello", cache_control: { type: "ephemeral" } }] });
    type Known = keyof ChatRequest;
    expectTypeOf<"temperature" | "max_tokens" | "tools" | "stream_options" | "chat_template_args">().toExtend<Known>();
    expectTypeOf<ChatRequest["temperature"]>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<string>().toExtend<ChatRequest["model"]>();
    // @ts-expect-error a known field has its type
    void completion({ model, messages, temperature: "hot" });
    // @ts-expect-error a known field has its type beside an unknown one
    void completion({ model, messages, temperature: "hot", foo: 1 });
  });

  it("may be a variable, deeply read-only, or have undefined fields", () => {
    const request: ChatRequest = { model, messages };
    void completion(request);
    stream(request);
    void completion({ model, messages, temperature: undefined, tools: undefined, stop: ["a"] } as const);
    const history: Message[] = [
      { role: "system", content: "Be brief." },
      { role: "developer", content: [{ type: "text", text: "Be brief." }] },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", content: "1", tool_call_id: "a" },
    ];
    void completion({ model, messages: history });
    // @ts-expect-error no such role
    void completion({ model, messages: [{ role: "robot", content: "Hello" }] });
  });

  it("accepts a completion's message as history", async () => {
    const { choices } = await completion({ model, messages });
    for (const { message } of choices) void completion({ model, messages: [...messages, message] });
  });
});

describe("options", () => {
  it("have these types", () => {
    expectTypeOf<{ apiKey: () => Promise<string> }>().toExtend<Options>();
    expectTypeOf<{ apiKey: () => string | undefined }>().toExtend<Options>();
    expectTypeOf<{ baseURL: URL }>().toExtend<Options>();
    expectTypeOf<{ timeout: number }>().toExtend<Options>();
    expectTypeOf<{ timeout: { response: number; idle?: number } }>().toExtend<Options>();
    expectTypeOf<{ headers: [string, string][] }>().toExtend<Options>();
    expectTypeOf<{ headers: Headers }>().toExtend<Options>();
    expectTypeOf<{ deployment: { modelId: string; regional: boolean } }>().toExtend<Options>();
    expectTypeOf<{ [name in keyof Options]: undefined }>().toExtend<Options>();
    expectTypeOf<typeof fetch>().toExtend<Fetch>();
    // @ts-expect-error a misspelled option is refused
    route(model, { baseUrl: "/v1" });
    // @ts-expect-error maxRetries is a number
    route(model, { maxRetries: "2" });
  });

  it("accept a wrapped fetch", () => {
    const traced: Fetch = (input, init) => fetch(input, init);
    route(model, { fetch: traced });
    route(model, { fetch: async () => new Response() });
    route(model, { fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers } }) });
  });

  it("lead to a route of four kinds", () => {
    expectTypeOf<Route>().toEqualTypeOf<{
      kind: "model-api" | "dedicated" | "proxy" | "custom";
      url: string;
      model: string;
    }>();
  });
});

describe("a BasetenError", () => {
  it("is narrowed by its name", () => {
    const error = new BasetenError("RateLimitError", "busy");
    expectTypeOf(error).toExtend<Error>();
    expectTypeOf(error.name).toEqualTypeOf<BasetenErrorName>();
    const names: Record<BasetenErrorName, true> = {
      BadRequestError: true,
      ContextWindowExceededError: true,
      AuthenticationError: true,
      PaymentRequiredError: true,
      PermissionDeniedError: true,
      NotFoundError: true,
      RateLimitError: true,
      InternalServerError: true,
      TimeoutError: true,
      APIConnectionError: true,
      APIError: true,
      StreamTruncatedError: true,
      InvalidResponseError: true,
    };
    expectTypeOf(names).toEqualTypeOf<Record<BasetenErrorName, true>>();
    if (error.name === "RateLimitError") expectTypeOf(error.name).toEqualTypeOf<"RateLimitError">();
    else expectTypeOf(error.name).toEqualTypeOf<Exclude<BasetenErrorName, "RateLimitError">>();
    // @ts-expect-error a misspelled name is refused
    if (error.name === "RatelimitError") throw error;
  });

  it("has these fields", () => {
    const error = {} as BasetenError;
    expectTypeOf(error.status).toEqualTypeOf<number | undefined>();
    expectTypeOf(error.code).toEqualTypeOf<string | number | undefined>();
    expectTypeOf(error.type).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.param).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.url).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.requestId).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.headers).toEqualTypeOf<Headers | undefined>();
    expectTypeOf(error.body).toEqualTypeOf<string | undefined>();
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>();
    expectTypeOf(error.attempts).toEqualTypeOf<number>();
    expectTypeOf(error.partial).toEqualTypeOf<ChatCompletion | undefined>();
    expectTypeOf(error.toJSON()).toEqualTypeOf<BasetenErrorJSON>();
    expectTypeOf(error.toJSON().headers).toEqualTypeOf<Record<string, string> | undefined>();
  });
});

describe("a completion", () => {
  it("has the API's fields, with Baseten's additions", async () => {
    const { choices, usage } = await completion({ model, messages });
    expectTypeOf(choices[0]?.message.content).toEqualTypeOf<string | null | undefined>();
    expectTypeOf(choices[0]?.message.reasoning_content).toEqualTypeOf<string | null | undefined>();
    expectTypeOf(choices[0]?.message.tool_calls?.[0]?.function.arguments).toEqualTypeOf<string | undefined>();
    expectTypeOf(choices[0]?.stop_reason).toEqualTypeOf<string | number | null | undefined>();
    expectTypeOf(usage?.total_tokens).toEqualTypeOf<number | undefined>();
    expectTypeOf(usage?.prompt_tokens_details?.cached_tokens).toEqualTypeOf<number | undefined>();
    expectTypeOf(usage?.completion_tokens_details?.reasoning_tokens).toEqualTypeOf<number | undefined>();
    expectTypeOf(choices[0]?.anything).toBeUnknown();
  });

  it("of a stream has chunks with deltas", async () => {
    for await (const { choices, usage } of stream({ model, messages })) {
      expectTypeOf(choices).toBeArray();
      expectTypeOf(choices[0]?.delta.content).toEqualTypeOf<string | null | undefined>();
      expectTypeOf(choices[0]?.delta.reasoning_content).toEqualTypeOf<string | null | undefined>();
      expectTypeOf(choices[0]?.delta.tool_calls?.[0]?.index).toEqualTypeOf<number | undefined>();
      expectTypeOf(usage?.total_tokens).toEqualTypeOf<number | undefined>();
    }
    for await (const piece of text(stream({ model, messages }))) expectTypeOf(piece).toBeString();
  });
});

describe("the types of the openai package", () => {
  it("are accepted as requests", () => {
    void completion({} as ChatCompletionCreateParamsNonStreaming);
    stream({} as ChatCompletionCreateParamsStreaming);
    void completion({ model, messages: [] as ChatCompletionMessageParam[], tools: [] as ChatCompletionTool[] });
    stream({ model, messages: [] as ChatCompletionMessageParam[], tools: [] as ChatCompletionTool[] });
    // @ts-expect-error a streamed request is not for completion
    void completion({} as ChatCompletionCreateParamsStreaming);
  });

  it("accept this library's chunks", () => {
    const read = (_chunk: OpenAIChunk): void => {};
    read({} as ChatCompletionChunk);
    expectTypeOf<ChatStream>().toExtend<AsyncIterable<OpenAIChunk>>();
  });
});
