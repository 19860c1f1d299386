import { describe, expect, it } from "vitest";
import { isObject, parseJSON, stringifyJSON } from "../../src/wire/json.js";

const DEPTH = 100_000;
const deepText = "[".repeat(DEPTH) + "]".repeat(DEPTH);

describe("parseJSON", () => {
  it.each(["null", "0", '""', "[]", ' {"a":[1]} '])("gives the value of %s", (text) => {
    expect(parseJSON(text)).toEqual(JSON.parse(text));
  });

  it.each(["", " ", "{", "[DONE]", "undefined", "{'a':1}", '{"a":1}x', "NaN"])("gives undefined for %j", (text) => {
    expect(parseJSON(text)).toBeUndefined();
  });

  it("never throws for text that is nested deeply, whole or not", () => {
    expect(() => parseJSON(deepText)).not.toThrow();
    expect(parseJSON(deepText.slice(1))).toBeUndefined();
  });
});

describe("stringifyJSON", () => {
  it.each([null, 0, "a", [[1]], { a: [null] }])("gives the JSON text of %j", (value) => {
    expect(stringifyJSON(value)).toBe(JSON.stringify(value));
  });

  it("gives undefined for what is nested too deeply", () => {
    let deep: unknown[] = [];
    for (let level = 0; level < DEPTH; level++) deep = [deep];
    expect(stringifyJSON(deep)).toBeUndefined();
  });

  it("gives undefined for a cycle, a BigInt and a function", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect([cycle, 1n, () => 1].map(stringifyJSON)).toEqual([undefined, undefined, undefined]);
  });
});

describe("isObject", () => {
  it.each([{}, Object.create(null)])("holds for an object", (value) => expect(isObject(value)).toBe(true));

  it.each([null, undefined, [[]], "a", 1, true, () => 1])("does not hold for %j", (value) => {
    expect(isObject(value)).toBe(false);
  });
});
