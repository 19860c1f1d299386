import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { BasetenError, type Deployment, type Options, type Route, route } from "../src/index.js";
import { catchBasetenError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";
import { DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_API_URL, MODEL_SLUG } from "./helpers/requests.js";

clearEnvironment();

const dedicated = (id: string, target = "environments/production") =>
  `https://model-${id}.api.baseten.co/${target}/sync/v1/chat/completions`;

/** LiteLLM's edges, one by one, and where we differ on purpose: model, kind, what the body says, the code in the address. */
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

/** What no address can be made of. */
const unroutable = [
  ["full-width letters", "baseten/\uff41bcd1234"],
  ["Arabic digits", "baseten/\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668"],
  ["a Kelvin sign, which is a k in any case", "baseten/abcd123\u212a"],
  ["a line feed at the end", "baseten/abcd1234\n"],
  ["a carriage return at the end", "abcd1234\r"],
  ["a tab inside", "baseten/openai/gpt\toss"],
  ["a zero", "baseten/abcd1234\0"],
  ["a blank behind the prefix", "baseten/ abcd1234"],
  ["a blank before the prefix", " baseten/x"],
  ["a blank at the end", "openai/gpt-oss-120b "],
  ["the prefix alone", "baseten/"],
  ["nothing", ""],
  ["an accent", "baseten/openai/gpt-\u00e9"],
  ["DEL", "baseten/x\u007f"],
] as const;

describe("a model string", () => {
  it.each(models)("%j is of the %s, and the body says %j", (model, kind, name, id) => {
    expect(route(model)).toEqual({ kind, url: id ? dedicated(id) : MODEL_API_URL, model: name });
  });

  it.each(unroutable)("with %s is refused", async (_, model) => {
    await expectRefusal(() => route(model), "model", JSON.stringify(model));
  });

  it.each([undefined, null, 5, true, {}, ["abcd1234"], new String("abcd1234"), 5n, Symbol("abcd1234"), () => "x"])(
    "that is none is refused: %s",
    async (model) => {
      await expectRefusal(() => route(model as unknown as string), "model");
    },
  );
});

describe("servedModelName", () => {
  it.each<[string, Options, string]>([
    [DEPLOYMENT_MODEL, {}, "abcd1234"],
    [DEPLOYMENT_MODEL, { servedModelName: "my-llama" }, "my-llama"],
    [DEPLOYMENT_MODEL, { servedModelName: "mein Lama \u00e9" }, "mein Lama \u00e9"],
    ["baseten/Qwen/Qwen3-8B", { deployment: { modelId: "abc1234" } }, "Qwen/Qwen3-8B"],
    ["baseten/Qwen/Qwen3-8B", { deployment: { modelId: "abc1234" }, servedModelName: "qwen" }, "qwen"],
    [MODEL_SLUG, { servedModelName: "for deployments alone" }, "openai/gpt-oss-120b"],
    [DEPLOYMENT_MODEL, { servedModelName: "for deployments alone", baseURL: GATEWAY_URL }, "abcd1234"],
  ])("%s with %j is %j in the body", (model, options, name) => {
    expect(route(model, options).model).toBe(name);
  });

  it.each(["", 5, {}])("%j is refused", async (servedModelName) => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { servedModelName } as Options), "servedModelName");
  });
});

describe("deployment", () => {
  it.each<[string, Deployment, string]>([
    [DEPLOYMENT_MODEL, {}, dedicated("abcd1234")],
    ["abcd1234", { environment: undefined, deploymentId: undefined }, dedicated("abcd1234")],
    [DEPLOYMENT_MODEL, { environment: "production" }, dedicated("abcd1234")],
    [DEPLOYMENT_MODEL, { environment: "staging-2" }, dedicated("abcd1234", "environments/staging-2")],
    [DEPLOYMENT_MODEL, { environment: "development" }, dedicated("abcd1234", "development")],
    [DEPLOYMENT_MODEL, { deploymentId: "q1w2e3r" }, dedicated("abcd1234", "deployment/q1w2e3r")],
    [DEPLOYMENT_MODEL, { modelId: "ABC1234" }, dedicated("ABC1234")],
    ["baseten/Qwen/Qwen3-8B", { modelId: "abc1234" }, dedicated("abc1234")],
    ["any-name", { modelId: "abc1234", environment: "development" }, dedicated("abc1234", "development")],
    ["any-name", { modelId: "abc1234", deploymentId: "q1" }, dedicated("abc1234", "deployment/q1")],
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
    [DEPLOYMENT_MODEL, { environment: "eu-1", regional: false }, dedicated("abcd1234", "environments/eu-1")],
  ])("%s with %j", (model, deployment, url) => {
    expect(route(model, { deployment })).toMatchObject({ kind: "dedicated", url });
  });

  it.each<[string, string, Deployment]>([
    ["deployment", DEPLOYMENT_MODEL, { environment: "production", deploymentId: "q1w2e3r" }],
    ["deployment", DEPLOYMENT_MODEL, { regional: true }],
    ["deployment", DEPLOYMENT_MODEL, { regional: true, deploymentId: "q1w2e3r" }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true, environment: "development" }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true, environment: "EU" }],
    ["deployment.environment", DEPLOYMENT_MODEL, { regional: true, environment: "e".repeat(41) }],
    ["model", "baseten/abc1234", { environment: "staging" }],
    ["model", MODEL_SLUG, {}],
  ])("naming %s, %s with %j is refused", async (field, model, deployment) => {
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
    "%s %j is no DNS label, and is refused, not escaped",
    async (part, label) => {
      const deployment = { [part as string]: label };
      await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment }), `deployment.${part}`, JSON.stringify(label));
    },
  );

  it.each(parts)("%s must be a string", async (part) => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment: { [part]: 5 } }), `deployment.${part}`, "5");
  });

  it.each(["development", 5, true])("that is %j and no object is refused", async (deployment) => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment } as unknown as Options), "deployment");
  });

  it("is refused beside baseURL", async () => {
    await expectRefusal(() => route(DEPLOYMENT_MODEL, { deployment: {}, baseURL: GATEWAY_URL }), "deployment");
  });

  it("is refused with litellm_proxy/", async () => {
    setEnvironment({ LITELLM_PROXY_API_BASE: GATEWAY_URL });
    await expectRefusal(() => route("litellm_proxy/abcd1234", { deployment: {} }), "deployment");
  });

  it("beats the environment's base URL", () => {
    setEnvironment({ BASETEN_BASE_URL: GATEWAY_URL, BASETEN_API_BASE: GATEWAY_URL });
    expect(route(DEPLOYMENT_MODEL, { deployment: {} })).toMatchObject({
      kind: "dedicated",
      url: dedicated("abcd1234"),
    });
  });
});

describe("baseURL", () => {
  it.each<[string | URL, string]>([
    ["https://gateway.example/v1", "https://gateway.example/v1/chat/completions"],
    ["https://gateway.example/v1/", "https://gateway.example/v1/chat/completions"],
    ["https://gateway.example/v1/chat/completions", "https://gateway.example/v1/chat/completions"],
    ["https://gateway.example/v1/chat/completions/", "https://gateway.example/v1/chat/completions"],
    ["https://gateway.example", "https://gateway.example/chat/completions"],
    ["https://gateway.example/", "https://gateway.example/chat/completions"],
    ["https://gateway.example/chat/completions", "https://gateway.example/chat/completions"],
    ["https://gateway.example/v1?a=1&b=2", "https://gateway.example/v1/chat/completions?a=1&b=2"],
    ["https://gateway.example/v1/?a=/", "https://gateway.example/v1/chat/completions?a=/"],
    ["https://gateway.example/v1/chat/completions?a=1", "https://gateway.example/v1/chat/completions?a=1"],
    ["http://localhost:4000", "http://localhost:4000/chat/completions"],
    ["http://[::1]:4000/v1", "http://[::1]:4000/v1/chat/completions"],
    [new URL("https://gateway.example/v1/"), "https://gateway.example/v1/chat/completions"],
    [new URL("https://gateway.example/v1?a=1"), "https://gateway.example/v1/chat/completions?a=1"],
  ])("%s", (baseURL, url) => {
    expect(route(MODEL_SLUG, { baseURL })).toEqual({ kind: "custom", url, model: "openai/gpt-oss-120b" });
  });

  it.each([
    ["abcd1234", "custom", "abcd1234"],
    [DEPLOYMENT_MODEL, "custom", "abcd1234"],
    ["baseten/baseten/x", "custom", "baseten/x"],
    ["gpt-5", "custom", "gpt-5"],
    ["baseten/\u6a21\u578b \u00e9", "custom", "\u6a21\u578b \u00e9"],
    ["litellm_proxy/gpt-5", "proxy", "gpt-5"],
    ["litellm_proxy/baseten/abcd1234", "proxy", "baseten/abcd1234"],
    ["litellm_proxy/\u6a21\u578b", "proxy", "\u6a21\u578b"],
  ])("wins over the routing of %s: %s, the body says %s", (model, kind, name) => {
    setEnvironment({ BASETEN_BASE_URL: "https://else.example", LITELLM_PROXY_API_BASE: "https://else.example" });
    expect(route(model, { baseURL: GATEWAY_URL })).toEqual({
      kind,
      url: `${GATEWAY_URL}/chat/completions`,
      model: name,
    });
  });

  it.each([
    "",
    " ",
    "/v1",
    "v1",
    "//gateway.example/v1",
    "localhost:4000",
    "gateway.example/v1",
    "ftp://gateway.example/v1",
    "file:///v1",
    "javascript:alert(1)",
    "data:text/plain,v1",
    "https://",
    "https://gateway.example/v1#top",
    "https://gateway.example/v1#",
    "https://user@gateway.example/v1",
    "https://user:pa55word@gateway.example/v1",
    "https://:pa55word@gateway.example/v1",
    5,
    {},
    [],
  ])("%j is refused", async (baseURL) => {
    const error = await expectRefusal(() => route(MODEL_SLUG, { baseURL } as Options), "baseURL");
    expect(error.message).not.toContain("pa55word");
  });

  it.each([
    ["/v1", "https://app.example/v1/chat/completions"],
    ["v1", "https://app.example/pages/v1/chat/completions"],
    ["../v1/", "https://app.example/v1/chat/completions"],
    ["/v1?a=1", "https://app.example/v1/chat/completions?a=1"],
    ["//gateway.example/v1", "https://gateway.example/v1/chat/completions"],
    [GATEWAY_URL, `${GATEWAY_URL}/chat/completions`],
  ])("%j in a page goes by its location", (baseURL, url) => {
    vi.stubGlobal("location", { href: "https://app.example/pages/chat.html?q=1#hash" });
    expect(route(MODEL_SLUG, { baseURL })).toMatchObject({ kind: "custom", url });
  });

  it.each(["", "ftp:v1", "http://user:pa55word@gateway.example", "/v1#top"])(
    "%j is refused in a page, too",
    async (baseURL) => {
      vi.stubGlobal("location", { href: "https://app.example/pages/chat.html" });
      await expectRefusal(() => route(MODEL_SLUG, { baseURL }), "baseURL");
    },
  );

  it.each([
    "https://gateway.example",
    "https://notbaseten.co",
    "https://baseten.co.example",
    "https://x.example/?baseten.co",
  ])("%s is not Baseten's: it takes every name but an empty one and control characters", async (baseURL) => {
    expect(route("\u6a21 \u578b", { baseURL }).model).toBe("\u6a21 \u578b");
    await expectRefusal(() => route("baseten/", { baseURL }), "model");
    await expectRefusal(() => route("litellm_proxy/", { baseURL }), "model");
    await expectRefusal(() => route("a\nb", { baseURL }), "model");
    await expectRefusal(() => route("a\u0085b", { baseURL }), "model");
  });

  it.each([
    "https://inference.baseten.co/v1",
    "https://model-abcd1234.api.baseten.co/x",
    "https://BASETEN.co",
    "https://inference.baseten.co./v1",
  ])("%s is Baseten's: a model must be visible ASCII", async (baseURL) => {
    expect(route(MODEL_SLUG, { baseURL }).kind).toBe("custom");
    await expectRefusal(() => route("\u6a21\u578b", { baseURL }), "model");
    await expectRefusal(() => route("litellm_proxy/a b", { baseURL }), "model");
  });
});

describe("the environment", () => {
  const BASE = "https://base.example";
  const API_BASE = "https://api-base.example/v1";
  const PROXY = "https://proxy.example";

  it.each<[string, Record<string, string>, Options, string, Route["kind"]]>([
    [MODEL_SLUG, { BASETEN_BASE_URL: BASE, BASETEN_API_BASE: API_BASE }, {}, BASE, "custom"],
    [MODEL_SLUG, { BASETEN_API_BASE: API_BASE }, {}, API_BASE, "custom"],
    [MODEL_SLUG, { BASETEN_BASE_URL: "", BASETEN_API_BASE: API_BASE }, {}, API_BASE, "custom"],
    [DEPLOYMENT_MODEL, { BASETEN_BASE_URL: BASE }, {}, BASE, "custom"],
    [
      MODEL_SLUG,
      { BASETEN_BASE_URL: BASE, BASETEN_API_BASE: API_BASE },
      { baseURL: GATEWAY_URL },
      GATEWAY_URL,
      "custom",
    ],
    [MODEL_SLUG, { LITELLM_PROXY_API_BASE: PROXY }, {}, "https://inference.baseten.co/v1", "model-api"],
    [MODEL_SLUG, { BASETEN_BASE_URL: "", BASETEN_API_BASE: "" }, {}, "https://inference.baseten.co/v1", "model-api"],
    ["litellm_proxy/x", { LITELLM_PROXY_API_BASE: PROXY, BASETEN_BASE_URL: BASE }, {}, PROXY, "proxy"],
    ["litellm_proxy/x", { LITELLM_PROXY_API_BASE: PROXY }, { baseURL: GATEWAY_URL }, GATEWAY_URL, "proxy"],
  ])("%s with %j and %j", (model, variables, options, base, kind) => {
    setEnvironment(variables);
    expect(route(model, options)).toMatchObject({ url: `${base}/chat/completions`, kind });
  });

  it.each([{}, { BASETEN_BASE_URL: BASE, BASETEN_API_BASE: API_BASE }, { LITELLM_PROXY_API_BASE: "" }])(
    "without a proxy's address litellm_proxy/ is refused: %j",
    async (variables) => {
      setEnvironment(variables);
      await expectRefusal(() => route("litellm_proxy/x"), "baseURL");
    },
  );

  it("with an address that is none is refused", async () => {
    setEnvironment({ BASETEN_BASE_URL: "localhost:4000" });
    await expectRefusal(() => route(MODEL_SLUG), "baseURL");
  });

  it("is read at each call", () => {
    expect(route(MODEL_SLUG).kind).toBe("model-api");
    setEnvironment({ BASETEN_BASE_URL: BASE });
    expect(route(MODEL_SLUG).kind).toBe("custom");
  });
});

describe("whatever the strings hold", () => {
  const hostile = fc.constantFrom(
    "/",
    "?",
    "#",
    "@",
    ":",
    "\\",
    "%",
    ".",
    "..",
    "&",
    "\n",
    " ",
    "baseten/",
    "litellm_proxy/",
    "abcd1234",
  );
  const any = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(fc.oneof(hostile, fc.string({ maxLength: 3 }))).map((parts) => parts.join("")),
    fc.stringMatching(/^[a-zA-Z0-9]{8}$/),
  );
  const model = fc.tuple(fc.constantFrom("", "baseten/"), any).map((parts) => parts.join(""));
  const deployment = fc.record(
    { modelId: any, environment: any, deploymentId: any, regional: fc.boolean() },
    { requiredKeys: [] },
  );

  function routed(act: () => Route): URL | undefined {
    try {
      return new URL(act().url);
    } catch (error) {
      expect(error).toBeInstanceOf(BasetenError);
      expect(error).toMatchObject({ name: "BadRequestError" });
      return undefined;
    }
  }

  const paths = /^\/(development|environments\/[a-z0-9-]+|deployment\/[a-z0-9-]+)\/sync\/v1\/chat\/completions$/i;

  function expectBaseten(url: URL): void {
    if (url.host === "inference.baseten.co") expect(url.pathname).toBe("/v1/chat/completions");
    else {
      expect(url.host).toMatch(/^model-[a-z0-9-]+\.api\.baseten\.co$/);
      if (url.pathname !== "/sync/v1/chat/completions") expect(url.pathname).toMatch(paths);
    }
    const { protocol, username, password, port, search, hash } = url;
    expect([protocol, username, password, port, search, hash]).toEqual(["https:", "", "", "", "", ""]);
  }

  it("a model changes nothing but the code in the host", () => {
    fc.assert(
      fc.property(model, (model) => {
        const url = routed(() => route(model));
        if (url) expectBaseten(url);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a deployment changes nothing but its labels", () => {
    fc.assert(
      fc.property(fc.oneof(model, fc.constant(DEPLOYMENT_MODEL)), deployment, (model, deployment) => {
        const url = routed(() => route(model, { deployment }));
        if (url) expectBaseten(url);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a model changes nothing of a base URL", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          model,
          any.map((name) => `litellm_proxy/${name}`),
        ),
        (model) => {
          const url = routed(() => route(model, { baseURL: `${GATEWAY_URL}?a=1` }));
          if (url) expect(url.href).toBe(`${GATEWAY_URL}/chat/completions?a=1`);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("a base URL that is refused is refused in our words", () => {
    fc.assert(
      fc.property(any, (baseURL) => {
        routed(() => route(MODEL_SLUG, { baseURL }));
      }),
      { numRuns: 1_000 },
    );
  });

  it("throws at once, since it sends nothing", async () => {
    expect((await catchBasetenError(() => route("baseten/"))).attempts).toBe(0);
  });
});
