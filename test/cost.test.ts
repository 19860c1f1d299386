import { describe, expect, it } from "vitest";
import { cost } from "../src/index.js";
import { expectRefusal } from "./helpers/catch-error.js";

const usage = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };
const cachedUsage = { ...usage, prompt_tokens_details: { cached_tokens: 400 } };
const pricing = { prompt: 2e-6, completion: 8e-6, input_cache_read: 5e-7 };

describe("cost", () => {
  it.each<[string, Parameters<typeof cost>, number]>([
    ["prompt and completion at their prices, in USD", [usage, pricing], 0.0028],
    ["cached input at its own price", [cachedUsage, pricing], 0.0022],
    [
      "cached input at the prompt's price where none is listed",
      [cachedUsage, { prompt: 2e-6, completion: 8e-6 }],
      0.0028,
    ],
    ["free tokens as 0", [usage, { prompt: 0, completion: 0 }], 0],
    ["no tokens as 0", [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, pricing], 0],
    ["free cached input as free", [cachedUsage, { ...pricing, input_cache_read: 0 }], 0.002],
    [
      "at most all of the prompt as cached",
      [{ ...usage, prompt_tokens_details: { cached_tokens: 9_000 } }, pricing],
      0.0013,
    ],
    [
      "null instead of a number of cached tokens",
      [{ ...usage, prompt_tokens_details: { cached_tokens: null } } as never, pricing],
      0.0028,
    ],
  ])("counts %s", (_, parameters, expected) => {
    expect(cost(...parameters)).toBeCloseTo(expected, 12);
  });

  it.each<[string, Parameters<typeof cost>]>([
    ["no prices", [usage, {}]],
    ["no price of the prompt", [usage, { completion: 1 }]],
    ["no price of the completion", [usage, { prompt: 1 }]],
    ["no price of the completion, though there was none", [{ ...usage, completion_tokens: 0 }, { prompt: 1 }]],
    ["a price that is null", [usage, { prompt: null, completion: 1 } as never]],
    ["no pricing at all", [usage, undefined]],
    ["no usage", [undefined, pricing]],
    ["usage that is null", [null, pricing]],
    ["usage without tokens", [{} as never, pricing]],
  ])("is undefined, never 0, with %s", (_, parameters) => {
    expect(cost(...parameters)).toBeUndefined();
  });

  it.each<[string, unknown, unknown]>([
    ["pricing", usage, "cheap"],
    ["pricing", usage, []],
    ["pricing.prompt", usage, { ...pricing, prompt: "0.000002" }],
    ["pricing.completion", usage, { ...pricing, completion: -1 }],
    ["pricing.completion", usage, { ...pricing, completion: Number.POSITIVE_INFINITY }],
    ["pricing.input_cache_read", usage, { ...pricing, input_cache_read: Number.NaN }],
    ["usage", 5, pricing],
    ["usage.prompt_tokens", { ...usage, prompt_tokens: "1" }, pricing],
    ["usage.completion_tokens", { ...usage, completion_tokens: -1 }, pricing],
  ])("throws a BadRequestError that names %s", async (field, badUsage, badPricing) => {
    await expectRefusal(() => cost(badUsage as never, badPricing as never), field);
  });
});
