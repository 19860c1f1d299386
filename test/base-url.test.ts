import { describe, expect, it, vi } from "vitest";
import { type Options, type Route, route } from "../src/index.js";
import { expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";
import { DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG } from "./helpers/requests.js";

clearEnvironment();

describe("route with baseURL", () => {
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
  ])("%s has its chat completions URL", (baseURL, url) => {
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
  ])("takes precedence for the model %s, with kind %s and the body's model %s", (model, kind, name) => {
    setEnvironment({ BASETEN_BASE_URL: "https://other.example", LITELLM_PROXY_API_BASE: "https://other.example" });
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
    "ftp://gateway.example/https://gateway.example/v1",
    "file:///v1",
    "javascript:alert(1)",
    "data:text/plain,v1",
    "https://",
    "https://gateway.example/v1#top",
    "https://gateway.example/v1#",
    "https://user@gateway.example/v1",
    "https://user:password@gateway.example/v1",
    "https://:password@gateway.example/v1",
    5,
    {},
    [],
  ])("%j is refused", async (baseURL) => {
    await expectRefusal(() => route(MODEL_SLUG, { baseURL } as Options), "baseURL");
  });

  it.each([
    "ftp://gateway.example/v1?key=pa55word",
    "https://gateway.example/v1#pa55word",
    "https://pa55word@gateway.example",
  ])("%j is refused with a message that does not show it: it may hold a key", async (baseURL) => {
    const { message } = await expectRefusal(() => route(MODEL_SLUG, { baseURL }), "baseURL");
    expect(message).toBe('baseURL: expected an http(s) URL without credentials or hash, got "***"');
  });

  it.each([
    ["/v1", "https://app.example/v1/chat/completions"],
    ["v1", "https://app.example/pages/v1/chat/completions"],
    ["../v1/", "https://app.example/v1/chat/completions"],
    ["/v1?a=1", "https://app.example/v1/chat/completions?a=1"],
    ["//gateway.example/v1", "https://gateway.example/v1/chat/completions"],
    [GATEWAY_URL, `${GATEWAY_URL}/chat/completions`],
  ])("%j in a page is relative to its location", (baseURL, url) => {
    vi.stubGlobal("location", { href: "https://app.example/pages/chat.html?q=1#hash" });
    expect(route(MODEL_SLUG, { baseURL })).toMatchObject({ kind: "custom", url });
  });

  it.each(["", " ", "ftp:v1", "http://user:pa55word@gateway.example", "/v1#top"])(
    "%j is refused in a page",
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
  ])("%s, which is not Baseten's, accepts any model without control characters that is not empty", async (baseURL) => {
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
  ])("%s, which is Baseten's, accepts only visible ASCII in a model", async (baseURL) => {
    expect(route(MODEL_SLUG, { baseURL }).kind).toBe("custom");
    await expectRefusal(() => route("\u6a21\u578b", { baseURL }), "model");
    await expectRefusal(() => route("litellm_proxy/a b", { baseURL }), "model");
  });
});

describe("route with a base URL in the environment", () => {
  const BASE = "https://base.example";
  const API_BASE = "https://api-base.example/v1";
  const PROXY = "https://proxy.example";

  it.each<[string, Record<string, string>, Options, string, Route["kind"]]>([
    [MODEL_SLUG, { BASETEN_BASE_URL: BASE, BASETEN_API_BASE: API_BASE }, {}, BASE, "custom"],
    [MODEL_SLUG, { BASETEN_API_BASE: API_BASE }, {}, API_BASE, "custom"],
    [MODEL_SLUG, { BASETEN_BASE_URL: "", BASETEN_API_BASE: API_BASE }, {}, API_BASE, "custom"],
    [MODEL_SLUG, { BASETEN_BASE_URL: " ", BASETEN_API_BASE: API_BASE }, {}, API_BASE, "custom"],
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
  ])("uses for %s with %j and options %j the base URL %s", (model, variables, options, base, kind) => {
    setEnvironment(variables);
    expect(route(model, options)).toMatchObject({ url: `${base}/chat/completions`, kind });
  });

  it.each([{}, { BASETEN_BASE_URL: BASE, BASETEN_API_BASE: API_BASE }, { LITELLM_PROXY_API_BASE: "" }])(
    "is refused for litellm_proxy/ without a proxy's base URL: %j",
    async (variables) => {
      setEnvironment(variables);
      await expectRefusal(() => route("litellm_proxy/x"), "baseURL");
    },
  );

  it("is refused if that is not a URL", async () => {
    setEnvironment({ BASETEN_BASE_URL: "localhost:4000" });
    await expectRefusal(() => route(MODEL_SLUG), "baseURL");
  });

  it("reads the variable at each call", () => {
    expect(route(MODEL_SLUG).kind).toBe("model-api");
    setEnvironment({ BASETEN_BASE_URL: BASE });
    expect(route(MODEL_SLUG).kind).toBe("custom");
  });
});
