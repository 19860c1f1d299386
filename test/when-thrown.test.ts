/** When bad input is refused: a promise rejects, an iterator throws at the first `next()`, all else throws at once. */

import { describe, expect, it, vi } from "vitest";
import { chatTransport, toUIMessageStream, toUIMessageStreamResponse } from "../src/ai-sdk/index.js";
import { emulator } from "../src/emulator/index.js";
import { guard } from "../src/guard/index.js";
import {
  BasetenError,
  collect,
  completion,
  cost,
  embed,
  fallback,
  models,
  type Options,
  parse,
  route,
  runTools,
  stream,
  text,
  toReadableStream,
  wake,
} from "../src/index.js";
import { relay } from "../src/relay/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import { helloFetch, jsonResponse, onlyRequest, recordedFetch, sseResponse } from "./helpers/recorded-fetch.js";
import { API_KEY, DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages } from "./helpers/requests.js";
import { contentChunk, DONE_EVENT, finishChunk, sseEvent } from "./helpers/wire-chunks.js";

clearEnvironment();

const request = { model: MODEL_SLUG, messages };
const bad = { baseUrl: GATEWAY_URL } as Options;
/** Input that no function takes. */
const none = null as never;

describe("what returns a promise rejects, and never throws", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["completion with a bad option", () => completion(request, bad)],
    ["completion with null as options", () => completion(request, none)],
    ["completion without a request", () => completion(none)],
    ["collect", () => collect(none)],
    ["models", () => models(bad)],
    ["wake", () => wake(DEPLOYMENT_MODEL, bad)],
    ["wake without a model", () => wake(none)],
    ["embed", () => embed({ model: DEPLOYMENT_MODEL, input: "Hello" }, bad)],
    ["embed without a request", () => embed(none)],
    ["parse", () => parse(request, {}, bad)],
    ["parse without a request", () => parse(none, {})],
    ["parse without a schema", () => parse(request, none)],
    ["fallback without models", () => fallback(none, (model) => completion({ model, messages }))],
    ["fallback without a call", () => fallback([MODEL_SLUG], none)],
  ])("%s", async (_, act) => {
    const promise = act();
    expect(promise).toBeInstanceOf(Promise);
    await expect(promise).rejects.toMatchObject({ name: "BadRequestError", attempts: 0 });
  });
});

describe("what returns an iterator throws at the first next(), and is over then", () => {
  it.each<[string, () => AsyncGenerator<unknown>]>([
    ["stream with a bad option", () => stream(request, bad)],
    ["stream with null as options", () => stream(request, none)],
    ["stream without a request", () => stream(none)],
    ["text", () => text(none)],
    ["text of a stream with a bad option", () => text(stream(request, bad))],
    ["runTools with a bad option", () => runTools(request, {}, bad)],
    ["runTools with null as options", () => runTools(request, {}, none)],
    ["runTools without a request", () => runTools(none, {})],
    ["runTools without tools", () => runTools(request, none)],
  ])("%s", async (_, act) => {
    const iterator = act();
    const error = await catchBasetenError(() => iterator.next());
    expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it("the request and the options of stream are read at the first next()", async () => {
    const fetch = recordedFetch(sseResponse([sseEvent(contentChunk("a")), sseEvent(finishChunk()), DONE_EVENT]));
    const request: { model?: string; messages?: typeof messages } = {};
    const options: Options = { baseURL: "nowhere", fetch };
    const chunks = stream(request as never, options);
    Object.assign(request, { model: MODEL_SLUG, messages });
    Object.assign(options, { baseURL: GATEWAY_URL, apiKey: API_KEY });
    await chunks.next();
    expect(onlyRequest(fetch)).toMatchObject({ url: `${GATEWAY_URL}/chat/completions`, body: { messages } });
    await chunks.return(undefined);
  });

  it("the request and the options of completion are read at the call", async () => {
    const fetch = helloFetch();
    const request = { model: MODEL_SLUG, messages };
    const options: Options = { baseURL: GATEWAY_URL, fetch, maxRetries: 0 };
    const answer = completion(request, options);
    Object.assign(request, { model: "other", messages: [] });
    Object.assign(options, { baseURL: "nowhere", fetch: vi.fn() });
    await answer;
    expect(onlyRequest(fetch)).toMatchObject({ url: `${GATEWAY_URL}/chat/completions`, body: { messages } });
  });
});

describe("options that are changed during a call have no effect on it", () => {
  it.each<[string, (options: Options) => Promise<unknown>]>([
    ["a retry", (options) => completion({ model: MODEL_SLUG, messages }, options)],
    ["a later batch", (options) => embed({ model: DEPLOYMENT_MODEL, input: Array(600).fill("a") }, options)],
  ])("%s sends the first key to the first host", async (_, call) => {
    const busy = jsonResponse("busy", 503, { "retry-after-ms": "0" });
    const vectors = jsonResponse({ data: Array(128).fill({ embedding: [1] }) });
    const fetch = recordedFetch(({ url }) => (url.endsWith("/embeddings") ? vectors() : busy()));
    const options: Options = { baseURL: GATEWAY_URL, apiKey: API_KEY, fetch };
    const answer = call(options).catch(() => {});
    Object.assign(options, { baseURL: "https://other.example", apiKey: "key-of-another-host" });
    await answer;
    expect(fetch.calls.length).toBeGreaterThan(2);
    for (const { url, init } of fetch.calls) {
      expect([url, new Headers(init.headers).get("authorization")]).toEqual([
        expect.stringContaining(GATEWAY_URL),
        `Bearer ${API_KEY}`,
      ]);
    }
  });
});

describe("what returns neither throws when it is called", () => {
  it.each<[string, () => unknown]>([
    ["route with a bad option", () => route(MODEL_SLUG, bad)],
    ["route with null as options", () => route(MODEL_SLUG, none)],
    ["route without a model", () => route(none)],
    ["cost", () => cost({ prompt_tokens: -1, completion_tokens: 1, total_tokens: 1 }, { prompt: 1, completion: 1 })],
    ["toReadableStream", () => toReadableStream(none)],
    ["relay", () => relay({ baseURL: "nowhere" })],
    ["emulator", () => emulator({ tokensPerSecond: -1 })],
    ["guard", () => guard({ timeout: { idle: -1 } })],
    ["chatTransport with a bad option", () => chatTransport({ model: MODEL_SLUG }, bad)],
    ["chatTransport without a request", () => chatTransport(none)],
    ["toUIMessageStream", () => toUIMessageStream(none)],
    ["toUIMessageStreamResponse", () => toUIMessageStreamResponse(none)],
  ])("%s", (_, act) => {
    let error: unknown;
    try {
      act();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(BasetenError);
    expect(error).toMatchObject({ name: "BadRequestError", attempts: 0, status: undefined });
  });
});

describe("a promise that is given instead of chunks, and rejects later, is refused and never an unhandled rejection", () => {
  it.each<[string, (promise: never) => unknown]>([
    ["collect", (promise) => collect(promise)],
    ["text", (promise) => text(promise).next()],
    ["toReadableStream", (promise) => toReadableStream(promise)],
    ["toUIMessageStream", (promise) => toUIMessageStream(promise)],
    ["toUIMessageStreamResponse", (promise) => toUIMessageStreamResponse(promise)],
  ])("by %s", async (_, act) => {
    const leaks = startLeakCheck();
    const answer = completion(request, { apiKey: API_KEY, fetch: async () => new Response("no", { status: 400 }) });
    expect(await catchBasetenError(() => act(answer as never))).toMatchObject({ name: "BadRequestError", attempts: 0 });
    await flushEventLoop();
    await leaks.check();
  });
});
