import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type ChatRequest, completion, type Options, stream } from "../src/index.js";
import { catchBasetenError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { helloFetch, onlyRequest, type RecordedFetch, recordedFetch, sseResponse } from "./helpers/recorded-fetch.js";
import {
  API_KEY,
  DEPLOYMENT_MODEL,
  GATEWAY_URL,
  MODEL_API_URL,
  MODEL_SLUG,
  messages,
  singleAttempt,
} from "./helpers/requests.js";
import { contentChunk, DONE_EVENT, sseEvent } from "./helpers/wire-chunks.js";

clearEnvironment();

const PROXY = "litellm_proxy/gpt";

function streamer(): RecordedFetch {
  return recordedFetch(sseResponse([sseEvent(contentChunk("Hello")), DONE_EVENT]));
}

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of chunks);
}

/** What `completion` sends of a request. */
async function posted(fields: object, options: Options = {}): Promise<ReturnType<typeof onlyRequest>> {
  const fetch = helloFetch();
  await completion({ model: MODEL_SLUG, messages, ...fields } as ChatRequest, { apiKey: API_KEY, ...options, fetch });
  return onlyRequest(fetch);
}

/** What `stream` sends of a request. */
async function streamed(fields: object, options: Options = {}): Promise<ReturnType<typeof onlyRequest>> {
  const fetch = streamer();
  await drain(
    stream({ model: MODEL_SLUG, messages, ...fields } as ChatRequest, { apiKey: API_KEY, ...options, fetch }),
  );
  return onlyRequest(fetch);
}

describe("fetch is called", () => {
  it.each([
    ["completion", posted],
    ["stream", streamed],
  ])("by %s with a string, a POST of a string, our two headers, and no redirect", async (_, send) => {
    const { url, init, headers } = await send({});
    expect(url).toBe(MODEL_API_URL);
    expect(init).toMatchObject({ method: "POST", redirect: "manual" });
    expect(typeof init.body).toBe("string");
    expect(init.signal).toBeInstanceOf(AbortSignal);
    expect([...headers]).toEqual([
      ["authorization", `Bearer ${API_KEY}`],
      ["content-type", "application/json"],
    ]);
  });

  it("with the address as a string, not as a URL", async () => {
    const fetch = vi.fn(helloFetch());
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, baseURL: new URL(GATEWAY_URL), fetch });
    expect(fetch.mock.calls[0]?.[0]).toBe(`${GATEWAY_URL}/chat/completions`);
  });

  it("as a plain function, also where it is stored in an object", async () => {
    const seen: unknown[] = [];
    const answer = helloFetch();
    const fetch = function (this: unknown, ...call: Parameters<RecordedFetch>): ReturnType<RecordedFetch> {
      seen.push(this);
      return answer(...call);
    };
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, fetch });
    vi.stubGlobal("fetch", fetch);
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY });
    expect(seen).toEqual([undefined, undefined]);
  });

  it("as globalThis has it at each call", async () => {
    const fetches = [helloFetch(), helloFetch()];
    for (const fetch of fetches) {
      vi.stubGlobal("fetch", fetch);
      await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY });
    }
    expect(fetches.map(({ calls }) => calls.length)).toEqual([1, 1]);
  });

  it("with what a wrapper may spread into an init of its own", async () => {
    const inner = helloFetch();
    const fetch: typeof inner = Object.assign(
      (url: string | URL | Request, init?: RequestInit) =>
        inner(url, { ...init, headers: { ...init?.headers, "x-trace": "1" } }),
      { calls: inner.calls },
    );
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, fetch });
    expect(onlyRequest(inner).headers.get("authorization")).toBe(`Bearer ${API_KEY}`);
  });
});

describe("options.headers", () => {
  it.each<[string, HeadersInit]>([
    ["a Headers", new Headers({ "X-Session-Affinity": "a", accept: "b" })],
    [
      "a list",
      [
        ["X-Session-Affinity", "a"],
        ["accept", "b"],
      ],
    ],
    ["a record", { "X-Session-Affinity": "a", accept: "b" }],
  ])("as %s are sent beside ours", async (_, headers) => {
    const all = {
      accept: "b",
      authorization: `Bearer ${API_KEY}`,
      "content-type": "application/json",
      "x-session-affinity": "a",
    };
    expect(Object.fromEntries((await posted({}, { headers })).headers)).toEqual(all);
    expect(Object.fromEntries((await streamed({}, { headers })).headers)).toEqual(all);
  });

  it("may say the content type", async () => {
    const { headers } = await posted({}, { headers: { "Content-Type": "application/json; charset=utf-8" } });
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
  });
});

describe("of a request the body holds", () => {
  const extras = {
    top_k: 5,
    min_p: 0.1,
    chat_template_args: { enable_thinking: true },
    reasoning_effort: "high",
    nothing: null,
    nested: { a: [1, { b: "\u2028\ud83d\ude00" }] },
    __x: false,
  };

  it("everything as it is but the model, unknown fields too", async () => {
    expect((await posted(extras)).body).toEqual({ model: "openai/gpt-oss-120b", messages, ...extras });
    expect((await posted(extras, { baseURL: GATEWAY_URL })).body).toEqual({
      model: "openai/gpt-oss-120b",
      messages,
      ...extras,
    });
  });

  it("whatever JSON can hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.stringMatching(/^x_\w{0,8}$/), fc.jsonValue()), async (fields) => {
        const known = { model: "openai/gpt-oss-120b", messages };
        expect((await posted(fields)).body).toEqual(JSON.parse(JSON.stringify({ ...fields, ...known })));
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, Options, string]>([
    [MODEL_SLUG, {}, "openai/gpt-oss-120b"],
    [DEPLOYMENT_MODEL, {}, "abcd1234"],
    [DEPLOYMENT_MODEL, { servedModelName: "my-llama" }, "my-llama"],
    [PROXY, { baseURL: GATEWAY_URL }, "gpt"],
  ])("the model %s with %j as %s", async (model, options, name) => {
    expect((await posted({ model }, options)).body.model).toBe(name);
  });

  it("nothing of a model but its name: no header, no other field", async () => {
    const odd = fc.string().map((text) => `baseten/org/${text}`);
    await fc.assert(
      fc.asyncProperty(odd, async (model) => {
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

describe("mapping", () => {
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
    [PROXY, { baseURL: "https://model-abcd1234.api.baseten.co/environments/production/sync/v1" }],
  ])("is done toward Baseten: %s with %j", async (model, options) => {
    for (const send of [posted, streamed]) {
      const { body } = await send({ model, ...fields }, options);
      expect(body).toMatchObject(mapped);
      expect(body).not.toHaveProperty("max_completion_tokens");
    }
  });

  it.each<[string, Options]>([
    [MODEL_SLUG, { baseURL: GATEWAY_URL }],
    [PROXY, { baseURL: "http://localhost:4000" }],
    [MODEL_SLUG, { baseURL: "https://notbaseten.co/v1" }],
  ])("is not done elsewhere: %s with %j", async (model, options) => {
    const { body } = await posted({ model, ...fields }, options);
    expect(body).toEqual({ model: body.model, ...fields });
  });

  it("leaves max_tokens and other roles alone", async () => {
    const given = {
      max_tokens: 9,
      messages: [
        { role: "system", content: "developer" },
        { role: "tool", content: "1", tool_call_id: "a" },
      ],
    };
    expect((await posted(given)).body).toEqual({ model: "openai/gpt-oss-120b", ...given });
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
  ])("with %j asks for a stream with the options %j, and adds nothing else", async (fields, options) => {
    const { body } = await streamed(fields);
    expect(body).toEqual({ model: "openai/gpt-oss-120b", messages, stream: true, stream_options: options });
  });

  it.each([{}, { baseURL: GATEWAY_URL }])("refuses stream: false (%j)", async (options) => {
    const fetch = streamer();
    await expectRefusal(
      () => stream({ model: MODEL_SLUG, messages, stream: false }, singleAttempt(fetch, options)).next(),
      "stream",
      "false",
    );
    expect(fetch.calls).toEqual([]);
  });
});

describe("completion", () => {
  it.each([{}, { baseURL: GATEWAY_URL }])("refuses stream: true (%j)", async (options) => {
    const fetch = helloFetch();
    const request = { model: MODEL_SLUG, messages, stream: true } as unknown as ChatRequest;
    await expectRefusal(() => completion(request, singleAttempt(fetch, options)), "stream", "true");
    expect(fetch.calls).toEqual([]);
  });

  it.each([{ stream_options: { include_usage: true } }, { stream_options: null }])("drops %j", async (fields) => {
    expect((await posted(fields)).body).toEqual({ model: "openai/gpt-oss-120b", messages });
    expect((await posted(fields, { baseURL: GATEWAY_URL })).body).toEqual({ model: "openai/gpt-oss-120b", messages });
  });
});

describe("a misplaced option", () => {
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
    ["proxy", PROXY, { baseURL: "http://localhost:4000" }],
    ["custom", MODEL_SLUG, { baseURL: GATEWAY_URL }],
  ];

  it.each(misplaced)("%s is refused toward Baseten, and says where it belongs", async (field, value, place) => {
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
  });

  it.each(
    targets.flatMap(([kind, ...target]) => misplaced.slice(0, 5).map((row) => [kind, row[0], row[1], target] as const)),
  )("toward %s: %s is refused, since it carries a key or an address", async (_, field, value, [model, options]) => {
    const fetch = helloFetch();
    await expectRefusal(() => completion({ model, messages, [field]: value }, singleAttempt(fetch, options)), field);
    expect(fetch.calls).toEqual([]);
  });

  it.each(
    targets.flatMap(([kind, ...target]) => misplaced.slice(5).map((row) => [kind, row[0], row[1], target] as const)),
  )("toward %s: %s goes on in the body", async (_, field, value, [model, options]) => {
    expect((await posted({ model, [field]: value }, options)).body[field]).toEqual(value);
  });

  it("that is undefined is none", async () => {
    expect((await posted({ api_key: undefined, timeout: undefined })).body).toEqual({
      model: "openai/gpt-oss-120b",
      messages,
    });
  });
});

describe("a request", () => {
  const circular: Record<string, unknown> = { role: "user" };
  circular.content = circular;
  const oops = new Error("not for you");

  it.each<[string, unknown, string]>([
    ["is missing", undefined, "request"],
    ["is null", null, "request"],
    ["is a text", "Hello", "request"],
    ["is empty", {}, "model"],
    ["has no model", { messages }, "model"],
    ["has a model that is no text", { model: 5, messages }, "model"],
    ["has no messages", { model: MODEL_SLUG }, "messages"],
    ["has null for messages", { model: MODEL_SLUG, messages: null }, "messages"],
    ["has a text for messages", { model: MODEL_SLUG, messages: "Hello" }, "messages"],
    ["has one message that is not in a list", { model: MODEL_SLUG, messages: messages[0] }, "messages"],
  ])("that %s is refused", async (_, request, field) => {
    const fetch = helloFetch();
    await expectRefusal(() => completion(request as ChatRequest, singleAttempt(fetch)), field);
    await expectRefusal(() => stream(request as ChatRequest, singleAttempt(fetch)).next(), field);
    expect(fetch.calls).toEqual([]);
  });

  it.each<[string, object]>([
    ["a circle", { messages: [circular] }],
    ["a bigint", { seed: 5n }],
    [
      "a toJSON that throws",
      {
        user: {
          toJSON: () => {
            throw oops;
          },
        },
      },
    ],
    [
      "a getter that throws",
      {
        nested: {
          get a() {
            throw oops;
          },
        },
      },
    ],
  ])("that holds %s, which JSON.stringify refuses, is refused with its words as cause", async (_, fields) => {
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

  it("is checked in no other field", async () => {
    const odd = { temperature: "hot", n: -1, tools: "none", max_tokens: Number.NaN, messages: [null, 5, "x", {}] };
    expect((await posted(odd)).body).toMatchObject({
      temperature: "hot",
      n: -1,
      tools: "none",
      max_tokens: null,
      messages: odd.messages,
    });
  });

  function frozen<T>(value: T): T {
    if (typeof value === "object" && value !== null)
      for (const inner of Object.values(Object.freeze(value))) frozen(inner);
    return value;
  }

  it("is never modified", async () => {
    const request = {
      model: MODEL_SLUG,
      messages: [{ role: "developer" as const, content: "Be brief." }, ...messages],
      max_completion_tokens: 5,
      stream_options: { other: 1 },
      tools: [{ type: "function" as const, function: { name: "f", parameters: { type: "object" } } }],
    };
    const before = structuredClone(request);
    frozen(request);
    await completion(
      request,
      frozen({ apiKey: API_KEY, fetch: helloFetch(), headers: { a: "b" }, timeout: { total: 5_000 } }),
    );
    await drain(stream(request, frozen({ apiKey: API_KEY, fetch: streamer(), deployment: { modelId: "abc1234" } })));
    expect(request).toEqual(before);
  });

  it("serves stream and completion alike", async () => {
    const request: ChatRequest = frozen({ model: MODEL_SLUG, messages, stream_options: { include_usage: false } });
    expect((await posted(request)).body).not.toHaveProperty("stream");
    expect((await streamed(request)).body).toMatchObject({ stream: true, stream_options: { include_usage: false } });
  });
});
