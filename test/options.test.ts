import { afterEach, describe, expect, it, vi } from "vitest";
import { completion, type Options, stream, type Timeouts } from "../src/index.js";
import { catchBasetenError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { helloFetch, jsonResponse, pendingResponse, recordedFetch, scriptedBody } from "./helpers/recorded-fetch.js";
import { API_KEY, DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages } from "./helpers/requests.js";
import { contentChunk, sseEvent } from "./helpers/wire-chunks.js";

clearEnvironment();
afterEach(() => void vi.useRealTimers());

const request = { model: MODEL_SLUG, messages };

/** Option, invalid value, the name in the error's message, and the value as the message shows it. */
const invalid: [keyof Options, unknown, string, string?][] = [
  ["timeout", 0, "timeout.total", "0"],
  ["timeout", -1, "timeout.total", "-1"],
  ["timeout", Number.NaN, "timeout.total", "NaN"],
  ["timeout", Number.NEGATIVE_INFINITY, "timeout.total", "-Infinity"],
  ["timeout", "30s", "timeout.total", "30s"],
  ["timeout", null, "timeout", "null"],
  ["timeout", true, "timeout.total", "true"],
  ...["response", "idle", "total"].flatMap((name): [keyof Options, unknown, string, string][] => [
    ["timeout", { [name]: 0 }, `timeout.${name}`, "0"],
    ["timeout", { [name]: -5 }, `timeout.${name}`, "-5"],
    ["timeout", { [name]: Number.NaN }, `timeout.${name}`, "NaN"],
    ["timeout", { [name]: "5" }, `timeout.${name}`, "5"],
  ]),
  ["maxRetries", -1, "maxRetries", "-1"],
  ["maxRetries", Number.NaN, "maxRetries", "NaN"],
  ["maxRetries", 1.5, "maxRetries", "1.5"],
  ["maxRetries", "2", "maxRetries", "2"],
  ["maxRetries", null, "maxRetries", "null"],
  ["fetch", "fetch", "fetch", "fetch"],
  ["fetch", null, "fetch", "null"],
  ["fetch", {}, "fetch", "object"],
  ["signal", "abort", "signal", "abort"],
  ["signal", {}, "signal", "object"],
  ["signal", new AbortController(), "signal", "abortcontroller"],
  ["baseURL", "localhost:4000", "baseURL", "localhost:4000"],
  ["baseURL", "", "baseURL"],
  ["baseURL", 5, "baseURL", "5"],
  ["deployment", { modelId: "abc1234", environment: "a b" }, "deployment.environment", "a b"],
  ["deployment", { modelId: "abc1234", environment: "a", deploymentId: "b" }, "deployment"],
  ["deployment", "development", "deployment", "development"],
];

describe("invalid options reject with a BadRequestError before anything is sent", () => {
  it.each(invalid)("%s: %j, with a message that names %s", async (option, value, name, shown) => {
    const fetch = helloFetch();
    vi.stubGlobal("fetch", fetch);
    const options = { apiKey: API_KEY, fetch, [option]: value } as Options;
    await expectRefusal(() => completion(request, options), name, shown);
    await expectRefusal(() => stream(request, options).next(), name, shown);
    expect(fetch.calls).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["a name with a space", { "x y": "1" }],
    ["a name with a line feed", { "x\ny": "1" }],
    ["a value with a line feed", { "x-secret": "sk-secret\n0123" }],
    ["a value beyond Latin-1", [["x-secret", "sk-secret-0123-\u0113"]]],
    ["a string instead of an object", "x-secret: sk-secret-0123"],
    ["an array whose items are not pairs", [["x-secret"]]],
  ])("headers with %s, with a message that does not show the value", async (_, headers) => {
    const fetch = helloFetch();
    const error = await catchBasetenError(() =>
      completion(request, { apiKey: API_KEY, fetch, headers: headers as HeadersInit }),
    );
    expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
    expect(error.message).toMatch(/^headers: expected valid names and values, got "/);
    expect(`${error.stack}${JSON.stringify(error)}${error.cause}`).not.toContain("secret");
    expect(fetch.calls).toEqual([]);
  });

  it("no fetch option in a runtime without globalThis.fetch", async () => {
    vi.stubGlobal("fetch", undefined);
    await expectRefusal(() => completion(request, { apiKey: API_KEY }), "fetch", "undefined");
    await expectRefusal(() => stream(request, { apiKey: API_KEY }).next(), "fetch", "undefined");
  });
});

describe("valid options", () => {
  it.each<Options>([
    { timeout: Number.POSITIVE_INFINITY },
    { timeout: 2 ** 31 },
    {
      timeout: { response: Number.POSITIVE_INFINITY, idle: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY },
    },
    { timeout: { response: 2 ** 31, idle: 2 ** 40, total: Number.MAX_VALUE } },
  ])("%j ends no call, however long it waits", async (options) => {
    vi.useFakeTimers();
    const fetch = recordedFetch(pendingResponse());
    const call = observeError(completion(request, { apiKey: API_KEY, fetch, ...options }));
    await vi.advanceTimersByTimeAsync(2 ** 31);
    expect(fetch.calls.length).toBe(1);
    expect(call).toEqual({});
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<Options>([
    { timeout: 2 ** 31 - 1 },
    { timeout: { response: 2 ** 31 - 1 } },
    { timeout: 0.5 },
    { maxRetries: 0 },
    { timeout: {} },
    { timeout: { response: undefined, idle: undefined, total: undefined } },
  ])("%j is accepted, and no timer is left after the call", async (options) => {
    vi.useFakeTimers();
    await completion(request, { apiKey: API_KEY, fetch: helloFetch(), ...options });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may all be undefined", async () => {
    const names = ["apiKey", "baseURL", "deployment", "servedModelName", "headers", "signal", "timeout", "maxRetries"];
    const fetch = helloFetch();
    await completion(request, { ...Object.fromEntries(names.map((name) => [name, undefined])), fetch });
    expect(fetch.calls.length).toBe(1);
  });

  it("are not sent in the body", async () => {
    const fetch = helloFetch();
    const { signal } = new AbortController();
    const options: Options = {
      apiKey: API_KEY,
      servedModelName: "x",
      headers: {},
      signal,
      timeout: 5_000,
      maxRetries: 1,
      fetch,
    };
    await completion(request, { ...options, baseURL: GATEWAY_URL });
    expect(JSON.parse(String(fetch.calls[0]?.init.body))).toEqual({ model: "openai/gpt-oss-120b", messages });
  });
});

/** The error of a promise, once it has rejected. */
function observeError(promise: Promise<unknown>): { error?: unknown } {
  const state: { error?: unknown } = {};
  promise.catch((error: unknown) => {
    state.error = error;
  });
  return state;
}

describe("a call waits for the response headers", () => {
  it.each<[string, string, Options, number]>([
    ["600 s at the Model API", MODEL_SLUG, {}, 600_000],
    ["1,260 s at a deployment", DEPLOYMENT_MODEL, {}, 1_260_000],
    ["1,260 s at options.deployment", MODEL_SLUG, { deployment: { modelId: "abc1234" } }, 1_260_000],
    ["1,260 s at a proxy", "litellm_proxy/x", { baseURL: GATEWAY_URL }, 1_260_000],
    ["1,260 s at any other base URL", MODEL_SLUG, { baseURL: GATEWAY_URL }, 1_260_000],
    ["as long as timeout.response", MODEL_SLUG, { timeout: { response: 5_000 } }, 5_000],
    ["not longer than timeout.total", MODEL_SLUG, { timeout: { total: 5_000 } }, 5_000],
    ["as long as a numeric timeout that is longer than the default", MODEL_SLUG, { timeout: 900_000 }, 900_000],
    ["as long as a numeric timeout that is shorter than the default", DEPLOYMENT_MODEL, { timeout: 700 }, 700],
  ])("%s", async (_, model, options, ms) => {
    vi.useFakeTimers();
    const fetch = recordedFetch(pendingResponse());
    const call = observeError(completion({ model, messages }, { apiKey: API_KEY, fetch, ...options }));
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject({
      name: "TimeoutError",
      attempts: 1,
      message: expect.stringContaining(`${ms} ms`),
    });
    expect(vi.getTimerCount()).toBe(0);
    expect(fetch.calls.length).toBe(1);
  });
});

describe("a stream without a byte times out after", () => {
  it.each<[string, Options["timeout"], number, keyof Timeouts]>([
    ["120 s", undefined, 120_000, "idle"],
    ["timeout.idle", { idle: 300 }, 300, "idle"],
    ["a numeric timeout", 300_000, 300_000, "total"],
  ])("%s, with a message that names the limit", async (_, timeout, ms, name) => {
    vi.useFakeTimers();
    const stalled = scriptedBody([sseEvent(contentChunk("Hel")), new Promise(() => {})]);
    const chunks = stream(request, {
      apiKey: API_KEY,
      timeout,
      fetch: recordedFetch(() => new Response(stalled.stream)),
    });
    await chunks.next();
    const call = observeError(chunks.next());
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(call).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toMatchObject({ name: "TimeoutError", message: expect.stringContaining(name) });
    expect(stalled.state).toBe("cancelled");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("maxRetries", () => {
  it.each<[number | undefined, number]>([
    [undefined, 3],
    [0, 1],
    [1, 2],
    [4, 5],
  ])("%s allows %i attempts", async (maxRetries, attempts) => {
    const fetch = recordedFetch(jsonResponse({ error: "busy" }, 503, { "retry-after": "0" }));
    const error = await catchBasetenError(() => completion(request, { apiKey: API_KEY, fetch, maxRetries }));
    expect(error).toMatchObject({ name: "InternalServerError", attempts });
    expect(fetch.calls.length).toBe(attempts);
    expect(new Set(fetch.calls.map(({ init }) => init.body)).size).toBe(1);
  });
});
