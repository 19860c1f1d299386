import { describe, expect, it, vi } from "vitest";
import { type ApiKey, completion, type Options, stream } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";
import { helloFetch, jsonResponse, onlyRequest, recordedFetch } from "./helpers/recorded-fetch.js";
import { API_KEY, DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages } from "./helpers/requests.js";
import { completionBody } from "./helpers/wire-chunks.js";

clearEnvironment();

const BASETEN_KEY = "from-baseten-api-key";
const PROXY_KEY = "from-litellm-proxy-key";
const BOTH_KEYS = { BASETEN_API_KEY: BASETEN_KEY, LITELLM_PROXY_API_KEY: PROXY_KEY };

/** The authorization header that this call sends. */
async function sentAuthorization(model: string, options: Options = {}): Promise<string | null> {
  const fetch = helloFetch();
  await completion({ model, messages }, { ...options, fetch });
  return onlyRequest(fetch).headers.get("authorization");
}

describe("a key from the environment is sent", () => {
  it.each<[string, string, Record<string, string>, Options, string | undefined]>([
    ["to the Model API", MODEL_SLUG, {}, {}, BASETEN_KEY],
    ["to a deployment", DEPLOYMENT_MODEL, {}, {}, BASETEN_KEY],
    ["to options.deployment", "any", {}, { deployment: { modelId: "abc1234" } }, BASETEN_KEY],
    [
      "to options.deployment although BASETEN_BASE_URL is set",
      DEPLOYMENT_MODEL,
      { BASETEN_BASE_URL: GATEWAY_URL },
      { deployment: {} },
      BASETEN_KEY,
    ],
    ["to BASETEN_BASE_URL", MODEL_SLUG, { BASETEN_BASE_URL: GATEWAY_URL }, {}, BASETEN_KEY],
    ["to BASETEN_API_BASE", DEPLOYMENT_MODEL, { BASETEN_API_BASE: GATEWAY_URL }, {}, BASETEN_KEY],
    ["to LITELLM_PROXY_API_BASE", "litellm_proxy/x", { LITELLM_PROXY_API_BASE: GATEWAY_URL }, {}, PROXY_KEY],
    ["not to options.baseURL", MODEL_SLUG, {}, { baseURL: GATEWAY_URL }, undefined],
    ["not to options.baseURL at Baseten", MODEL_SLUG, {}, { baseURL: "https://inference.baseten.co/v1" }, undefined],
    [
      "not to options.baseURL although BASETEN_BASE_URL has the same value",
      MODEL_SLUG,
      { BASETEN_BASE_URL: GATEWAY_URL },
      { baseURL: GATEWAY_URL },
      undefined,
    ],
    ["not to options.baseURL of a proxy", "litellm_proxy/x", {}, { baseURL: GATEWAY_URL }, undefined],
    ["not if options.apiKey is given", MODEL_SLUG, {}, { apiKey: API_KEY }, API_KEY],
    ["not if options.apiKey is empty", MODEL_SLUG, {}, { apiKey: "" }, undefined],
    ["not if options.apiKey returns undefined", MODEL_SLUG, {}, { apiKey: () => undefined }, undefined],
  ])("%s (%s)", async (_, model, variables, options, key) => {
    setEnvironment({ ...BOTH_KEYS, ...variables });
    expect(await sentAuthorization(model, options)).toBe(key ? `Bearer ${key}` : null);
  });

  it.each<[string, Record<string, string>]>([
    [MODEL_SLUG, { LITELLM_PROXY_API_KEY: PROXY_KEY }],
    [MODEL_SLUG, { BASETEN_BASE_URL: GATEWAY_URL, LITELLM_PROXY_API_KEY: PROXY_KEY }],
    ["litellm_proxy/x", { LITELLM_PROXY_API_BASE: GATEWAY_URL, BASETEN_API_KEY: BASETEN_KEY }],
    [MODEL_SLUG, { BASETEN_API_KEY: "" }],
    [MODEL_SLUG, { BASETEN_API_KEY: " " }],
    [MODEL_SLUG, { OPENAI_API_KEY: API_KEY, LITELLM_API_KEY: API_KEY, BASETEN_TOKEN: API_KEY }],
  ])("only with variables of its own family, and not if empty: %s with %j sends none", async (model, variables) => {
    setEnvironment(variables);
    expect(await sentAuthorization(model)).toBe(null);
  });

  it("as it is set at the time of each call", async () => {
    setEnvironment({ BASETEN_API_KEY: "first-key" });
    expect(await sentAuthorization(MODEL_SLUG)).toBe("Bearer first-key");
    setEnvironment({ BASETEN_API_KEY: " second-key\n" });
    expect(await sentAuthorization(MODEL_SLUG)).toBe("Bearer second-key");
  });
});

describe("options.apiKey", () => {
  it.each<[string, ApiKey]>([
    ["a string", API_KEY],
    ["a string with white space around it", `\n ${API_KEY}\t\r\n`],
    ["a function", () => API_KEY],
    ["a function that returns white space around it", () => ` ${API_KEY}\n`],
    ["a function that returns a promise", async () => API_KEY],
  ])("may be %s", async (_, apiKey) => {
    expect(await sentAuthorization(MODEL_SLUG, { apiKey })).toBe(`Bearer ${API_KEY}`);
    expect(await sentAuthorization(MODEL_SLUG, { apiKey, baseURL: GATEWAY_URL })).toBe(`Bearer ${API_KEY}`);
  });

  it("is called for each attempt", async () => {
    const keys = ["first-key-of-two", "second-key-of-two"];
    const fetch = recordedFetch(jsonResponse({}, 503, { "retry-after": "0" }), jsonResponse(completionBody("Hello")));
    const apiKey = vi.fn(() => keys.shift());
    await completion({ model: MODEL_SLUG, messages }, { fetch, apiKey });
    expect(fetch.calls.map(({ init }) => new Headers(init.headers).get("authorization"))).toEqual([
      "Bearer first-key-of-two",
      "Bearer second-key-of-two",
    ]);
    expect(apiKey).toHaveBeenCalledTimes(2);
  });

  it.each<[string, unknown]>([
    ["an accent", "sk-secr\u00e9t-0123"],
    ["a line feed inside", "sk-secret\n0123"],
    ["a space inside", "sk-secret 0123"],
    ["a NUL", "sk-secret\u00000123"],
    ["typographic quotes", "\u201csk-secret-0123\u201d"],
    ["a zero-width space", "sk-secret-0123\u200b"],
    ["an object instead of a string", { secret: "sk-secret-0123" }],
    ["a number", 123],
    ["an accent, from a function", () => "sk-secr\u00e9t-0123"],
    ["an array, from a function", async () => ["sk-secret-0123"]],
  ])("with %s rejects with an AuthenticationError that does not show it", async (_, apiKey) => {
    const fetch = helloFetch();
    const error = await catchBasetenError(() =>
      completion({ model: MODEL_SLUG, messages }, { apiKey: apiKey as ApiKey, fetch }),
    );
    expect(error).toMatchObject({ name: "AuthenticationError", attempts: 0 });
    expect(error.status).toBeUndefined();
    expect(`${error.message}${error.stack}${JSON.stringify(error)}${error.cause}`).not.toMatch(/secr|0123|sk-/);
    expect(fetch.calls).toEqual([]);
  });

  const visible = "visible ASCII characters without spaces";
  it.each<[unknown, string]>([
    ["Bearer sk-secret-0123", 'the key without "Bearer "'],
    ["bearer\tsk-secret-0123", 'the key without "Bearer "'],
    [" BEARER  sk-secr\u00e9t ", 'the key without "Bearer "'],
    ["Bearer ", 'the key without "Bearer "'],
    ["sk-secret 0123", visible],
    ["sk-secret bearer 0123", visible],
    ["sk-secret\n0123", visible],
    ["sk-secr\u00e9t-0123", visible],
    ["\u201csk-secret-0123\u201d", visible],
    [123_456, "a string"],
    [["sk-secret-0123"], "a string"],
    [async () => ({ key: "sk-secret-0123" }), "a string"],
    [() => "Bearer sk-secret-0123", 'the key without "Bearer "'],
  ])("%j rejects with a message that says what is wrong with it: %s", async (apiKey, expected) => {
    const fetch = helloFetch();
    const options = { apiKey: apiKey as ApiKey, fetch };
    const { message } = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, options));
    expect(message).toBe(`inference.baseten.co: apiKey: expected ${expected}`);
    expect(fetch.calls).toEqual([]);
  });

  it.each(["Bearerkey-0123", "bearer", "Basic-key-0123", "!~", "a"])("may look like %s", async (apiKey) => {
    expect(await sentAuthorization(MODEL_SLUG, { apiKey })).toBe(`Bearer ${apiKey}`);
  });

  it("from the environment rejects with an AuthenticationError that does not show it, if it is unusable", async () => {
    setEnvironment({ BASETEN_API_KEY: "sk-secr\u00e9t-0123" });
    const fetch = helloFetch();
    const error = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, { fetch }));
    expect(error.name).toBe("AuthenticationError");
    expect(error.message).not.toMatch(/secr|0123/);
    expect(fetch.calls).toEqual([]);
  });

  it("that returns an unusable key for the second attempt rejects with an AuthenticationError with attempts: 1", async () => {
    const keys = [API_KEY, "sk-secr\u00e9t-0123"];
    const fetch = recordedFetch(jsonResponse({ error: "busy" }, 503, { "retry-after": "0" }));
    const error = await catchBasetenError(() =>
      completion({ model: MODEL_SLUG, messages }, { fetch, apiKey: () => keys.shift() }),
    );
    expect(error).toMatchObject({ name: "AuthenticationError", attempts: 1 });
    expect(error.status).toBeUndefined();
    expect(error.message).toMatch(/^inference\.baseten\.co: /);
    expect(error.message).not.toMatch(/secr|0123/);
    expect(fetch.calls.length).toBe(1);
  });

  it("that rejects makes the call reject with an AuthenticationError that has its error as cause, without a retry", async () => {
    const cause = new Error("no key available");
    const apiKey = vi.fn(() => Promise.reject(cause));
    const fetch = helloFetch();
    const error = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, { fetch, apiKey }));
    expect(error).toMatchObject({ name: "AuthenticationError", attempts: 0 });
    expect(error.message).toBe("inference.baseten.co: the function apiKey failed");
    expect(error.cause).toBe(cause);
    expect(apiKey).toHaveBeenCalledTimes(1);
    expect(fetch.calls).toEqual([]);
  });
});

describe("an authorization header in options.headers", () => {
  const forms: [string, HeadersInit][] = [
    ["Headers", new Headers({ Authorization: `Api-Key ${API_KEY}` })],
    ["a list", [["AUTHORIZATION", `Api-Key ${API_KEY}`]]],
    ["a record", { authorization: `Api-Key ${API_KEY}` }],
  ];

  it.each(forms)("as %s takes precedence over every key", async (_, headers) => {
    setEnvironment(BOTH_KEYS);
    expect(await sentAuthorization(MODEL_SLUG, { headers, apiKey: "another-key-0123" })).toBe(`Api-Key ${API_KEY}`);
  });

  it.each(forms)("as %s is enough for a Baseten host", async (_, headers) => {
    const fetch = helloFetch();
    vi.stubGlobal("fetch", fetch);
    await completion({ model: MODEL_SLUG, messages }, { headers });
    expect(onlyRequest(fetch).headers.get("authorization")).toBe(`Api-Key ${API_KEY}`);
  });

  it.each(["Bearer sk-secret\n0123", "Bearer sk-secr\u0113t-0123"])(
    "%j is refused with an error that does not show it",
    async (authorization) => {
      const fetch = helloFetch();
      const error = await catchBasetenError(() =>
        completion({ model: MODEL_SLUG, messages }, { headers: { authorization }, fetch }),
      );
      expect(`${error.message}${error.stack}${JSON.stringify(error)}${error.cause}`).not.toMatch(/secr|0123|sk-/);
      expect(fetch.calls).toEqual([]);
    },
  );
});

describe("without an API key", () => {
  it.each<[string, Options]>([
    [MODEL_SLUG, {}],
    [DEPLOYMENT_MODEL, {}],
    ["any", { deployment: { modelId: "abc1234" } }],
    [MODEL_SLUG, { apiKey: "" }],
    [MODEL_SLUG, { apiKey: " \n" }],
    [MODEL_SLUG, { apiKey: async () => undefined }],
    [MODEL_SLUG, { baseURL: "https://inference.baseten.co/v1" }],
    ["litellm_proxy/x", { baseURL: "https://model-abcd1234.api.baseten.co/x" }],
  ])(
    "a call to a Baseten host rejects with an AuthenticationError and sends nothing: %s with %j",
    async (model, options) => {
      const fetch = helloFetch();
      vi.stubGlobal("fetch", fetch);
      for (const act of [
        () => completion({ model, messages }, options),
        () => stream({ model, messages }, options).next(),
      ]) {
        const error = await catchBasetenError(act);
        expect(error).toMatchObject({ name: "AuthenticationError", attempts: 0 });
        expect(error.status).toBeUndefined();
        expect(error.message).toMatch(/apiKey/);
      }
      expect(fetch.calls).toEqual([]);
    },
  );

  it("a call to a Baseten host is sent if fetch is given, which may add a key or be the emulator", async () => {
    expect(await sentAuthorization(MODEL_SLUG)).toBe(null);
    expect(await sentAuthorization(DEPLOYMENT_MODEL)).toBe(null);
  });

  it.each([
    [MODEL_SLUG, { baseURL: GATEWAY_URL }],
    ["litellm_proxy/x", { baseURL: "http://localhost:4000" }],
    [MODEL_SLUG, { baseURL: "https://baseten.co.example/v1" }],
  ])("a call to any other host is sent without authorization: %s at %j", async (model, options) => {
    const fetch = helloFetch();
    vi.stubGlobal("fetch", fetch);
    await completion({ model, messages }, options);
    expect(onlyRequest(fetch).headers.has("authorization")).toBe(false);
  });
});
