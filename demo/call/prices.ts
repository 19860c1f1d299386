import { emulator } from "baseten-fetch/emulator";
import type { Price } from "./metrics.js";

interface Listed {
  id: string;
  pricing?: { prompt: string | number; completion: string | number; input_cache_read?: string | number };
}

/**
 * The prices of the Model API by slug: those that the emulator lists, Baseten's of November 2026. A dedicated deployment
 * is paid by the minute and has none.
 */
export async function prices(): Promise<Map<string, Price>> {
  const response = await emulator()("https://inference.baseten.co/v1/models");
  const { data } = (await response.json()) as { data: Listed[] };
  const priced = data.flatMap(({ id, pricing }): [string, Price][] => {
    if (!pricing) return [];
    const { prompt, completion, input_cache_read: cached = prompt } = pricing;
    return [[id, { prompt: Number(prompt), completion: Number(completion), cached: Number(cached) }]];
  });
  return new Map(priced);
}
