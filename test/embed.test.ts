import { describe, expect, it } from "vitest";
import { emulator } from "../src/emulator/index.js";
import { type EmbeddingsRequest, embed, type Options } from "../src/index.js";
import { catchBasetenError, catchError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { createLatch } from "./helpers/latch.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import {
  jsonResponse,
  onlyRequest,
  pendingResponse,
  type RecordedFetch,
  type Responder,
  recordedFetch,
} from "./helpers/recorded-fetch.js";
import { API_KEY, MODEL_SLUG, singleAttempt } from "./helpers/requests.js";

clearEnvironment();

const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);
const inputOf = (init: RequestInit): unknown => JSON.parse(String(init.body)).input;

/** Embeds each text as its number, in the order of the inputs unless it is reversed. */
function embedding(isReversed = false): Responder {
  return (call) => {
    const given = inputOf(call.init);
    const inputs = Array.isArray(given) && typeof given[0] !== "number" ? given : [given];
    const data = inputs.map((input, index) => ({
      object: "embedding",
      index,
      embedding: [Number(`${input}`.slice(5))],
    }));
    if (isReversed) data.reverse();
    const usage = { prompt_tokens: inputs.length, total_tokens: inputs.length };
    return jsonResponse({ object: "list", model: "bge", data, usage })();
  };
}

const run = (fetch: RecordedFetch, input: unknown, options: Options = {}, more: object = {}) =>
  embed({ model: "baseten/abcd1234", input, ...more } as EmbeddingsRequest, { ...singleAttempt(fetch), ...options });

describe("embed", () => {
  it("gives the API's list", async () => {
    const fetch = recordedFetch(embedding());
    expect(await run(fetch, ["text 5", "text 7"])).toEqual({
      object: "list",
      model: "bge",
      data: [
        { object: "embedding", index: 0, embedding: [5] },
        { object: "embedding", index: 1, embedding: [7] },
      ],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
  });

  it.each<[string, Options, string, string]>([
    [
      "a deployment",
      {},
      "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/embeddings",
      "abcd1234",
    ],
    [
      "a deployment by the name it serves",
      { servedModelName: "bge" },
      "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/embeddings",
      "bge",
    ],
    ["a baseURL", { baseURL: "https://gateway.example/v1" }, "https://gateway.example/v1/embeddings", "abcd1234"],
  ])("posts to %s", async (_, options, url, model) => {
    const fetch = recordedFetch(embedding());
    await run(fetch, "text 1", options, { dimensions: 256, truncate: true });
    const request = onlyRequest(fetch);
    expect([request.url, request.init.method]).toEqual([url, "POST"]);
    expect(request.body).toEqual({ model, input: "text 1", dimensions: 256, truncate: true });
  });

  it.each<[string, unknown]>([
    ["a text", "text 1"],
    ["the tokens of a text", [1, 2, 3]],
    ["a list of texts", ["text 1"]],
    ["a list of tokens", [[1, 2], [3]]],
    ["more tokens of one text than a request takes texts", Array.from({ length: 300 }, () => 1)],
    ["128 texts", texts(128)],
  ])("sends %s in one request, as it is", async (_, input) => {
    const fetch = recordedFetch(embedding());
    await run(fetch, input);
    expect(onlyRequest(fetch).body.input).toEqual(input);
  });

  it.each([
    [129, [128, 1]],
    [256, [128, 128]],
    [1_000, [128, 128, 128, 128, 128, 128, 128, 104]],
  ])("splits %d inputs", async (count, sizes) => {
    const fetch = recordedFetch(embedding(true));
    const { data, usage } = await run(fetch, texts(count));
    expect(fetch.calls.map(({ init }) => (inputOf(init) as string[]).length)).toEqual(sizes);
    expect(data.map(({ index, embedding: numbers }) => [index, ...numbers])).toEqual(
      texts(count).map((_, index) => [index, index]),
    );
    expect(usage).toEqual({ prompt_tokens: count, total_tokens: count });
  });

  it("sends at most 4 requests at once, and keeps the order of the inputs whichever ends first", async () => {
    const latch = createLatch();
    let open = 0;
    let most = 0;
    const fetch = recordedFetch(async (call) => {
      most = Math.max(most, ++open);
      const position = fetch.calls.length;
      // The first of the four ends last.
      if (position === 4) latch.emit("four");
      await latch.waitFor("four");
      if (position === 1) await latch.waitFor("last");
      open--;
      if (position === 8) latch.emit("last");
      return embedding()(call);
    });
    const { data } = await run(fetch, texts(1_000));
    expect(most).toBe(4);
    expect(data.map(({ embedding: [number] }) => number)).toEqual(texts(1_000).map((_, index) => index));
  });

  it("decodes base64 to numbers", async () => {
    const floats = new Float32Array([1, -2.5, 0.1]);
    const base64 = Buffer.from(floats.buffer).toString("base64");
    const fetch = recordedFetch(jsonResponse({ data: [{ index: 0, embedding: base64 }] }));
    const list = await run(fetch, "text", {}, { encoding_format: "base64" });
    expect(list).toEqual({
      object: "list",
      model: "abcd1234",
      data: [{ object: "embedding", index: 0, embedding: [...floats] }],
      usage: { prompt_tokens: 0, total_tokens: 0 },
    });
    expect(onlyRequest(fetch).body.encoding_format).toBe("base64");
  });

  it("does not modify the request", async () => {
    const request = Object.freeze({ model: "abcd1234", input: Object.freeze(texts(200)) });
    await embed(request, singleAttempt(recordedFetch(embedding())));
    expect(request.input).toEqual(texts(200));
  });

  it("works against the emulator", async () => {
    const { data, usage } = await embed({ model: "abcd1234", input: texts(300) }, { fetch: emulator() });
    expect(data.map(({ index }) => index)).toEqual(texts(300).map((_, index) => index));
    expect(data.every(({ embedding: numbers }) => numbers.every(Number.isFinite))).toBe(true);
    expect(usage.total_tokens).toBeGreaterThan(300);
  });
});

describe("embed fails", () => {
  it("with the list so far, after the requests under way, and no further request begins", async () => {
    const leaks = startLeakCheck();
    const latch = createLatch();
    const fetch = recordedFetch(async (call) => {
      const position = fetch.calls.length;
      if (position === 4) latch.emit("four");
      await latch.waitFor("four");
      if (position === 2) {
        latch.emit("failed");
        return jsonResponse({ error: "slow down" }, 429)();
      }
      await latch.waitFor("failed");
      return embedding()(call);
    });
    const error = await catchBasetenError(() => run(fetch, texts(1_000)));
    expect(error).toMatchObject({ name: "RateLimitError", status: 429 });
    expect(fetch.calls.length).toBe(4);
    const indices = error.embeddings?.data.map(({ index }) => index);
    expect(indices).toEqual(
      texts(512)
        .map((_, index) => index)
        .filter((index) => index < 128 || index >= 256),
    );
    expect(error.embeddings?.usage).toEqual({ prompt_tokens: 384, total_tokens: 384 });
    await leaks.check();
  });

  it("with an empty list if nothing came", async () => {
    const error = await catchBasetenError(() => run(recordedFetch(jsonResponse("no", 404)), "text"));
    expect(error).toMatchObject({ name: "NotFoundError", embeddings: { object: "list", data: [] } });
    expect(JSON.parse(JSON.stringify(error)).embeddings.data).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["HTML", "<html>"],
    ["no list", { data: {} }],
    ["too few embeddings", { data: [{ index: 0, embedding: [1] }] }],
    ["an embedding that is no list of numbers", { data: [{ embedding: null }, { embedding: [1] }] }],
    ["base64 that is none", { data: [{ embedding: "%%%" }, { embedding: [1] }] }],
    ["base64 that ends inside a number", { data: [{ embedding: "AACAPwAA" }, { embedding: [1] }] }],
  ])("with InvalidResponseError for %s", async (_, body) => {
    const error = await catchBasetenError(() => run(recordedFetch(jsonResponse(body)), ["a", "b"]));
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200 });
  });

  it("with the reason of an abort, which ends all requests", async () => {
    const caller = new AbortController();
    const reason = new Error("stop");
    const fetch = recordedFetch(pendingResponse());
    const answer = run(fetch, texts(1_000), { signal: caller.signal });
    caller.abort(reason);
    expect(await catchError(() => answer)).toBe(reason);
    expect(fetch.calls.length).toBeLessThanOrEqual(4);
  });

  it("with the reason of an abort, although a request has failed before", async () => {
    const caller = new AbortController();
    const reason = new Error("stop");
    const failing = jsonResponse("no", 400);
    const pending = pendingResponse();
    const fetch = recordedFetch((call) => (fetch.calls.length === 1 ? failing() : pending(call)));
    const answer = run(fetch, texts(256), { signal: caller.signal });
    await flushEventLoop();
    caller.abort(reason);
    expect(await catchError(() => answer)).toBe(reason);
  });

  it("and shows no key", async () => {
    const fetch = recordedFetch(jsonResponse({ error: `bad key ${API_KEY}` }, 401));
    const error = await catchBasetenError(() => run(fetch, "text", { apiKey: API_KEY }));
    expect(error.message).toBe("401 from model-abcd1234.api.baseten.co: bad key ***");
  });

  it.each<[string, unknown, unknown, object]>([
    ["model", "text", {}, { model: MODEL_SLUG }],
    ["model", "text", {}, { model: undefined }],
    ["input", undefined, {}, {}],
    ["input", [], {}, {}],
    ["input", [[]], {}, {}],
    ["input", ["a", 1], {}, {}],
    ["input", ["a", null], {}, {}],
    ["input", 5, {}, {}],
    ["options", "text", null, {}],
  ])("for a wrong %s, before anything is sent", async (field, input, options, more) => {
    const request = { model: "abcd1234", input, ...more } as never;
    await expectRefusal(() => embed(request, options as never), field);
  });

  it("for an option inside the request", async () => {
    const error = await catchBasetenError(() => run(recordedFetch(embedding()), "text", {}, { api_key: API_KEY }));
    expect(error).toMatchObject({ name: "BadRequestError", attempts: 0, message: expect.stringContaining("api_key") });
  });
});
