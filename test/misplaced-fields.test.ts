/** Options and LiteLLM's keyword arguments that are written into the request, where they have no effect. */

import { describe, expect, it } from "vitest";
import { type ChatRequest, completion, embed, type Options, stream } from "../src/index.js";
import { expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { helloFetch, onlyRequest } from "./helpers/recorded-fetch.js";
import { DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";

clearEnvironment();

/** Hosts of Baseten, however they are reached. */
const baseten: [string, string, Options][] = [
  ["the Model API", MODEL_SLUG, {}],
  ["a deployment", DEPLOYMENT_MODEL, {}],
  ["options.deployment", "any", { deployment: { modelId: "abc1234" } }],
  ["a base URL of Baseten's", MODEL_SLUG, { baseURL: "https://inference.baseten.co/v1" }],
  ["a base URL of a deployment", "litellm_proxy/x", { baseURL: "https://model-abcd1234.api.baseten.co/x" }],
];
const others: [string, string, Options][] = [
  ["a LiteLLM proxy", "litellm_proxy/x", { baseURL: "http://localhost:4000" }],
  ["another host", MODEL_SLUG, { baseURL: GATEWAY_URL }],
  ["a host whose name ends alike", MODEL_SLUG, { baseURL: "https://notbaseten.co/v1" }],
];

/** Never sent, whatever the host: these hold a key or an address, or cannot work in a body. */
const neverSent: [string, string][] = [
  ...["apiKey", "api_key", "API_KEY", "apikey", "api-key"].map((field): [string, string] => [field, "apiKey"]),
  ...["baseURL", "baseUrl", "base_url", "api_base", "apiBase", "API_BASE"].map((field): [string, string] => [
    field,
    "baseURL",
  ]),
  ["signal", "signal"],
  ["Signal", "signal"],
  ["abort_signal", "signal"],
  ["fetch", "fetch"],
  ["Fetch", "fetch"],
];
/** A LiteLLM proxy takes these in the body. */
const sentElsewhere: [string, string][] = [
  ["headers", "options.headers"],
  ["extra_headers", "options.headers"],
  ["timeout", "options.timeout"],
  ["Timeout", "options.timeout"],
  ["request_timeout", "options.timeout"],
  ["maxRetries", "options.maxRetries"],
  ["max_retries", "options.maxRetries"],
  ["num_retries", "options.maxRetries"],
  ["deployment", "options.deployment"],
  ["servedModelName", "options.servedModelName"],
  ["served_model_name", "options.servedModelName"],
  ["extra_body", "its fields in the request"],
  ["extraBody", "its fields in the request"],
  ["custom_llm_provider", "a prefix of model"],
  ["mock_response", "options.fetch"],
  ["fallbacks", "the function fallback"],
  ["drop_params", "a request without those fields"],
];

/** Expects that neither function sends the field, and that the message says what to use instead. */
async function refuse(model: string, field: string, options: Options, meant: string): Promise<void> {
  const fetch = helloFetch();
  const request = { model, messages, [field]: "sk-secret" };
  for (const act of [
    () => completion(request, singleAttempt(fetch, options)),
    () => stream(request, singleAttempt(fetch, options)).next(),
  ]) {
    const { message } = await expectRefusal(act, field);
    expect(message).toBe(`${field}: expected ${meant} instead of this field, got string`);
  }
  expect(fetch.calls).toEqual([]);
}

describe.each(baseten)("toward %s", (_, model, options) => {
  it.each(neverSent)("the field %s is refused with the word options.%s", (field, option) =>
    refuse(model, field, options, `options.${option}`),
  );

  it.each(sentElsewhere)("the field %s is refused with the words %s", (field, meant) =>
    refuse(model, field, options, meant),
  );
});

describe.each(others)("toward %s", (_, model, options) => {
  it.each(neverSent)("the field %s is refused with the word options.%s", (field, option) =>
    refuse(model, field, options, `options.${option}`),
  );

  it.each(sentElsewhere)("the field %s is sent", async (field) => {
    const fetch = helloFetch();
    await completion({ model, messages, [field]: "v" } as ChatRequest, singleAttempt(fetch, options));
    expect(onlyRequest(fetch).body[field]).toBe("v");
  });
});

describe("a field of the request", () => {
  it.each([...neverSent, ...sentElsewhere].map(([field]) => field))(
    "%s that is undefined is neither sent nor refused",
    async (field) => {
      for (const [, model, options] of [...baseten, ...others]) {
        const fetch = helloFetch();
        await completion({ model, messages, [field]: undefined } as ChatRequest, singleAttempt(fetch, options));
        expect(Object.keys(onlyRequest(fetch).body).sort()).toEqual(["messages", "model"]);
      }
    },
  );

  it.each(["apiKey", "signal", "fetch", "extra_body"])("%s: null is refused: it is given", async (field) => {
    const fetch = helloFetch();
    const request = { model: MODEL_SLUG, messages, [field]: null } as unknown as ChatRequest;
    await expectRefusal(() => completion(request, singleAttempt(fetch)), field);
    expect(fetch.calls).toEqual([]);
  });

  it.each(["constructor", "toString", "key", "base", "retries", "signals", "fetch_mode", "api", "user", "metadata"])(
    "%s is no option's name, and is sent",
    async (field) => {
      const fetch = helloFetch();
      await completion({ model: MODEL_SLUG, messages, [field]: "v" } as ChatRequest, singleAttempt(fetch));
      expect(onlyRequest(fetch).body[field]).toBe("v");
    },
  );

  it("is refused by embed too", async () => {
    const fetch = helloFetch();
    const request = { model: DEPLOYMENT_MODEL, input: "Hello", api_base: GATEWAY_URL };
    await expectRefusal(() => embed(request, singleAttempt(fetch)), "api_base");
    expect(fetch.calls).toEqual([]);
  });
});

describe("a request", () => {
  it("whose fields are inherited is refused, since JSON does not hold them", async () => {
    const fetch = helloFetch();
    for (const [inherited, own, field] of [
      [{ messages }, { model: MODEL_SLUG }, "messages"],
      [{ model: MODEL_SLUG }, { messages }, "model"],
    ] as const) {
      const request = Object.assign(Object.create(inherited), own);
      await expectRefusal(() => completion(request, singleAttempt(fetch)), field);
    }
    expect(fetch.calls).toEqual([]);
  });

  it.each<[string, () => ChatRequest]>([
    ["without a prototype", () => Object.assign(Object.create(null), { model: MODEL_SLUG, messages })],
    [
      "with getters",
      () => ({
        get model() {
          return MODEL_SLUG;
        },
        get messages() {
          return messages;
        },
      }),
    ],
    ["with symbols", () => ({ model: MODEL_SLUG, messages, [Symbol("x")]: 1 })],
    ["with a field named __proto__", () => JSON.parse(`{"model":"${MODEL_SLUG}","messages":[],"__proto__":{"a":1}}`)],
  ])("%s is taken", async (_, create) => {
    const fetch = helloFetch();
    await completion(create(), singleAttempt(fetch));
    expect(onlyRequest(fetch).body.model).toBe("openai/gpt-oss-120b");
  });

  it("that is nested too deeply for JSON.stringify is refused", async () => {
    let nested: object = {};
    for (let depth = 0; depth < 100_000; depth++) nested = { nested };
    const fetch = helloFetch();
    const request = { model: MODEL_SLUG, messages, nested };
    for (const act of [
      () => completion(request, singleAttempt(fetch)),
      () => stream(request, singleAttempt(fetch)).next(),
    ]) {
      await expect(act()).rejects.toMatchObject({
        name: "BadRequestError",
        message: "request: expected values that JSON can hold",
        attempts: 0,
      });
    }
    expect(fetch.calls).toEqual([]);
  });
});
