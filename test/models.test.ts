import { describe, expect, it } from "vitest";
import { emulator } from "../src/emulator/index.js";
import { models, type Options } from "../src/index.js";
import { catchBasetenError, catchError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";
import { jsonResponse, pendingResponse, recordedFetch } from "./helpers/recorded-fetch.js";
import { API_KEY, singleAttempt } from "./helpers/requests.js";

clearEnvironment();

const list = (...data: unknown[]) => recordedFetch(jsonResponse({ object: "list", data }));

describe("models", () => {
  it("gives the API's objects, with prices as numbers in USD per token", async () => {
    const model = { id: "a/b", object: "model", context_length: 8_192, supported_features: ["tools"], extra: { x: 1 } };
    const pricing = {
      prompt: "0.0000001",
      completion: 5e-7,
      input_cache_read: " 5e-8 ",
      request: "0",
      currency: "USD",
    };
    expect(await models(singleAttempt(list({ ...model, pricing })))).toEqual([
      { ...model, pricing: { ...pricing, prompt: 1e-7, completion: 5e-7, input_cache_read: 5e-8 } },
    ]);
  });

  it.each<[string, unknown, unknown]>([
    ["an unknown price is absent", { prompt: "0.1", completion: null, input_cache_read: "" }, { prompt: 0.1 }],
    ["a price that is not fixed (-1) is absent", { prompt: "-1", completion: -1 }, {}],
    ["a price that is no number is absent", { prompt: "cheap", completion: Number.NaN }, {}],
    ["a free model costs 0", { prompt: "0", completion: 0 }, { prompt: 0, completion: 0 }],
    ["a model without pricing has none", undefined, undefined],
    ["pricing that is null is absent", null, undefined],
  ])("%s", async (_, pricing, expected) => {
    const [model] = await models(singleAttempt(list({ id: "a/b", pricing })));
    expect(model?.pricing).toEqual(expected);
    expect(model && "pricing" in model).toBe(expected !== undefined);
  });

  it("leaves out items that are not models", async () => {
    expect(await models(singleAttempt(list(null, "a/b", {}, { id: 5 }, { id: "a/b" })))).toEqual([{ id: "a/b" }]);
  });

  it.each<[string, Options, string]>([
    ["the Model API", {}, "https://inference.baseten.co/v1/models"],
    [
      "a baseURL",
      { baseURL: "https://gateway.example/v1/chat/completions?a=b" },
      "https://gateway.example/v1/models?a=b",
    ],
    [
      "an environment",
      { deployment: { modelId: "abcd1234", environment: "staging" } },
      "https://model-abcd1234.api.baseten.co/environments/staging/sync/v1/models",
    ],
    [
      "a regional host",
      { deployment: { modelId: "abcd1234", environment: "eu", regional: true } },
      "https://model-abcd1234-eu.api.baseten.co/sync/v1/models",
    ],
  ])("asks %s", async (_, options, url) => {
    const fetch = list();
    await models({ ...singleAttempt(fetch), apiKey: API_KEY, ...options });
    expect(fetch.calls.map((call) => [call.url, call.init.method])).toEqual([[url, "GET"]]);
    const headers = new Headers(fetch.calls[0]?.init.headers);
    expect([...headers]).toEqual([["authorization", `Bearer ${API_KEY}`]]);
    expect(fetch.calls[0]?.init.body).toBeUndefined();
  });

  it("asks the base URL of the environment, with its key", async () => {
    setEnvironment({ BASETEN_BASE_URL: "https://gateway.example/v1", BASETEN_API_KEY: API_KEY });
    const fetch = list();
    await models({ fetch });
    expect(fetch.calls[0]?.url).toBe("https://gateway.example/v1/models");
    expect(new Headers(fetch.calls[0]?.init.headers).get("authorization")).toBe(`Bearer ${API_KEY}`);
  });

  it("lists the emulator's models with prices that are numbers", async () => {
    const all = await models({ fetch: emulator() });
    expect(all.length).toBeGreaterThan(2);
    for (const { pricing } of all) expect(typeof pricing?.prompt).toBe("number");
  });

  it("is retried", async () => {
    const busy = jsonResponse("busy", 529, { "retry-after-ms": "1" });
    const fetch = recordedFetch(busy, jsonResponse({ data: [] }));
    expect(await models({ fetch })).toEqual([]);
    expect(fetch.calls.length).toBe(2);
  });
});

describe("models fails", () => {
  it.each<[string, unknown, string]>([
    ["HTML", "<html>", "InvalidResponseError"],
    ["an object without a list", { models: [] }, "InvalidResponseError"],
    ["null", null, "InvalidResponseError"],
    ["a body that reports an error", { error: { message: "no luck" } }, "APIError"],
  ])("with %s", async (_, body, name) => {
    const error = await catchBasetenError(() => models(singleAttempt(recordedFetch(jsonResponse(body)))));
    expect(error).toMatchObject({
      name,
      status: 200,
      attempts: 1,
      message: expect.stringMatching(/^200 from inference\.baseten\.co: ./),
    });
  });

  it("with the name of its status, and does not show the key", async () => {
    const fetch = recordedFetch(jsonResponse({ error: `bad key ${API_KEY}` }, 401));
    const error = await catchBasetenError(() => models({ ...singleAttempt(fetch), apiKey: API_KEY }));
    expect(error).toMatchObject({ name: "AuthenticationError", message: "401 from inference.baseten.co: bad key ***" });
  });

  it("without a key for Baseten, before anything is sent", async () => {
    expect(await catchBasetenError(() => models())).toMatchObject({ name: "AuthenticationError", attempts: 0 });
  });

  it("with the reason of an abort", async () => {
    const caller = new AbortController();
    const reason = new Error("stop");
    const answer = models({ ...singleAttempt(recordedFetch(pendingResponse())), signal: caller.signal });
    caller.abort(reason);
    expect(await catchError(() => answer)).toBe(reason);
  });

  it.each<[string, unknown]>([
    ["options", null],
    ["baseURL", { baseURL: "not a url" }],
    ["model", { deployment: { environment: "staging" } }],
    ["maxRetries", { maxRetries: -1 }],
  ])("for a wrong %s, before anything is sent", async (field, options) => {
    await expectRefusal(() => models(options as never), field);
  });
});
