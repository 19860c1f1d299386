/** A misspelled option must never be ignored: it could send a key and a prompt to another host than was meant. */

import { describe, expect, it, vi } from "vitest";
import { chatTransport } from "../src/ai-sdk/index.js";
import { emulator } from "../src/emulator/index.js";
import { guard } from "../src/guard/index.js";
import { completion, embed, models, type Options, parse, route, runTools, stream, wake } from "../src/index.js";
import { relay } from "../src/relay/index.js";
import { catchBasetenError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { helloFetch, onlyRequest } from "./helpers/recorded-fetch.js";
import { API_KEY, DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages } from "./helpers/requests.js";

clearEnvironment();

const request = { model: DEPLOYMENT_MODEL, messages };
const schema = { type: "object", properties: {}, required: [] };

/** What takes the options of a call, called with any of them. */
const functions: [string, (options: never) => unknown][] = [
  ["completion", (options) => completion(request, options)],
  ["stream", (options) => stream(request, options).next()],
  ["route", (options) => route(request.model, options)],
  ["models", (options) => models(options)],
  ["wake", (options) => wake(request.model, options)],
  ["embed", (options) => embed({ model: request.model, input: "Hello" }, options)],
  ["parse", (options) => parse(request, schema, options)],
  ["runTools", (options) => runTools(request, {}, options).next()],
  ["chatTransport", (options) => chatTransport({ model: request.model }, options)],
];
const factories: [string, (options: never) => unknown][] = [
  ["emulator", (options) => emulator(options)],
  ["guard", (options) => guard(options)],
  ["relay", (options) => relay(options)],
];

/** A wrong name, and the option that is meant. */
const misspelled: [string, keyof Options][] = [
  ...["baseUrl", "base_url", "BASEURL", "base-url", "apiBase", "api_base", "API_BASE"].map(
    (name): [string, keyof Options] => [name, "baseURL"],
  ),
  ...["api_key", "apikey", "APIKey", "api-key", "API_KEY"].map((name): [string, keyof Options] => [name, "apiKey"]),
  ["max_retries", "maxRetries"],
  ["num_retries", "maxRetries"],
  ["numRetries", "maxRetries"],
  ["extra_headers", "headers"],
  ["defaultHeaders", "headers"],
  ["Headers", "headers"],
  ["Timeout", "timeout"],
  ["request_timeout", "timeout"],
  ["abort_signal", "signal"],
  ["abortSignal", "signal"],
  ["Fetch", "fetch"],
  ["served_model_name", "servedModelName"],
  ["Deployment", "deployment"],
];

/** Sends nothing, whatever `act` does with it. */
async function refuse(act: (options: never) => unknown, options: unknown): Promise<Error> {
  const fetch = helloFetch();
  vi.stubGlobal("fetch", fetch);
  const error = await catchBasetenError(() => act(options as never));
  expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
  expect(error.status).toBeUndefined();
  expect(fetch.calls).toEqual([]);
  return error;
}

describe.each(functions)("%s refuses, before anything is sent,", (_, act) => {
  it.each(misspelled)("the option %s, and names %s, which is meant", async (name, meant) => {
    const error = await refuse(act, { apiKey: API_KEY, [name]: "sk-secret" });
    expect(error.message).toBe(`${name}: unknown option, expected ${meant}`);
  });

  it.each(["model", "organization", "constructor", "toString", "baseURI", "extra_body", "0"])(
    "the option %s, and lists those that there are",
    async (name) => {
      const error = await refuse(act, { apiKey: API_KEY, [name]: "sk-secret" });
      expect(error.message).toMatch(`${name}: unknown option, expected one of apiKey, baseURL, deployment, `);
      expect(error.message).not.toContain("sk-secret");
    },
  );

  it("an own __proto__, as JSON.parse makes it", async () => {
    const error = await refuse(act, JSON.parse('{"__proto__":{"baseURL":"https://gateway.example"}}'));
    expect(error.message).toMatch("__proto__: unknown option");
  });

  it.each([
    "baseURL",
    "apiKey",
    "deployment",
    "servedModelName",
    "fetch",
    "headers",
    "signal",
    "timeout",
    "maxRetries",
  ])("%s: null, which must not fall through to the default", async (name) => {
    for (const options of [{ [name]: null }, Object.create({ [name]: null })]) {
      expect((await refuse(act, options)).message).toBe(`${name}: expected a value or undefined, got null`);
    }
  });

  it.each([null, [], ["x"], "https://gateway.example", "", 5, 0, true, false, () => ({}), Symbol("x"), 5n])(
    "options that are not an object: %s",
    async (options) => {
      const { message } = await refuse(act, options);
      expect(message).toMatch(/^options: expected an object, got /);
    },
  );

  // Each of these would count as options that are all absent: key and prompt would go to the default host.
  it.each([
    ["promise", Promise.resolve({ baseURL: GATEWAY_URL })],
    ["abortsignal", new AbortController().signal],
    ["url", new URL(GATEWAY_URL)],
    ["headers", new Headers()],
    ["map", new Map([["baseURL", GATEWAY_URL]])],
  ])("options that are a %s, and says so", async (name, options) => {
    expect((await refuse(act, options)).message).toBe(`options: expected an object, got ${name}`);
  });
});

describe.each(factories)("%s refuses", (_, act) => {
  it.each(["baseUrl", "Fetch_", "api_key", "constructor", "foo"])("the option %s", async (name) => {
    expect((await refuse(act, { [name]: "sk-secret" })).message).toMatch(`${name}: unknown option, expected `);
  });

  it.each([null, [], "x", 5, true, () => ({}), Promise.resolve({})])(
    "options that are not an object: %s",
    async (options) => {
      expect((await refuse(act, options)).message).toMatch(/^options: expected an object, got /);
    },
  );
});

describe("the parts of an option are refused by their path", () => {
  it.each<[keyof Options, string, string]>([
    ["timeout", "Response", "response"],
    ["timeout", "TOTAL", "total"],
    ["timeout", "idle_", "idle"],
    ["timeout", "connect", "one of response, idle, total"],
    ["timeout", "constructor", "one of response, idle, total"],
    ["deployment", "model_id", "modelId"],
    ["deployment", "modelID", "modelId"],
    ["deployment", "deployment_id", "deploymentId"],
    ["deployment", "Environment", "environment"],
    ["deployment", "env", "one of modelId, environment, deploymentId, regional"],
    ["deployment", "region", "one of modelId, environment, deploymentId, regional"],
  ])("%s.%s, with %s as what is meant", async (option, name, meant) => {
    const { message } = await refuse((options) => completion(request, options), { [option]: { [name]: 5 } });
    expect(message).toBe(`${option}.${name}: unknown option, expected ${meant}`);
  });

  it.each<[keyof Options, string]>([
    ["timeout", "response"],
    ["timeout", "idle"],
    ["timeout", "total"],
    ["deployment", "modelId"],
    ["deployment", "environment"],
    ["deployment", "deploymentId"],
    ["deployment", "regional"],
  ])("%s.%s: null", async (option, name) => {
    for (const value of [{ [name]: null }, Object.create({ [name]: null })]) {
      const { message } = await refuse((options) => completion(request, options), { [option]: value });
      expect(message).toBe(`${option}.${name}: expected a value or undefined, got null`);
    }
  });

  it.each<[keyof Options, unknown]>([
    ["timeout", []],
    ["timeout", Promise.resolve({ total: 5 })],
    ["deployment", []],
    ["deployment", Promise.resolve({ environment: "staging" })],
    ["deployment", ["abcd1234"]],
    ["deployment", () => ({})],
  ])("%s, if it is not an object: %j", async (option, value) => {
    const { message } = await refuse((options) => completion(request, options), { [option]: value });
    expect(message).toMatch(`${option}: expected an object, got `);
  });

  it.each(["5", "30s", true, () => 5])(
    "timeout, if it is neither a number nor an object, as a number: %s",
    async (timeout) => {
      const { message } = await refuse((options) => completion(request, options), { timeout });
      expect(message).toMatch("timeout.total: expected a number of ms above 0, got ");
    },
  );

  it("timeout of the guard takes no total, which would cut a stream", async () => {
    await expectRefusal(() => guard({ timeout: { response: null } } as never), "timeout.response");
    const { message } = await catchBasetenError(() => guard({ timeout: { total: 5 } } as never));
    expect(message).toBe("timeout.total: unknown option, expected one of response, idle");
  });
});

describe("an option of a wrong type is refused, even one that has no text, and no TypeError is thrown", () => {
  const senders = functions.filter(([name]) => !["route", "models", "chatTransport"].includes(name));
  const noText = Object.create(null);
  const throwing = {
    toString() {
      throw new TypeError("no text");
    },
  };

  it.each<[string, unknown]>([
    ["baseURL", noText],
    ["baseURL", throwing],
    ["baseURL", Symbol("x")],
    ["baseURL", { href: 5 }],
    ["servedModelName", noText],
    ["servedModelName", Symbol("x")],
    ["fetch", noText],
    ["signal", noText],
    ["maxRetries", throwing],
    ["maxRetries", 5n],
    ["timeout", Symbol("x")],
    ["signal", ""],
    ["signal", 0],
    ["signal", Number.NaN],
    ["signal", false],
    ["headers", Symbol("x")],
    ["headers", () => ({ authorization: "sk-secret" })],
  ])("%s", async (name, value) => {
    for (const [, act] of senders) await refuse(act, { apiKey: API_KEY, [name]: value });
  });

  it.each(["modelId", "environment", "deploymentId"])("deployment.%s", async (name) => {
    await refuse((options) => completion(request, options), { deployment: { [name]: noText } });
  });

  it.each([noText, throwing, Symbol("x"), () => noText, async () => throwing])("apiKey", async (apiKey) => {
    const fetch = helloFetch();
    const error = await catchBasetenError(() => completion(request, { apiKey: apiKey as never, fetch }));
    expect(error.name).toBe("AuthenticationError");
    expect(error.message).toMatch("apiKey: expected a string");
    expect(fetch.calls).toEqual([]);
  });
});

describe("an inherited option holds as one of the object's own", () => {
  const inherited = Object.create({ apiKey: API_KEY, baseURL: GATEWAY_URL });

  it.each<[string, (options: Options) => unknown]>([
    ["stream", (options) => stream(request, options).next()],
    ["models", (options) => models(options)],
    ["embed", (options) => embed({ model: request.model, input: "Hello" }, options)],
    ["parse", (options) => parse(request, schema, options)],
    ["parse with onPartial", (options) => parse(request, schema, Object.assign(options, { onPartial: () => {} }))],
    ["runTools", (options) => runTools(request, {}, options).next()],
    [
      "chatTransport",
      async (options) => {
        const sent = await chatTransport({ model: request.model }, options).sendMessages({ messages: [] });
        await new Response(sent.pipeThrough(new TransformStream({ transform() {} }))).text();
      },
    ],
  ])("with %s: the key and the prompt go to the host that is meant", async (_, act) => {
    const fetch = helloFetch();
    // The answer may be none that the function takes.
    await Promise.resolve(act(Object.assign(Object.create(inherited), { fetch }))).catch(() => {});
    expect(fetch.calls.length).toBe(1);
    const { url, init } = fetch.calls[0] ?? {};
    expect(url).toMatch(`${GATEWAY_URL}/`);
    expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${API_KEY}`);
  });
});

describe("options", () => {
  const fetch = () => helloFetch();

  it.each<[string, (options: Options) => Options]>([
    ["without a prototype", (options) => Object.assign(Object.create(null), options)],
    ["that are frozen", (options) => Object.freeze(options)],
    ["that are inherited", (options) => Object.create(options)],
    [
      "with getters",
      (options) =>
        Object.defineProperties(
          {},
          Object.fromEntries(
            Object.entries(options).map(([name, value]) => [name, { get: () => value, enumerable: true }]),
          ),
        ),
    ],
    ["with symbols, which are not options", (options) => Object.assign(options, { [Symbol("x")]: 1 })],
    [
      "with undefined for names that are not known",
      (options) => Object.assign(options, { baseUrl: undefined, foo: undefined }),
    ],
  ])("%s are taken", async (_, change) => {
    const recorded = fetch();
    const options = change({ apiKey: API_KEY, baseURL: GATEWAY_URL, fetch: recorded, timeout: { total: 5_000 } });
    await completion({ model: MODEL_SLUG, messages }, options);
    const { url, headers } = onlyRequest(recorded);
    expect(url).toBe(`${GATEWAY_URL}/chat/completions`);
    expect(headers.get("authorization")).toBe(`Bearer ${API_KEY}`);
  });
});

it.each<[string, Options]>([
  [
    "an instance of a class",
    new (class {
      baseURL = GATEWAY_URL;
    })(),
  ],
  ["an object without a prototype", Object.assign(Object.create(null), { baseURL: GATEWAY_URL })],
])("options may be %s", (_, options) => {
  expect(route("any/model", options).url).toBe(`${GATEWAY_URL}/chat/completions`);
});
