import { callEndpoint } from "./http/call-endpoint.ts";
import type { Model, Pricing } from "./types/models.ts";
import type { Options } from "./types/options.ts";
import { isObject } from "./wire/json.ts";
import { parseReply } from "./wire/parse-reply.ts";
import { resolveServer } from "./wire/target.ts";

const PRICES = ["prompt", "completion", "input_cache_read"];

/** Returns a price as a number. APIs give some as strings, and `-1` for one that is not fixed. */
function toPrice(listed: unknown): number | undefined {
  const price = typeof listed === "string" && listed.trim() ? Number(listed) : listed;
  return typeof price === "number" && price >= 0 ? price : undefined;
}

function toPricing(listed: unknown): Pricing | undefined {
  if (!isObject(listed)) return;
  const prices = PRICES.map((field) => [field, toPrice(listed[field])]).filter(([, price]) => price !== undefined);
  const others = Object.entries(listed).filter(([field]) => !PRICES.includes(field));
  return Object.fromEntries([...prices, ...others]);
}

function isModel(model: unknown): model is Model {
  return isObject(model) && typeof model.id === "string";
}

function readModelList({ data }: Record<string, unknown>): Model[] | undefined {
  if (!Array.isArray(data)) return;
  return data.filter(isModel).map(({ pricing: listed, ...model }) => {
    const pricing = toPricing(listed);
    return pricing ? { ...model, pricing } : model;
  });
}

/**
 * Lists the models of the Model API, of a `baseURL`, or of a `deployment`, which then needs its `modelId`.
 *
 * ```ts
 * for (const { id, pricing } of await models()) console.log(id, pricing?.prompt);
 * ```
 *
 * @param options - as for `completion`
 * @returns the API's objects; prices are numbers in USD per token, and absent where the API lists none
 * @throws {BasetenError} told apart by its `name`; an abort rejects with `signal.reason` itself
 */
export async function models(options: Options = {}): Promise<Model[]> {
  return callEndpoint(resolveServer("", options), "/models", options, (body, createError) =>
    parseReply(body, createError, readModelList, "a list of models"),
  );
}
