import { describe, expect, it } from "vitest";
import type { Form } from "../../demo/call/form.js";
import { explainRoute } from "../../demo/call/route-explanation.js";
import { FORM, plan, thrownBy } from "./fixtures.js";

function explain(fields: Partial<Form>) {
  return explainRoute(plan(fields), { ...FORM, ...fields });
}

describe("the explanation of a route", () => {
  it.each<[fields: Partial<Form>, kind: string, marked: Record<string, string>, reason: RegExp]>([
    [{ model: "baseten/openai/gpt-oss-120b" }, "Model API", {}, /slash/],
    [{ model: "baseten/abc1234" }, "Model API", {}, /7 characters/],
    [
      { model: "baseten/abcd1234" },
      "Dedicated",
      { model: "abcd1234", environment: "production" },
      /becomes part of the host/,
    ],
    [
      { model: "baseten/abcd1234", environment: "staging" },
      "Dedicated",
      { model: "abcd1234", environment: "staging" },
      /8 letters or digits/,
    ],
    [
      { model: "baseten/abcd1234", environment: "development" },
      "Dedicated",
      { model: "abcd1234", environment: "development" },
      /8 letters or digits/,
    ],
    [{ model: "litellm_proxy/my-model" }, "LiteLLM proxy", { url: "http://localhost:4000" }, /LiteLLM/],
    [
      { model: "baseten/abcd1234", endpoint: "custom", url: "https://gateway.example/v1/" },
      "Custom URL",
      { url: "https://gateway.example/v1" },
      /overrides routing/,
    ],
  ])("of %o is %s", (fields, kind, marked, reason) => {
    const { kind: found, url, parts, reason: text } = explain(fields);
    expect(found).toBe(kind);
    expect(parts.map((part) => part.text).join("")).toBe(url);
    expect(Object.fromEntries(parts.flatMap((part) => (part.source ? [[part.source, part.text]] : [])))).toEqual(
      marked,
    );
    expect(text).toMatch(reason);
  });

  it("keeps a query apart from the path", () => {
    const { url, parts } = explain({ endpoint: "custom", url: "https://gateway.example/v1?version=2" });
    expect(parts.map(({ text }) => text).join("")).toBe(url);
    expect(parts.at(-1)).toEqual({ text: "?version=2", source: "url" });
  });

  it("says where the relay sends the request", () => {
    const found = explain({ model: "baseten/abcd1234", endpoint: "relay" });
    expect(found.url).toBe("http://127.0.0.1:8787/v1/chat/completions");
    expect(found.kind).toBe("Relay, then Dedicated");
    expect(found.reason).toContain("model-abcd1234.api.baseten.co");
  });

  it.each<[fields: Partial<Form>, message: RegExp]>([
    [{ model: "" }, /^model: /],
    [{ model: "baseten/ abcd1234" }, /^model: /],
    [{ model: "openai/gpt-oss-120b", environment: "staging" }, /^model: .*8 letters or digits/],
    [{ model: "abcd1234", environment: "-x" }, /^deployment\.environment: /],
    [{ model: "abcd1234", environment: "staging", endpoint: "relay" }, /^deployment: /],
    [{ model: "litellm_proxy/x", endpoint: "direct" }, /^baseURL: /],
    [{ endpoint: "custom", url: "" }, /^baseURL: /],
    [{ endpoint: "custom", url: "ftp://example.com" }, /^baseURL: /],
  ])("of %o is the client's own error", (fields, message) => {
    expect(thrownBy(() => explain(fields))).toMatchObject({
      name: "BadRequestError",
      message: expect.stringMatching(message),
    });
  });
});
