/** The list of models, and which model answers a request. */

import { describe, expect, it } from "vitest";
import { type EmulatorModel, emulator } from "../../src/emulator/index.js";
import { DEDICATED, MESSAGES, MODEL_API, REASONING_MODEL, send, TEXT_MODEL, VISION_MODEL } from "./helpers.js";

const listModels = async (url: string, models?: (string | EmulatorModel)[]) => {
  const { json } = await send(emulator({ models }), `${url}/models`);
  expect(json.object).toBe("list");
  return json.data as EmulatorModel[];
};

describe("GET /models", () => {
  it("lists a few models with the fields of Baseten's list, prices in USD per token", async () => {
    const models = await listModels(MODEL_API);
    expect(
      models.map(({ id, pricing }) => [id, ...Object.values(pricing ?? {}).map((price) => Number(price) * 1e6)]),
    ).toEqual(
      [
        [REASONING_MODEL, 0.1, 0.5],
        [TEXT_MODEL, 1.4, 4.4, 0.14],
        [VISION_MODEL, 3, 15, 0.3],
        ["deepseek-ai/DeepSeek-V4-Pro", 1.74, 3.48, 0.145],
      ].map(([id, ...prices]) => [id, ...prices.map((price) => expect.closeTo(Number(price), 9))]),
    );
    for (const model of models) {
      expect(model).toMatchObject({
        object: "model",
        context_length: expect.any(Number),
        max_completion_tokens: expect.any(Number),
        supported_features: expect.arrayContaining(["tools", "structured_outputs"]),
        input_modalities: expect.arrayContaining(["text"]),
      });
    }
    const kinds = models.flatMap(({ pricing }) => Object.values(pricing ?? {}).map((price) => typeof price));
    expect(new Set(kinds)).toEqual(new Set(["string", "number"]));
  });

  it("lists the models of the option, with their own fields and defaults for the others", async () => {
    const models = ["a/b", { id: "c/d", context_length: 9, colour: "red" }, "abcd1234"];
    expect(await listModels(MODEL_API, models)).toMatchObject([
      { id: "a/b", context_length: 131_072, owned_by: "a" },
      { id: "c/d", context_length: 9, colour: "red" },
    ]);
  });

  it("at a dedicated deployment lists its one model", async () => {
    expect((await listModels(DEDICATED)).map(({ id }) => id)).toEqual(["abcd1234"]);
    expect(await listModels(DEDICATED, [{ id: "ABCD1234", name: "mine" }])).toMatchObject([
      { id: "ABCD1234", name: "mine" },
    ]);
  });
});

describe("a model", () => {
  it.each([
    ["the Model API", MODEL_API, "no/such-model"],
    ["the Model API, which has no codes", MODEL_API, "abcd1234"],
    ["the Model API, without one", MODEL_API, undefined],
    ["another host", "http://localhost", "no/such-model"],
  ])("that does not exist is a 404: %s", async (_, url, model) => {
    const { status, json } = await send(emulator(), `${url}/chat/completions`, { model, messages: MESSAGES });
    expect(status).toBe(404);
    expect(json).toMatchObject({ error: { type: "invalid_request_error", param: "model", code: "model_not_found" } });
  });

  it.each(["abcd1234", "ABC1234", TEXT_MODEL])("answers at a host that stands in for Baseten's: %s", async (model) => {
    const { json } = await send(emulator(), "http://localhost/v1/chat/completions", { model, messages: MESSAGES });
    expect(json).toMatchObject({ model });
  });

  it.each([
    ["a name of its own", "llama-3", "llama-3"],
    ["the name of another", "no/such-model", "no/such-model"],
    ["no name", undefined, "abcd1234"],
  ])("at a dedicated deployment answers under %s", async (_, model, answered) => {
    const { status, json } = await send(emulator(), `${DEDICATED}/chat/completions`, { model, messages: MESSAGES });
    expect([status, json.model]).toEqual([200, answered]);
  });

  it.each([
    ["a code that is too short", "https://model-abc.api.baseten.co/environments/production", {}],
    ["a code that is too long", "https://model-abcd12345.api.baseten.co/environments/production", {}],
    [
      "a code that is not among those given",
      "https://model-abcd1234.api.baseten.co/development",
      { models: ["efgh5678"] },
    ],
  ])("that is not deployed is a 404 for chat and wake: %s", async (_, target, options) => {
    for (const path of ["sync/v1/chat/completions", "wake"]) {
      const { status, json } = await send(emulator(options), `${target}/${path}`, { messages: MESSAGES });
      expect(status).toBe(404);
      expect(json).toEqual({ error: expect.stringContaining("not found"), detail: expect.any(String) });
    }
  });

  it("is deployed in whatever case its code is written, since a host name has none", async () => {
    const { status } = await send(emulator({ models: ["ABCD1234"] }), `${DEDICATED}/chat/completions`, {
      messages: MESSAGES,
    });
    expect(status).toBe(200);
  });

  it("rejects a prompt longer than its context with context_length_exceeded", async () => {
    const fetch = emulator({ models: [{ id: "a/b", context_length: 20 }] });
    const messages = [{ role: "user", content: "word ".repeat(20) }];
    const { status, json } = await send(fetch, `${MODEL_API}/chat/completions`, { model: "a/b", messages });
    expect(status).toBe(400);
    expect(json).toMatchObject({
      error: { message: expect.stringContaining("maximum context length"), code: "context_length_exceeded" },
    });
  });

  it.each([
    ["max_completion_tokens", { id: "a/b", max_completion_tokens: 4 }, 4],
    ["the rest of its context", { id: "a/b", context_length: 20 }, 11],
  ])("limits the answer to %s", async (_, model, completion_tokens) => {
    const fetch = emulator({ models: [model] });
    const { json } = await send(fetch, `${MODEL_API}/chat/completions`, {
      model: "a/b",
      messages: MESSAGES,
      max_tokens: 99,
    });
    expect(json).toMatchObject({ choices: [{ finish_reason: "length" }], usage: { completion_tokens } });
  });
});
