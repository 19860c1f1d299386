import { describe, expect, it } from "vitest";
import { explain, wordsOf } from "../../demo/call/explain.js";
import { type Fields, planOf } from "../../demo/call/fields.js";
import { FIELDS, SURROUNDINGS } from "./given.js";

function reading(fields: Partial<Fields>) {
  const all = { ...FIELDS, ...fields };
  return explain(planOf(all, SURROUNDINGS), all);
}

function refusal(fields: Partial<Fields>): string {
  try {
    reading(fields);
  } catch (error) {
    return wordsOf(error);
  }
  return "";
}

describe("a model as it is read", () => {
  it.each<[fields: Partial<Fields>, kind: string, marked: Record<string, string>, why: RegExp]>([
    [{ model: "baseten/openai/gpt-oss-120b" }, "model-api", {}, /slash/],
    [{ model: "baseten/abc1234" }, "model-api", {}, /7 characters/],
    [{ model: "baseten/abcd1234" }, "dedicated", { model: "abcd1234", environment: "production" }, /production/],
    [
      { model: "baseten/abcd1234", environment: "staging" },
      "dedicated",
      { model: "abcd1234", environment: "staging" },
      /the one you gave/,
    ],
    [
      { model: "baseten/abcd1234", environment: "development" },
      "dedicated",
      { model: "abcd1234", environment: "development" },
      /the one you gave/,
    ],
    [{ model: "litellm_proxy/my-model" }, "proxy", { address: "http://localhost:4000" }, /LiteLLM/],
    [
      { model: "baseten/abcd1234", endpoint: "url", url: "https://gateway.example/v1/" },
      "custom",
      { address: "https://gateway.example/v1" },
      /wins over routing/,
    ],
  ])("%o is %s", (fields, kind, marked, why) => {
    const { route, parts, why: words } = reading(fields);
    expect(route.kind).toBe(kind);
    expect(parts.map(({ text }) => text).join("")).toBe(route.url);
    expect(Object.fromEntries(parts.flatMap(({ from, text }) => (from ? [[from, text]] : [])))).toEqual(marked);
    expect(words).toMatch(why);
  });

  it("keeps a query apart from the path", () => {
    const { route, parts } = reading({ endpoint: "url", url: "https://gateway.example/v1?version=2" });
    expect(parts.map(({ text }) => text).join("")).toBe(route.url);
    expect(parts.at(-1)).toEqual({ text: "?version=2", from: "address" });
  });

  it.each([
    ["baseten/abcd1234", "baseten/", "abcd1234"],
    ["abcd1234", "", "abcd1234"],
    ["baseten/baseten/x", "baseten/", "baseten/x"],
    ["litellm_proxy/x", "litellm_proxy/", "x"],
    ["Baseten/abcd1234", "", "Baseten/abcd1234"],
  ])("%s has the prefix “%s”", (model, prefix, name) => {
    expect(reading({ model })).toMatchObject({ prefix, name });
  });

  it("says what the relay will make of the name", () => {
    const { route, next } = reading({ model: "baseten/abcd1234", endpoint: "relay" });
    expect(route.url).toBe("http://127.0.0.1:8787/v1/chat/completions");
    expect(next?.route).toMatchObject({ kind: "dedicated", model: "abcd1234" });
  });

  it.each<[fields: Partial<Fields>, words: RegExp]>([
    [{ model: "" }, /^model: /],
    [{ model: "baseten/ abcd1234" }, /^model: /],
    [{ model: "baseten/abcd1234\n" }, /^model: /],
    [{ model: "openai/gpt-oss-120b", environment: "staging" }, /^model: .*8 letters or digits/],
    [{ model: "abcd1234", environment: "-x" }, /^deployment\.environment: /],
    [{ model: "abcd1234", environment: "staging", endpoint: "relay" }, /^deployment: /],
    [{ model: "litellm_proxy/x", endpoint: "direct" }, /^baseURL: /],
    [{ endpoint: "url", url: "" }, /^baseURL: /],
    [{ endpoint: "url", url: "not a url" }, /^baseURL: /],
    [{ endpoint: "url", url: "ftp://example.com" }, /^baseURL: /],
  ])("%o is refused in the client's own words", (fields, words) => {
    expect(refusal(fields)).toMatch(words);
  });
});
