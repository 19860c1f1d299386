import { assertValid } from "./error.ts";
import type { Usage } from "./types/chat.ts";
import type { Pricing } from "./types/models.ts";
import { isObject } from "./wire/json.ts";

/** Returns an amount, or NaN for one that is not known. */
function readAmount(name: string, amount: unknown): number {
  const isAmount = typeof amount === "number" && amount >= 0 && amount < Number.POSITIVE_INFINITY;
  assertValid(amount == null || isAmount, name, "a number, 0 or more", amount);
  return isAmount ? amount : Number.NaN;
}

/**
 * Returns what an answer has cost, for its tokens alone: server-side tools are billed apart.
 *
 * ```ts
 * const { usage } = await completion(request);
 * const list = await models();
 * cost(usage, list.find(({ id }) => id === "openai/gpt-oss-120b")?.pricing); // 0.000042
 * ```
 *
 * @param usage - of a completion, or the last one of a stream
 * @param pricing - USD per token, as `models` has it. Cached input costs `input_cache_read`, or `prompt` without it
 * @returns USD; `undefined` if the usage, or a price that is needed, is not known
 * @throws {BasetenError} `BadRequestError` for a price or a number of tokens that is not a number, 0 or more
 */
export function cost(usage: Usage | null | undefined, pricing: Pricing | null | undefined): number | undefined {
  if (usage == null || pricing == null) return;
  assertValid(isObject(usage), "usage", "an object", usage);
  assertValid(isObject(pricing), "pricing", "an object", pricing);
  const prompt = readAmount("pricing.prompt", pricing.prompt);
  const completion = readAmount("pricing.completion", pricing.completion);
  const cacheRead = readAmount("pricing.input_cache_read", pricing.input_cache_read ?? pricing.prompt);
  const input = readAmount("usage.prompt_tokens", usage.prompt_tokens);
  const output = readAmount("usage.completion_tokens", usage.completion_tokens ?? 0);
  const cached = Math.min(readAmount("cached_tokens", usage.prompt_tokens_details?.cached_tokens ?? 0), input);
  const total = (input - cached) * prompt + cached * cacheRead + output * completion;
  return Number.isNaN(total) ? undefined : total;
}
