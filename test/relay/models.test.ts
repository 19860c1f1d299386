import { describe, expect, it } from "vitest";
import type { RelayOptions } from "../../src/relay/index.js";
import { REQUEST } from "../helpers/requests.js";
import { callRelay, createRequest, expectError } from "./relay-setup.js";

describe("the option models", () => {
  const LIST = ["baseten/openai/gpt-oss-120b", "abcd1234", "zai-org/GLM-5"];
  it.each<[name: string, models: RelayOptions["models"], model: string, status: number]>([
    ["all by default", undefined, "any/model", 200],
    ["listed with the prefix, called with it", LIST, "baseten/openai/gpt-oss-120b", 200],
    ["listed with the prefix, called without", LIST, "openai/gpt-oss-120b", 200],
    ["listed without the prefix, called with it", LIST, "baseten/zai-org/GLM-5", 200],
    ["listed without the prefix, called without", LIST, "zai-org/GLM-5", 200],
    ["a code of the list", LIST, "baseten/abcd1234", 200],
    ["a code in other letters", LIST, "ABCD1234", 403],
    ["not listed", LIST, "openai/gpt-oss-20b", 403],
    ["a longer name", LIST, "openai/gpt-oss-120b-x", 403],
    ["the prefix twice", LIST, "baseten/baseten/abcd1234", 403],
    ["another prefix", LIST, "Baseten/abcd1234", 403],
    ["none by an empty list", [], "zai-org/GLM-5", 403],
    ["a predicate's yes, without the prefix", (model) => model === "zai-org/GLM-5", "baseten/zai-org/GLM-5", 200],
    ["a predicate's no", (model) => model !== "zai-org/GLM-5", "baseten/zai-org/GLM-5", 403],
    ["an async predicate's yes", async () => true, "zai-org/GLM-5", 200],
    ["an async predicate's no", async () => false, "zai-org/GLM-5", 403],
    ["a yes that is no true", (() => 1) as unknown as () => boolean, "zai-org/GLM-5", 403],
  ])("%s", async (_, models, model, status) => {
    const { response, sent } = await callRelay(createRequest({ json: { ...REQUEST, model } }), { models });
    if (status === 200) expect(response.status).toBe(200);
    else await expectError(response, status);
    expect(sent.length).toBe(status === 200 ? 1 : 0);
  });

  it.each(["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"])(
    "holds for POST %s",
    async (path) => {
      const { response, sent } = await callRelay(createRequest({ path }), { models: ["some/other"] });
      await expectError(response, 403);
      expect(sent).toEqual([]);
    },
  );

  describe.each(["fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "models"])("and %s", (field) => {
    const request = () =>
      createRequest({ json: { ...REQUEST, model: "zai-org/GLM-5", [field]: ["openai/gpt-oss-20b"] } });

    it("in a body toward another host than Baseten's: refused, since it would call models that are not listed", async () => {
      const { response, sent } = await callRelay(request(), { models: LIST, baseURL: "https://proxy.example" });
      expect(await expectError(response, 403)).toMatchObject({ message: expect.stringContaining(field) });
      expect(sent).toEqual([]);
    });

    it.each<[name: string, options: RelayOptions]>([
      ["toward Baseten", { models: LIST }],
      ["where no models are listed", { baseURL: "https://proxy.example" }],
    ])("in a body %s: sent", async (_, options) => {
      expect((await callRelay(request(), options)).sent[0]?.json).toHaveProperty(field);
    });
  });

  it("that throws allows none", async () => {
    const models = () => {
      throw new Error("no database");
    };
    const { response, sent } = await callRelay(createRequest(), { models });
    expect(await expectError(response, 500)).not.toMatchObject({ message: expect.stringContaining("database") });
    expect(sent).toEqual([]);
  });
});
