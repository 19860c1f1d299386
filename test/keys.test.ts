import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { type ApiKey, type BasetenError, completion, type Options, route, stream } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { clearEnvironment, ENVIRONMENT_VARIABLES, setEnvironment } from "./helpers/environment.js";
import {
  helloFetch,
  jsonResponse,
  onlyRequest,
  type RecordedFetch,
  type Responder,
  recordedFetch,
  sseResponse,
} from "./helpers/recorded-fetch.js";
import { API_KEY, DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages } from "./helpers/requests.js";
import { completionBody, contentChunk, DONE_EVENT, sseEvent } from "./helpers/wire-chunks.js";

clearEnvironment();

const BASETEN = "from-baseten-api-key";
const PROXY = "from-litellm-proxy-key";
const BOTH = { BASETEN_API_KEY: BASETEN, LITELLM_PROXY_API_KEY: PROXY };

async function authorization(model: string, options: Options = {}): Promise<string | null> {
  const fetch = helloFetch();
  await completion({ model, messages }, { ...options, fetch });
  return onlyRequest(fetch).headers.get("authorization");
}

describe("a key of the environment is sent", () => {
  it.each<[string, string, Record<string, string>, Options, string | undefined]>([
    ["to the Model API", MODEL_SLUG, {}, {}, BASETEN],
    ["to a deployment", DEPLOYMENT_MODEL, {}, {}, BASETEN],
    ["to options.deployment", "any", {}, { deployment: { modelId: "abc1234" } }, BASETEN],
    [
      "to options.deployment, though BASETEN_BASE_URL is set",
      DEPLOYMENT_MODEL,
      { BASETEN_BASE_URL: GATEWAY_URL },
      { deployment: {} },
      BASETEN,
    ],
    ["to BASETEN_BASE_URL", MODEL_SLUG, { BASETEN_BASE_URL: GATEWAY_URL }, {}, BASETEN],
    ["to BASETEN_API_BASE", DEPLOYMENT_MODEL, { BASETEN_API_BASE: GATEWAY_URL }, {}, BASETEN],
    ["to LITELLM_PROXY_API_BASE", "litellm_proxy/x", { LITELLM_PROXY_API_BASE: GATEWAY_URL }, {}, PROXY],
    ["not to options.baseURL", MODEL_SLUG, {}, { baseURL: GATEWAY_URL }, undefined],
    ["not to options.baseURL at Baseten", MODEL_SLUG, {}, { baseURL: "https://inference.baseten.co/v1" }, undefined],
    [
      "not to options.baseURL that a variable names, too",
      MODEL_SLUG,
      { BASETEN_BASE_URL: GATEWAY_URL },
      { baseURL: GATEWAY_URL },
      undefined,
    ],
    ["not to options.baseURL of a proxy", "litellm_proxy/x", {}, { baseURL: GATEWAY_URL }, undefined],
    ["not over options.apiKey", MODEL_SLUG, {}, { apiKey: API_KEY }, API_KEY],
    ["not over an empty options.apiKey, which is no key", MODEL_SLUG, {}, { apiKey: "" }, undefined],
    ["not over a function that gives none", MODEL_SLUG, {}, { apiKey: () => undefined }, undefined],
  ])("%s (%s)", async (_, model, variables, options, key) => {
    setEnvironment({ ...BOTH, ...variables });
    expect(await authorization(model, options)).toBe(key ? `Bearer ${key}` : null);
  });

  it.each<[string, Record<string, string>]>([
    [MODEL_SLUG, { LITELLM_PROXY_API_KEY: PROXY }],
    [MODEL_SLUG, { BASETEN_BASE_URL: GATEWAY_URL, LITELLM_PROXY_API_KEY: PROXY }],
    ["litellm_proxy/x", { LITELLM_PROXY_API_BASE: GATEWAY_URL, BASETEN_API_KEY: BASETEN }],
    [MODEL_SLUG, { BASETEN_API_KEY: "" }],
    [MODEL_SLUG, { BASETEN_API_KEY: " " }],
    [MODEL_SLUG, { OPENAI_API_KEY: API_KEY, LITELLM_API_KEY: API_KEY, BASETEN_TOKEN: API_KEY }],
  ])("by its own family alone, and unset if empty: %s with %j has none", async (model, variables) => {
    setEnvironment(variables);
    expect(await authorization(model)).toBe(null);
  });

  it("as it is at each call", async () => {
    setEnvironment({ BASETEN_API_KEY: "first-key" });
    expect(await authorization(MODEL_SLUG)).toBe("Bearer first-key");
    setEnvironment({ BASETEN_API_KEY: " second-key\n" });
    expect(await authorization(MODEL_SLUG)).toBe("Bearer second-key");
  });
});

describe("the environment", () => {
  it("is asked for no variable but our own", async () => {
    const asked = new Set<PropertyKey>();
    const set: Record<PropertyKey, string> = { LITELLM_PROXY_API_BASE: GATEWAY_URL };
    const get = (_: object, name: PropertyKey) => {
      asked.add(name);
      return set[name];
    };
    vi.stubGlobal("process", { env: new Proxy({}, { get }) });
    await completion({ model: MODEL_SLUG, messages }, { fetch: helloFetch() });
    await completion({ model: DEPLOYMENT_MODEL, messages }, { fetch: helloFetch() });
    await completion({ model: "litellm_proxy/x", messages }, { fetch: helloFetch() });
    expect([...asked].sort()).toEqual([...ENVIRONMENT_VARIABLES].sort());
  });

  it("is named nowhere in the source in a form that a bundler replaces", () => {
    const src = new URL("../src/", import.meta.url);
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const source = files.map((file) => readFileSync(new URL(file, src), "utf8")).join("\n");
    expect(source).toContain("BASETEN_API_KEY");
    expect(source).not.toMatch(/env\??\.\[?["']?(BASETEN|LITELLM)/);
    expect(source).not.toMatch(/import\.meta\.env/);
  });

  it.each<[string, Record<string, unknown>]>([
    ["no process", { process: undefined }],
    ["a process without env", { process: {} }],
    [
      "an env that throws",
      {
        process: {
          get env() {
            throw new Error("forbidden");
          },
        },
      },
    ],
    [
      "a variable that throws",
      {
        process: {
          env: new Proxy(
            {},
            {
              get() {
                throw new Error("forbidden");
              },
            },
          ),
        },
      },
    ],
    ["a variable that is no string", { process: { env: { BASETEN_BASE_URL: 5 } } }],
  ])("counts as empty with %s", (_, globals) => {
    setEnvironment({ BASETEN_BASE_URL: GATEWAY_URL });
    expect(route(MODEL_SLUG).kind).toBe("custom");
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const { kind } = route(MODEL_SLUG);
    vi.unstubAllGlobals();
    expect(kind).toBe("model-api");
  });

  interface DenoStub {
    state: string;
    get?: () => string;
    querySync?: () => never;
  }
  function deno({ state, get = () => GATEWAY_URL, querySync }: DenoStub) {
    const stub = { asked: [] as unknown[], got: [] as string[] };
    vi.stubGlobal("Deno", {
      env: {
        get: (name: string) => {
          stub.got.push(name);
          return get();
        },
      },
      permissions: {
        querySync:
          querySync ??
          ((descriptor: unknown) => {
            stub.asked.push(descriptor);
            return { state };
          }),
      },
    });
    return stub;
  }

  it("of Deno is read where the permission is there already", () => {
    const stub = deno({ state: "granted" });
    expect(route(MODEL_SLUG)).toMatchObject({ kind: "custom", url: `${GATEWAY_URL}/chat/completions` });
    expect(stub.asked[0]).toEqual({ name: "env", variable: "BASETEN_BASE_URL" });
    expect(stub.got[0]).toBe("BASETEN_BASE_URL");
  });

  it.each(["prompt", "denied"])("of Deno is not touched where the permission is %s", (state) => {
    setEnvironment({ BASETEN_BASE_URL: GATEWAY_URL });
    const stub = deno({ state });
    expect(route(MODEL_SLUG).kind).toBe("model-api");
    expect(stub.got).toEqual([]);
  });

  const forbidden = (): never => {
    throw new Error("forbidden");
  };
  it.each<[string, DenoStub]>([
    ["a variable", { state: "granted", get: forbidden }],
    ["the permission", { state: "granted", querySync: forbidden }],
  ])("of Deno that throws at %s is unset", (_, stub) => {
    deno(stub);
    expect(route(MODEL_SLUG).kind).toBe("model-api");
  });
});

describe("options.apiKey", () => {
  it.each<[string, ApiKey]>([
    ["a string", API_KEY],
    ["a string with white space around it", `\n ${API_KEY}\t\r\n`],
    ["a function", () => API_KEY],
    ["a function that gives white space, too", () => ` ${API_KEY}\n`],
    ["a function that gives a promise", async () => API_KEY],
  ])("may be %s", async (_, apiKey) => {
    expect(await authorization(MODEL_SLUG, { apiKey })).toBe(`Bearer ${API_KEY}`);
    expect(await authorization(MODEL_SLUG, { apiKey, baseURL: GATEWAY_URL })).toBe(`Bearer ${API_KEY}`);
  });

  it("is asked for each attempt", async () => {
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
    ["a blank inside", "sk-secret 0123"],
    ["a zero", "sk-secret\u00000123"],
    ["typographic quotes", "\u201csk-secret-0123\u201d"],
    ["a zero-width space", "sk-secret-0123\u200b"],
    ["no text at all", { secret: "sk-secret-0123" }],
    ["a number", 123],
    ["an accent, from a function", () => "sk-secr\u00e9t-0123"],
    ["no text at all, from a function", async () => ["sk-secret-0123"]],
  ])("with %s is an AuthenticationError that shows nothing of it", async (_, apiKey) => {
    const fetch = helloFetch();
    const error = await catchBasetenError(() =>
      completion({ model: MODEL_SLUG, messages }, { apiKey: apiKey as ApiKey, fetch }),
    );
    expect(error).toMatchObject({ name: "AuthenticationError", attempts: 0 });
    expect(error.status).toBeUndefined();
    expect(`${error.message}${error.stack}${JSON.stringify(error)}${error.cause}`).not.toMatch(/secr|0123|sk-/);
    expect(fetch.calls).toEqual([]);
  });

  it("of the environment is held to the same", async () => {
    setEnvironment({ BASETEN_API_KEY: "sk-secr\u00e9t-0123" });
    const fetch = helloFetch();
    const error = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, { fetch }));
    expect(error.name).toBe("AuthenticationError");
    expect(error.message).not.toMatch(/secr|0123/);
    expect(fetch.calls).toEqual([]);
  });

  it("that is unusable at the second attempt is told as at the first", async () => {
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

  it("that throws is an AuthenticationError with what it threw as cause, and is not asked again", async () => {
    const cause = new Error("the vault is closed");
    const apiKey = vi.fn(() => Promise.reject(cause));
    const fetch = helloFetch();
    const error = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, { fetch, apiKey }));
    expect(error).toMatchObject({ name: "AuthenticationError", attempts: 0 });
    expect(error.cause).toBe(cause);
    expect(apiKey).toHaveBeenCalledTimes(1);
    expect(fetch.calls).toEqual([]);
  });
});

describe("an authorization of options.headers", () => {
  const form: [string, HeadersInit][] = [
    ["a Headers", new Headers({ Authorization: `Api-Key ${API_KEY}` })],
    ["a list", [["AUTHORIZATION", `Api-Key ${API_KEY}`]]],
    ["a record", { authorization: `Api-Key ${API_KEY}` }],
  ];

  it.each(form)("as %s wins over every key", async (_, headers) => {
    setEnvironment(BOTH);
    expect(await authorization(MODEL_SLUG, { headers, apiKey: "another-key-0123" })).toBe(`Api-Key ${API_KEY}`);
  });

  it.each(form)("as %s counts as a key", async (_, headers) => {
    const fetch = helloFetch();
    vi.stubGlobal("fetch", fetch);
    await completion({ model: MODEL_SLUG, messages }, { headers });
    expect(onlyRequest(fetch).headers.get("authorization")).toBe(`Api-Key ${API_KEY}`);
  });

  it.each(["Bearer sk-secret\n0123", "Bearer sk-secr\u0113t-0123"])(
    "%j is refused without a word of it",
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

describe("without a key", () => {
  it.each<[string, Options]>([
    [MODEL_SLUG, {}],
    [DEPLOYMENT_MODEL, {}],
    ["any", { deployment: { modelId: "abc1234" } }],
    [MODEL_SLUG, { apiKey: "" }],
    [MODEL_SLUG, { apiKey: " \n" }],
    [MODEL_SLUG, { apiKey: async () => undefined }],
    [MODEL_SLUG, { baseURL: "https://inference.baseten.co/v1" }],
    ["litellm_proxy/x", { baseURL: "https://model-abcd1234.api.baseten.co/x" }],
  ])("a Baseten host is not called: %s with %j", async (model, options) => {
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
  });

  it("a Baseten host is called if fetch is given: it may add one, or be the emulator", async () => {
    expect(await authorization(MODEL_SLUG)).toBe(null);
    expect(await authorization(DEPLOYMENT_MODEL)).toBe(null);
  });

  it.each([
    [MODEL_SLUG, { baseURL: GATEWAY_URL }],
    ["litellm_proxy/x", { baseURL: "http://localhost:4000" }],
    [MODEL_SLUG, { baseURL: "https://baseten.co.example/v1" }],
  ])("any other host is called: %s at %j", async (model, options) => {
    const fetch = helloFetch();
    vi.stubGlobal("fetch", fetch);
    await completion({ model, messages }, options);
    expect(onlyRequest(fetch).headers.has("authorization")).toBe(false);
  });
});

/** Everything that an error says, in one text. */
function whole(error: BasetenError): string {
  const { message, stack, body, code, type, param, requestId, headers } = error;
  const said = [message, stack, body, code, type, param, requestId, ...(headers ?? []), JSON.stringify(error)];
  return said.flat().join("\n");
}

describe("a key that the server sends back", () => {
  const inBody = {
    message: `no such key ${API_KEY}`,
    type: `type ${API_KEY}`,
    code: `code-${API_KEY}`,
    param: `param.${API_KEY}`,
  };
  const escaped = (text: string) => text.replace(API_KEY, `\\u0074${API_KEY.slice(1)}`);

  async function errorOf(
    answer: Responder,
    call: "completion" | "stream" = "completion",
    options: Options = {},
  ): Promise<BasetenError> {
    const all: Options = { apiKey: API_KEY, fetch: recordedFetch(answer), maxRetries: 0, ...options };
    const request = { model: MODEL_SLUG, messages };
    const drain = async () => {
      for await (const _ of stream(request, all));
    };
    return catchBasetenError(() => (call === "stream" ? drain() : completion(request, all)));
  }

  it.each<[string, Responder, ("completion" | "stream")?]>([
    ["the fields of an error", jsonResponse({ error: inBody }, 401)],
    ["an error that is a text", jsonResponse({ error: `bad ${API_KEY} and ${API_KEY}`, error_code: API_KEY }, 400)],
    ["the flat shape", jsonResponse({ ...inBody, request_id: API_KEY }, 400)],
    ["a page", jsonResponse(`<html>${API_KEY}</html>`, 502)],
    ["a header", jsonResponse({}, 500, { "x-echo": `Bearer ${API_KEY}`, "x-request-id": API_KEY })],
    ["an error inside a 200", jsonResponse({ error: inBody })],
    ["a 200 that is no completion", jsonResponse({ echo: API_KEY })],
    ["a page with status 200", jsonResponse(`<html>${API_KEY}</html>`)],
    ["the content type of a page", jsonResponse("<html>", 200, { "content-type": `text/html; a=${API_KEY}` })],
    ["an error event", sseResponse([sseEvent(contentChunk("Hel")), sseEvent({ error: inBody })]), "stream"],
    ["an event that is no JSON", sseResponse([`data: {${API_KEY}\n\n`]), "stream"],
    ["a page instead of a stream", sseResponse([`<html>${API_KEY}`]), "stream"],
    ["a redirect", jsonResponse("", 307, { location: `https://else.example/?key=${API_KEY}` })],
    ["JSON with an escape in it", jsonResponse(escaped(JSON.stringify({ error: inBody })), 401)],
    ["an error event with an escape in it", sseResponse([escaped(sseEvent({ error: inBody })), DONE_EVENT]), "stream"],
  ])("in %s is ***", async (_, answer, call) => {
    const text = whole(await errorOf(answer, call));
    expect(text).not.toContain(API_KEY);
    expect(text).toContain("***");
  });

  it.each(Array.from({ length: API_KEY.length + 1 }, (_, cut) => cut))(
    "in a long page is not told by half, where a read ends %i characters into it",
    async (cut) => {
      const page = `<${"x".repeat(480)}${API_KEY}${"y".repeat(600)}`;
      const error = await errorOf(sseResponse([page.slice(0, 481 + cut), page.slice(481 + cut)]), "stream");
      expect(error.name).toBe("InvalidResponseError");
      expect(whole(error)).not.toContain(API_KEY.slice(0, 6));
      const broken = await errorOf(sseResponse([page.slice(0, 481 + cut), new TypeError("reset")]), "stream");
      expect(broken.name).toBe("InvalidResponseError");
      if (cut < API_KEY.length) expect(whole(broken)).not.toContain(API_KEY.slice(0, 6));
    },
  );

  it("by what fetch throws is *** in the message", async () => {
    const error = await errorOf(() => Promise.reject(new TypeError(`bad header: Bearer ${API_KEY}`)));
    expect(error.name).toBe("APIConnectionError");
    expect(whole(error)).not.toContain(API_KEY);
  });

  it.each([`https://gateway.example/v1?key=${API_KEY}`, `https://${API_KEY}.example/v1`])(
    "in the address of %s is *** as well",
    async (baseURL) => {
      const error = await errorOf(jsonResponse({}, 500), "completion", { baseURL });
      expect(whole(error)).not.toContain(API_KEY);
      expect(error.url).toContain("***");
    },
  );

  it.each<[string, string, Options]>([
    ["from the environment", "key-of-the-environment", { apiKey: undefined }],
    ["from a function", "key-of-the-function", { apiKey: async () => "key-of-the-function" }],
    ["as a header's bearer", "key-of-the-header", { headers: { authorization: "Bearer key-of-the-header" } }],
    ["as a header's Api-Key", "key-of-the-header", { headers: { authorization: "Api-Key key-of-the-header" } }],
    ["of 8 characters", "12345678", { apiKey: "12345678" }],
    ["with the characters of a pattern", "k.*+?^$(){}|[]", { apiKey: "k.*+?^$(){}|[]" }],
    ["with what JSON escapes", 'key-"with"\\both', { apiKey: 'key-"with"\\both' }],
  ])("is *** if it came %s", async (_, key, options) => {
    setEnvironment({ BASETEN_API_KEY: "key-of-the-environment" });
    const error = await errorOf(
      jsonResponse({ error: { message: `not ${key}!`, code: key } }, 401),
      "completion",
      options,
    );
    expect(error.message).toBe("401 from inference.baseten.co: not ***!");
    expect(error.code).toBe("***");
    expect(error.body).not.toContain(key);
  });

  it("of fewer than 8 characters stays: it may stand in ordinary text", async () => {
    const error = await errorOf(jsonResponse({ error: "1234567 tokens" }, 400), "completion", { apiKey: "1234567" });
    expect(error.message).toBe("400 from inference.baseten.co: 1234567 tokens");
  });

  it("of another attempt is not looked for, the attempt's own is", async () => {
    const keys = ["first-key-of-two", "second-key-of-two"];
    const fetch: RecordedFetch = recordedFetch(
      jsonResponse({}, 503, { "retry-after": "0" }),
      jsonResponse({ error: "second-key-of-two" }, 503),
    );
    const error = await errorOf(() => new Response(), "completion", {
      fetch,
      apiKey: () => keys.shift(),
      maxRetries: 1,
    });
    expect(error.message).toBe("503 from inference.baseten.co: ***");
  });

  it("is cut out before the words are cut", async () => {
    const error = await errorOf(jsonResponse({ error: `${"x".repeat(490)}${API_KEY}` }, 400));
    expect(error.message.endsWith(`${"x".repeat(490)}***`)).toBe(true);
  });
});
