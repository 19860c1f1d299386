import { describe, expect, it } from "vitest";
import { type Deployment, type Options, type Route, route } from "../src/index.js";
import { expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";
import { DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_API_URL, MODEL_SLUG } from "./helpers/requests.js";

clearEnvironment();

/** The address of a dedicated deployment. */
const dedicatedURL = (id: string, target = "environments/production") =>
  `https://model-${id}.api.baseten.co/${target}/sync/v1/chat/completions`;

/** LiteLLM's edge cases, and where this library differs on purpose: model, kind, the body's model, the code in the URL. */
const models: [string, Route["kind"], string, string?][] = [
  ["baseten/openai/gpt-oss-120b", "model-api", "openai/gpt-oss-120b"],
  ["baseten/abcd1234", "dedicated", "abcd1234", "abcd1234"],
  ["baseten/ABCD1234", "dedicated", "ABCD1234", "ABCD1234"],
  ["baseten/12345678", "dedicated", "12345678", "12345678"],
  ["baseten/deepseek", "dedicated", "deepseek", "deepseek"],
  ["baseten/nemotron", "dedicated", "nemotron", "nemotron"],
  ["baseten/abc1234", "model-api", "abc1234"],
  ["baseten/abcd12345", "model-api", "abcd12345"],
  ["baseten/abcd-123", "model-api", "abcd-123"],
  ["baseten/abcd_123", "model-api", "abcd_123"],
  ["baseten/abcd1234/v1", "model-api", "abcd1234/v1"],
  ["baseten/model-abcd1234", "model-api", "model-abcd1234"],
  ["baseten/xbaseten/abcd1234", "model-api", "xbaseten/abcd1234"],
  ["baseten/baseten-hosted/zai-org/GLM-5", "model-api", "baseten-hosted/zai-org/GLM-5"],
  ["baseten/baseten/abcd1234", "model-api", "baseten/abcd1234"],
  ["baseten/abcdbaseten/1234", "model-api", "abcdbaseten/1234"],
  ["abcd1234", "dedicated", "abcd1234", "abcd1234"],
  ["openai/gpt-oss-120b", "model-api", "openai/gpt-oss-120b"],
  ["Baseten/abcd1234", "model-api", "Baseten/abcd1234"],
  ["xbaseten/abcd1234", "model-api", "xbaseten/abcd1234"],
  ["baseten", "model-api", "baseten"],
  ["baseten/litellm_proxy/x", "model-api", "litellm_proxy/x"],
  ["baseten/a?b#c&d=%2F..", "model-api", "a?b#c&d=%2F.."],
  ["../../../abcd1234", "model-api", "../../../abcd1234"],
];

/** Models that cannot be routed. */
const unroutable = [
  ["full-width letters", "baseten/\uff41bcd1234"],
  ["Arabic digits", "baseten/\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668"],
  ["a Kelvin sign, which is a k in any case", "baseten/abcd123\u212a"],
  ["a line feed at the end", "baseten/abcd1234\n"],
  ["a carriage return at the end", "abcd1234\r"],
  ["a tab inside", "baseten/openai/gpt\toss"],
  ["a NUL", "baseten/abcd1234\0"],
  ["a space after the prefix", "baseten/ abcd1234"],
  ["a space before the prefix", " baseten/x"],
  ["a space at the end", "openai/gpt-oss-120b "],
  ["nothing after the prefix", "baseten/"],
  ["no characters", ""],
  ["an accent", "baseten/openai/gpt-\u00e9"],
  ["DEL", "baseten/x\u007f"],
] as const;

describe("route of a model", () => {
  it.each(models)("%j has the kind %s and the body's model %j", (model, kind, name, id) => {
    expect(route(model)).toEqual({ kind, url: id ? dedicatedURL(id) : MODEL_API_URL, model: name });
  });

  it.each(unroutable)("with %s is refused", async (_, model) => {
    await expectRefusal(() => route(model), "model", JSON.stringify(model));
  });

  it.each([undefined, null, 5, true, {}, ["abcd1234"], new String("abcd1234"), 5n, Symbol("abcd1234"), () => "x"])(
    "that is not a string is refused: %s",
    async (model) => {
      await expectRefusal(() => route(model as unknown as string), "model");
    },
  );
});

describe("route with servedModelName", () => {
  it.each<[string, Options, string]>([
    [DEPLOYMENT_MODEL, {}, "abcd1234"],
    [DEPLOYMENT_MODEL, { servedModelName: "my-llama" }, "my-llama"],
    [DEPLOYMENT_MODEL, { servedModelName: "mein Lama \u00e9" }, "mein Lama \u00e9"],
    ["baseten/Qwen/Qwen3-8B", { deployment: { modelId: "abc1234" } }, "Qwen/Qwen3-8B"],
    ["baseten/Qwen/Qwen3-8B", { deployment: { modelId: "abc1234" }, servedModelName: "qwen" }, "qwen"],
    [MODEL_SLUG, { servedModelName: "for deployments alone" }, "openai/gpt-oss-120b"],
    [DEPLOYMENT_MODEL, { servedModelName: "for deployments alone", baseURL: GATEWAY_URL }, "abcd1234"],
  ])("%s with %j sends the model %j", (model, options, name) => {
    expect(route(model, options).model).toBe(name);
  });

  it.each(["", 5, {}])("%j is refused", async (servedModelName) => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { servedModelName } as Options), "servedModelName");
  });
});

describe("route with deployment", () => {
  it.each<[string, Deployment, string]>([
    [DEPLOYMENT_MODEL, {}, dedicatedURL("abcd1234")],
    ["abcd1234", { environment: undefined, deploymentId: undefined }, dedicatedURL("abcd1234")],
    [DEPLOYMENT_MODEL, { environment: "production" }, dedicatedURL("abcd1234")],
    [DEPLOYMENT_MODEL, { environment: "staging-2" }, dedicatedURL("abcd1234", "environments/staging-2")],
    [DEPLOYMENT_MODEL, { environment: "development" }, dedicatedURL("abcd1234", "development")],
    [DEPLOYMENT_MODEL, { deploymentId: "q1w2e3r" }, dedicatedURL("abcd1234", "deployment/q1w2e3r")],
    [DEPLOYMENT_MODEL, { modelId: "ABC1234" }, dedicatedURL("ABC1234")],
    ["baseten/Qwen/Qwen3-8B", { modelId: "abc1234" }, dedicatedURL("abc1234")],
    ["any-name", { modelId: "abc1234", environment: "development" }, dedicatedURL("abc1234", "development")],
    ["any-name", { modelId: "abc1234", deploymentId: "q1" }, dedicatedURL("abc1234", "deployment/q1")],
    [
      DEPLOYMENT_MODEL,
      { environment: "eu-1", regional: true },
      "https://model-abcd1234-eu-1.api.baseten.co/sync/v1/chat/completions",
    ],
    [
      "any/name",
      { modelId: "abc1234", environment: "e".repeat(40), regional: true },
      `https://model-abc1234-${"e".repeat(40)}.api.baseten.co/sync/v1/chat/completions`,
    ],
    [
      DEPLOYMENT_MODEL,
      { environment: "development-eu", regional: true },
      "https://model-abcd1234-development-eu.api.baseten.co/sync/v1/chat/completions",
    ],
    [DEPLOYMENT_MODEL, { environment: "eu-1", regional: false }, dedicatedURL("abcd1234", "environments/eu-1")],
  ])("%s with %j goes to its URL", (model, deployment, url) => {
    expect(route(model, { deployment })).toMatchObject({ kind: "dedicated", url });
  });

  it.each<[string, string, Deployment]>([
    ["deployment", DEPLOYMENT_MODEL, { environment: "production", deploymentId: "q1w2e3r" }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true, deploymentId: "q1w2e3r" }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true, environment: "development" }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true, environment: "EU" }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true, environment: "e".repeat(41) }],
    ["model", "baseten/abc1234", { environment: "staging" }],
    ["model", MODEL_SLUG, {}],
  ])("is refused by the name %s: %s with %j", async (field, model, deployment) => {
    await expectRefusal(() => route(model, { deployment }), field);
  });

  const labels = [
    "a.b",
    "a/b",
    "../b",
    "-a",
    "a-",
    "a_b",
    "a b",
    " a",
    "a\n",
    "",
    "\u00e9",
    "a?b",
    "a#b",
    "a@b",
    "a:1",
    "a%2fb",
  ];
  const parts = ["modelId", "environment", "deploymentId"];
  it.each(parts.flatMap((part) => labels.map((label) => [part, label])))(
    "%s %j is not a DNS label, and is refused, not escaped",
    async (part, label) => {
      const deployment = { [part as string]: label };
      await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment }), `deployment.${part}`, JSON.stringify(label));
    },
  );

  it.each(parts)("%s must be a string", async (part) => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment: { [part]: 5 } }), `deployment.${part}`, "5");
  });

  it.each(["development", 5, true])("%j, which is not an object, is refused", async (deployment) => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment } as unknown as Options), "deployment");
  });

  it("is refused together with baseURL", async () => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment: {}, baseURL: GATEWAY_URL }), "deployment");
  });

  it("is refused for a litellm_proxy/ model", async () => {
    setEnvironment({ LITELLM_PROXY_API_BASE: GATEWAY_URL });
    await expectRefusal(() => route("litellm_proxy/abcd1234", { deployment: {} }), "deployment");
  });

  it("takes precedence over the base URL of the environment", () => {
    setEnvironment({ BASETEN_BASE_URL: GATEWAY_URL, BASETEN_API_BASE: GATEWAY_URL });
    expect(route(DEPLOYMENT_MODEL, { deployment: {} })).toMatchObject({
      kind: "dedicated",
      url: dedicatedURL("abcd1234"),
    });
  });
});
