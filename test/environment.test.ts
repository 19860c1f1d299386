import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { completion, type Options, route } from "../src/index.js";
import { catchBasetenError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment, ENVIRONMENT_VARIABLES, setEnvironment } from "./helpers/environment.js";
import { helloFetch } from "./helpers/recorded-fetch.js";
import { API_KEY, DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages } from "./helpers/requests.js";

clearEnvironment();

describe("environment variables", () => {
  it("that are read are only those of this library", async () => {
    const readNames = new Set<PropertyKey>();
    const variables: Record<PropertyKey, string> = { LITELLM_PROXY_API_BASE: GATEWAY_URL };
    const get = (_: object, name: PropertyKey) => {
      readNames.add(name);
      return variables[name];
    };
    vi.stubGlobal("process", { env: new Proxy({}, { get }) });
    await completion({ model: MODEL_SLUG, messages }, { fetch: helloFetch() });
    await completion({ model: DEPLOYMENT_MODEL, messages }, { fetch: helloFetch() });
    await completion({ model: "litellm_proxy/x", messages }, { fetch: helloFetch() });
    expect([...readNames].sort()).toEqual([...ENVIRONMENT_VARIABLES].sort());
  });

  /** Replaces the environment by these variables until the end of the test. Returns the names that are read. */
  function recordReads(variables: Record<string, string>): PropertyKey[] {
    const names: PropertyKey[] = [];
    const get = (_: object, name: PropertyKey) => {
      names.push(name);
      return variables[String(name)];
    };
    vi.stubGlobal("process", { env: new Proxy({}, { get }) });
    return names;
  }

  const BASES = ["BASETEN_BASE_URL", "BASETEN_API_BASE"];

  it.each<[string, string, Options, Record<string, string>, string[]]>([
    ["the base URLs and the key by default", MODEL_SLUG, {}, {}, [...BASES, "BASETEN_API_KEY"]],
    [
      "no second base URL after the first",
      MODEL_SLUG,
      { apiKey: API_KEY },
      { BASETEN_BASE_URL: GATEWAY_URL },
      BASES.slice(0, 1),
    ],
    ["no key beside options.apiKey", MODEL_SLUG, { apiKey: API_KEY }, {}, BASES],
    ["no key beside an empty options.apiKey", MODEL_SLUG, { apiKey: "" }, {}, BASES],
    ["no key beside a function that returns none", MODEL_SLUG, { apiKey: () => undefined }, {}, BASES],
    ["no key beside an authorization header", MODEL_SLUG, { headers: { Authorization: "Bearer x" } }, {}, BASES],
    ["nothing beside options.baseURL", MODEL_SLUG, { baseURL: GATEWAY_URL }, {}, []],
    ["nothing beside options.baseURL of a proxy", "litellm_proxy/x", { baseURL: GATEWAY_URL }, {}, []],
    ["no base URL beside options.deployment", DEPLOYMENT_MODEL, { deployment: {} }, {}, ["BASETEN_API_KEY"]],
    [
      "no variable of Baseten's for a proxy",
      "litellm_proxy/x",
      {},
      { LITELLM_PROXY_API_BASE: GATEWAY_URL },
      ["LITELLM_PROXY_API_BASE", "LITELLM_PROXY_API_KEY"],
    ],
  ])("are read only if they are needed: %s (%s)", async (_, model, options, variables, expected) => {
    const names = recordReads(variables);
    await completion({ model, messages }, { ...options, fetch: helloFetch() });
    expect(names).toEqual(expected);
  });

  it("are not read for options or a request that are refused, and no key is read by route", async () => {
    const names = recordReads({});
    const fetch = helloFetch();
    await expect(completion({ model: MODEL_SLUG, messages }, { fetch, baseUrl: "/v1" } as Options)).rejects.toThrow();
    await expect(completion(null as never, { fetch })).rejects.toThrow();
    await expect(completion({ messages } as never, { fetch })).rejects.toThrow();
    expect(names).toEqual([]);
    route(MODEL_SLUG);
    expect(names).toEqual(BASES);
  });

  it("are not written in the source in a form that a bundler replaces", () => {
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
    ["a variable that is not a string", { process: { env: { BASETEN_BASE_URL: 5 } } }],
  ])("count as unset with %s", (_, globals) => {
    setEnvironment({ BASETEN_BASE_URL: GATEWAY_URL });
    expect(route(MODEL_SLUG).kind).toBe("custom");
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const { kind } = route(MODEL_SLUG);
    vi.unstubAllGlobals();
    expect(kind).toBe("model-api");
  });

  interface DenoStub {
    /** The state of the permission to read a variable. */
    state: string;
    get?: () => string;
    querySync?: () => never;
  }
  /** Replaces the global Deno until the end of the test. Returns the arguments of the calls that it got. */
  function stubDeno({ state, get = () => GATEWAY_URL, querySync }: DenoStub) {
    const calls = { querySync: [] as unknown[], get: [] as string[] };
    vi.stubGlobal("Deno", {
      env: {
        get: (name: string) => {
          calls.get.push(name);
          return get();
        },
      },
      permissions: {
        querySync:
          querySync ??
          ((descriptor: unknown) => {
            calls.querySync.push(descriptor);
            return { state };
          }),
      },
    });
    return calls;
  }

  it.each<[string, string, RegExp]>([
    ["Node", "", /: no API key: pass apiKey, or set BASETEN_API_KEY$/],
    ["Deno", "prompt", /: no API key: pass apiKey, or set BASETEN_API_KEY with --allow-env=BASETEN_API_KEY$/],
    ["Deno with the permission", "granted", / or set BASETEN_API_KEY with --allow-env=BASETEN_API_KEY$/],
  ])("that hold no key are named by the error in %s", async (_, state, message) => {
    if (state) stubDeno({ state, get: () => "" });
    for (const model of [MODEL_SLUG, DEPLOYMENT_MODEL]) {
      const error = await catchBasetenError(() => completion({ model, messages }));
      expect(error).toMatchObject({ name: "AuthenticationError", attempts: 0 });
      expect(error.message).toMatch(message);
    }
  });

  it("are not named where none is read: for options.baseURL at a host of Baseten's", async () => {
    const options = { baseURL: "https://inference.baseten.co/v1" };
    const error = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, options));
    expect(error).toMatchObject({ name: "AuthenticationError" });
    expect(error.message).toMatch(/: no API key: pass apiKey$/);
  });

  it("that would hold the address of a LiteLLM proxy are named by the error", async () => {
    const { message } = await expectRefusal(() => route("litellm_proxy/x"), "baseURL");
    expect(message).toContain("LITELLM_PROXY_API_BASE");
  });

  it("are read in Deno if the permission is granted", () => {
    const calls = stubDeno({ state: "granted" });
    expect(route(MODEL_SLUG)).toMatchObject({ kind: "custom", url: `${GATEWAY_URL}/chat/completions` });
    expect(calls.querySync[0]).toEqual({ name: "env", variable: "BASETEN_BASE_URL" });
    expect(calls.get[0]).toBe("BASETEN_BASE_URL");
  });

  it.each(["prompt", "denied"])('are not read in Deno if the permission is "%s"', (state) => {
    setEnvironment({ BASETEN_BASE_URL: GATEWAY_URL });
    const calls = stubDeno({ state });
    expect(route(MODEL_SLUG).kind).toBe("model-api");
    expect(calls.get).toEqual([]);
  });

  const throwForbidden = (): never => {
    throw new Error("forbidden");
  };
  it.each<[string, DenoStub]>([
    ["Deno.env.get", { state: "granted", get: throwForbidden }],
    ["Deno.permissions.querySync", { state: "granted", querySync: throwForbidden }],
  ])("count as unset if %s throws", (_, stub) => {
    stubDeno(stub);
    expect(route(MODEL_SLUG).kind).toBe("model-api");
  });
});
