/** The emulator's options: which are refused when it is created. */

import { describe, expect, it } from "vitest";
import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import { BasetenError } from "../../src/error.js";

function catchRefusal(options: unknown): BasetenError {
  try {
    emulator(options as EmulatorOptions);
  } catch (error) {
    if (error instanceof BasetenError) return error;
  }
  throw new Error("it was not refused");
}

describe("an option", () => {
  it.each([
    ["tokensPerSecond", 0],
    ["tokensPerSecond", -5],
    ["tokensPerSecond", Number.NaN],
    ["tokensPerSecond", "50"],
    ["tokensPerSecond", null],
    ["coldStart", -1],
    ["coldStart", Number.NaN],
    ["coldStart", Number.POSITIVE_INFINITY],
    ["coldStart", 2 ** 31],
    ["apiKeys", "secret-key"],
    ["apiKeys", [""]],
    ["apiKeys", ["secret-key", 5]],
    ["models", "a/b"],
    ["models", [""]],
    ["models", [{}]],
    ["models", [{ id: "a/b", context_length: 0 }]],
    ["models", [{ id: "a/b", max_completion_tokens: "9" }]],
    ["models", [{ id: "a/b", supported_features: "reasoning" }]],
    ["models", [{ id: "a/b", input_modalities: [1] }]],
    ["reply", "Yes."],
    ["reply", { content: "Yes." }],
    ["reply", null],
    ["faults", "429"],
    ["faults", [429]],
    ["faults", ["404"]],
    ["faults", [undefined]],
  ])("%s is refused by its name: %j", (name, value) => {
    const error = catchRefusal({ [name]: value });
    expect(error.name).toBe("BadRequestError");
    expect(error.message).toMatch(new RegExp(`^${name}: expected `));
    expect(error.message).not.toContain("secret-key");
  });

  it.each([
    ["answer", "unknown option, expected one of reply, tokensPerSecond, coldStart, apiKeys, models, faults"],
    ["Faults", "unknown option, expected faults"],
    ["tokens_per_second", "unknown option, expected tokensPerSecond"],
    ["api_keys", "unknown option, expected apiKeys"],
  ])("that is misspelled as %s is refused with the name to use", (name, message) => {
    expect(catchRefusal({ [name]: ["secret-key"] }).message).toBe(`${name}: ${message}`);
  });

  it.each<[string, unknown, string]>([
    ["faults", ["429", "404"], '"404"'],
    ["faults", [null, 429], "429"],
    ["models", ["a/b", 5], "5"],
    ["apiKeys", ["secret-key", 5], '"number"'],
  ])("that is a list is refused with the item that is wrong: %s %j", (name, value, shown) => {
    expect(catchRefusal({ [name]: value }).message).toMatch(new RegExp(`, got ${shown}$`));
  });

  it("that is undefined is ignored, known or not", () => {
    expect(emulator({ reply: undefined, baseURL: undefined } as EmulatorOptions)).toBeTypeOf("function");
  });

  it.each([null, 5, "429"])("of options that are not an object is refused: %j", (options) => {
    expect(catchRefusal(options).message).toMatch(/^options: expected an object/);
  });

  it("of options that are an address, since emulator itself was passed as fetch, is refused with the way to write it", () => {
    expect(catchRefusal("https://inference.baseten.co/v1/models").message).toContain(
      "pass emulator(), with parentheses",
    );
  });

  it.each([
    undefined,
    {},
    { tokensPerSecond: undefined, coldStart: undefined, apiKeys: undefined, models: undefined, faults: undefined },
    { tokensPerSecond: Number.POSITIVE_INFINITY, coldStart: 0, apiKeys: [], models: [], faults: [] },
    {
      tokensPerSecond: 0.001,
      coldStart: 2 ** 31 - 1,
      apiKeys: ["a"],
      models: ["a/b"],
      faults: [null, "stall"] as const,
    },
  ])("is accepted: %j", (options) => {
    expect(emulator(options)).toBeTypeOf("function");
  });

  it("is read once, so that a later change of a list has no effect", async () => {
    const faults: ("500" | null)[] = [];
    const fetch = emulator({ faults });
    faults.push("500");
    expect((await fetch("https://inference.baseten.co/v1/models")).status).toBe(200);
  });
});
