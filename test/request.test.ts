import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChatRequest, collect, completion, type Options, stream } from "../src/index.js";
import { catchBasetenError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { helloFetch, helloStreamFetch } from "./helpers/recorded-fetch.js";
import {
  API_KEY,
  DEPLOYMENT_MODEL,
  GATEWAY_URL,
  MODEL_API_URL,
  MODEL_SLUG,
  messages,
  singleAttempt,
} from "./helpers/requests.js";
import { sendCompletion, sendStream } from "./helpers/sent-request.js";

clearEnvironment();

const PROXY_MODEL = "litellm_proxy/gpt";

describe("the body of a request", () => {
  const extras = {
    top_k: 5,
    min_p: 0.1,
    chat_template_args: { enable_thinking: true },
    reasoning_effort: "high",
    nothing: null,
    nested: { a: [1, { b: "\u2028\ud83d\ude00" }] },
    __x: false,
  };

  it("has every field as it was given, unknown ones too, except the model", async () => {
    expect((await sendCompletion(extras)).body).toEqual({ model: "openai/gpt-oss-120b", messages, ...extras });
    expect((await sendCompletion(extras, { baseURL: GATEWAY_URL })).body).toEqual({
      model: "openai/gpt-oss-120b",
      messages,
      ...extras,
    });
  });

  it("has any unknown field that JSON can represent", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.stringMatching(/^x_\w{0,8}$/), fc.jsonValue()), async (fields) => {
        const known = { model: "openai/gpt-oss-120b", messages };
        expect((await sendCompletion(fields)).body).toEqual(JSON.parse(JSON.stringify({ ...fields, ...known })));
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, Options, string]>([
    [MODEL_SLUG, {}, "openai/gpt-oss-120b"],
    [DEPLOYMENT_MODEL, {}, "abcd1234"],
    [DEPLOYMENT_MODEL, { servedModelName: "my-llama" }, "my-llama"],
    [PROXY_MODEL, { baseURL: GATEWAY_URL }, "gpt"],
  ])("has the model %s with %j as %s", async (model, options, name) => {
    expect((await sendCompletion({ model }, options)).body.model).toBe(name);
  });

  it("has the model's name only as its model, whatever characters the name has", async () => {
    const anyModel = fc.string().map((text) => `baseten/org/${text}`);
    await fc.assert(
      fc.asyncProperty(anyModel, async (model) => {
        const fetch = helloFetch();
        await completion({ model, messages }, singleAttempt(fetch)).catch(() => {});
        for (const { url, init } of fetch.calls) {
          expect(url).toBe(MODEL_API_URL);
          expect([...new Headers(init.headers).keys()]).toEqual(["authorization", "content-type"]);
          expect(JSON.parse(String(init.body))).toEqual({ model: model.slice(8), messages });
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("the mapping of developer and max_completion_tokens", () => {
  const fields = {
    max_completion_tokens: 7,
    messages: [
      { role: "developer", content: "Be brief.", name: "me" },
      { role: "user", content: "Hello" },
    ],
  };
  const mapped = {
    max_tokens: 7,
    messages: [
      { role: "system", content: "Be brief.", name: "me" },
      { role: "user", content: "Hello" },
    ],
  };

  it.each<[string, Options]>([
    [MODEL_SLUG, {}],
    [DEPLOYMENT_MODEL, {}],
    ["any", { deployment: { modelId: "abc1234" } }],
    [MODEL_SLUG, { baseURL: "https://inference.baseten.co/v1" }],
    [PROXY_MODEL, { baseURL: "https://model-abcd1234.api.baseten.co/environments/production/sync/v1" }],
  ])("is applied for Baseten hosts: %s with %j", async (model, options) => {
    for (const send of [sendCompletion, sendStream]) {
      const { body } = await send({ model, ...fields }, options);
      expect(body).toMatchObject(mapped);
      expect(body).not.toHaveProperty("max_completion_tokens");
    }
  });

  it.each<[string, Options]>([
    [MODEL_SLUG, { baseURL: GATEWAY_URL }],
    [PROXY_MODEL, { baseURL: "http://localhost:4000" }],
    [MODEL_SLUG, { baseURL: "https://notbaseten.co/v1" }],
  ])("is not applied for other hosts: %s with %j", async (model, options) => {
    const { body } = await sendCompletion({ model, ...fields }, options);
    expect(body).toEqual({ model: body.model, ...fields });
  });

  it("leaves max_tokens and other roles as they are", async () => {
    const given = {
      max_tokens: 9,
      messages: [
        { role: "system", content: "developer" },
        { role: "tool", content: "1", tool_call_id: "a" },
      ],
    };
    expect((await sendCompletion(given)).body).toEqual({ model: "openai/gpt-oss-120b", ...given });
  });
});

describe("stream", () => {
  it.each<[object, object]>([
    [{}, { include_usage: true }],
    [{ stream: true }, { include_usage: true }],
    [{ stream_options: null }, { include_usage: true }],
    [{ stream_options: {} }, { include_usage: true }],
    [{ stream_options: { include_usage: undefined } }, { include_usage: true }],
    [{ stream_options: { include_usage: false } }, { include_usage: false }],
    [{ stream_options: { include_usage: true, other: 1 } }, { include_usage: true, other: 1 }],
    [{ stream_options: { other: 1 } }, { include_usage: true, other: 1 }],
  ])("with %j sends stream: true and stream_options %j, and adds nothing else", async (fields, options) => {
    const { body } = await sendStream(fields);
    expect(body).toEqual({ model: "openai/gpt-oss-120b", messages, stream: true, stream_options: options });
  });

  it.each([{}, { baseURL: GATEWAY_URL }])("refuses stream: false (options %j)", async (options) => {
    const fetch = helloStreamFetch();
    await expectRefusal(
      () => stream({ model: MODEL_SLUG, messages, stream: false }, singleAttempt(fetch, options)).next(),
      "stream",
      "false",
    );
    expect(fetch.calls).toEqual([]);
  });
});

describe("completion", () => {
  it.each([{}, { baseURL: GATEWAY_URL }])("refuses stream: true (options %j)", async (options) => {
    const fetch = helloFetch();
    const request = { model: MODEL_SLUG, messages, stream: true } as unknown as ChatRequest;
    await expectRefusal(() => completion(request, singleAttempt(fetch, options)), "stream", "true");
    expect(fetch.calls).toEqual([]);
  });

  it.each([{ stream_options: { include_usage: true } }, { stream_options: null }])(
    "does not send %j",
    async (fields) => {
      expect((await sendCompletion(fields)).body).toEqual({ model: "openai/gpt-oss-120b", messages });
      expect((await sendCompletion(fields, { baseURL: GATEWAY_URL })).body).toEqual({
        model: "openai/gpt-oss-120b",
        messages,
      });
    },
  );
});

describe("an option in the request", () => {
  const misplaced: [string, unknown, RegExp][] = [
    ["api_key", API_KEY, /options\.apiKey/],
    ["apiKey", API_KEY, /options\.apiKey/],
    ["api_base", GATEWAY_URL, /options\.baseURL/],
    ["base_url", GATEWAY_URL, /options\.baseURL/],
    ["baseURL", GATEWAY_URL, /options\.baseURL/],
    ["timeout", 5, /options\.timeout/],
    ["num_retries", 5, /options\.maxRetries/],
    ["max_retries", 5, /options\.maxRetries/],
    ["extra_headers", { a: "b" }, /options\.headers/],
    ["fallbacks", ["x"], /./],
    ["drop_params", true, /./],
    ["mock_response", "Hello", /./],
  ];
  const targets: [string, string, Options][] = [
    ["proxy", PROXY_MODEL, { baseURL: "http://localhost:4000" }],
    ["custom", MODEL_SLUG, { baseURL: GATEWAY_URL }],
  ];

  it.each(misplaced)(
    "%s is refused for a Baseten host, with a message that says where it belongs",
    async (field, value, place) => {
      for (const model of [MODEL_SLUG, DEPLOYMENT_MODEL]) {
        const fetch = helloFetch();
        const request = { model, messages, [field]: value };
        for (const act of [
          () => completion(request, singleAttempt(fetch)),
          () => stream(request, singleAttempt(fetch)).next(),
        ]) {
          const error = await expectRefusal(act, field);
          expect(error.message).toMatch(place);
          expect(error.message).not.toContain(API_KEY);
        }
        expect(fetch.calls).toEqual([]);
      }
    },
  );

  it.each(
    targets.flatMap(([kind, ...target]) => misplaced.slice(0, 5).map((row) => [kind, row[0], row[1], target] as const)),
  )("for a %s host: %s is refused, since it holds a key or a URL", async (_, field, value, [model, options]) => {
    const fetch = helloFetch();
    await expectRefusal(() => completion({ model, messages, [field]: value }, singleAttempt(fetch, options)), field);
    expect(fetch.calls).toEqual([]);
  });

  it.each(
    targets.flatMap(([kind, ...target]) => misplaced.slice(5).map((row) => [kind, row[0], row[1], target] as const)),
  )("for a %s host: %s is sent in the body", async (_, field, value, [model, options]) => {
    expect((await sendCompletion({ model, [field]: value }, options)).body[field]).toEqual(value);
  });

  it("that is undefined is neither sent nor refused", async () => {
    expect((await sendCompletion({ api_key: undefined, timeout: undefined })).body).toEqual({
      model: "openai/gpt-oss-120b",
      messages,
    });
  });
});

describe("a request", () => {
  const circular: Record<string, unknown> = { role: "user" };
  circular.content = circular;
  const thrown = new Error("thrown by the request");

  it.each<[string, unknown, string]>([
    ["is missing", undefined, "request"],
    ["is null", null, "request"],
    ["is a string", "Hello", "request"],
    ["is empty", {}, "model"],
    ["has no model", { messages }, "model"],
    ["has a model that is not a string", { model: 5, messages }, "model"],
    ["has no messages", { model: MODEL_SLUG }, "messages"],
    ["has messages: null", { model: MODEL_SLUG, messages: null }, "messages"],
    ["has a string as messages", { model: MODEL_SLUG, messages: "Hello" }, "messages"],
    ["has a message outside an array", { model: MODEL_SLUG, messages: messages[0] }, "messages"],
  ])("that %s is refused", async (_, request, field) => {
    const fetch = helloFetch();
    await expectRefusal(() => completion(request as ChatRequest, singleAttempt(fetch)), field);
    await expectRefusal(() => stream(request as ChatRequest, singleAttempt(fetch)).next(), field);
    expect(fetch.calls).toEqual([]);
  });

  it.each<[string, object]>([
    ["a circular reference", { messages: [circular] }],
    ["a BigInt", { seed: 5n }],
    [
      "a toJSON that throws",
      {
        user: {
          toJSON: () => {
            throw thrown;
          },
        },
      },
    ],
    [
      "a getter that throws",
      {
        nested: {
          get a() {
            throw thrown;
          },
        },
      },
    ],
  ])("that has %s, which JSON.stringify refuses, is refused with that error as cause", async (_, fields) => {
    const fetch = helloFetch();
    const request = { model: MODEL_SLUG, messages, ...fields } as unknown as ChatRequest;
    for (const act of [
      () => completion(request, singleAttempt(fetch)),
      () => stream(request, singleAttempt(fetch)).next(),
    ]) {
      const error = await catchBasetenError(act);
      expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
      expect(error.cause).toBeInstanceOf(Error);
    }
    expect(fetch.calls).toEqual([]);
  });

  it("is sent without a check of other fields", async () => {
    const unchecked = {
      temperature: "hot",
      n: -1,
      tools: "none",
      max_tokens: Number.NaN,
      messages: [null, 5, "x", {}],
    };
    expect((await sendCompletion(unchecked)).body).toMatchObject({
      temperature: "hot",
      n: -1,
      tools: "none",
      max_tokens: null,
      messages: unchecked.messages,
    });
  });

  function deepFreeze<T>(value: T): T {
    if (typeof value === "object" && value !== null)
      for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner);
    return value;
  }

  it("is not modified", async () => {
    const request = {
      model: MODEL_SLUG,
      messages: [{ role: "developer" as const, content: "Be brief." }, ...messages],
      max_completion_tokens: 5,
      stream_options: { other: 1 },
      tools: [{ type: "function" as const, function: { name: "f", parameters: { type: "object" } } }],
    };
    const before = structuredClone(request);
    deepFreeze(request);
    await completion(
      request,
      deepFreeze({ apiKey: API_KEY, fetch: helloFetch(), headers: { a: "b" }, timeout: { total: 5_000 } }),
    );
    await collect(
      stream(request, deepFreeze({ apiKey: API_KEY, fetch: helloStreamFetch(), deployment: { modelId: "abc1234" } })),
    );
    expect(request).toEqual(before);
  });

  it("can be used for both stream and completion", async () => {
    const request: ChatRequest = deepFreeze({ model: MODEL_SLUG, messages, stream_options: { include_usage: false } });
    expect((await sendCompletion(request)).body).not.toHaveProperty("stream");
    expect((await sendStream(request)).body).toMatchObject({ stream: true, stream_options: { include_usage: false } });
  });
});
