import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { completion, route } from "../src/index.js";
import { clearEnvironment, ENVIRONMENT_VARIABLES, setEnvironment } from "./helpers/environment.js";
import { helloFetch } from "./helpers/recorded-fetch.js";
import { DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages } from "./helpers/requests.js";

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
