import type { Address } from "./address.ts";

/** Prices in USD per token. Baseten gives strings or numbers. */
export interface EmulatorPricing {
  /** For input. */
  prompt: string | number;
  /** For output, reasoning included. */
  completion: string | number;
  /** For input that was cached. Default: no price of its own. */
  input_cache_read?: string | number | undefined;
}

/**
 * A model that the emulator answers for. An `id` of 7 or 8 letters and digits is a dedicated deployment's, any other
 * is a slug of the Model API. `GET /models` lists all fields, those that are not known here too.
 */
export interface EmulatorModel {
  /** The slug, or the code of a dedicated deployment. */
  id: string;
  /** The most tokens of a prompt; a longer one is a 400. Default 131,072. */
  context_length?: number | undefined;
  /** The most tokens of an answer. Default 131,072. */
  max_completion_tokens?: number | undefined;
  /**
   * With `"reasoning"` the model reasons unless the request turns it off; without it, only if the request turns it on.
   * Default: `["tools", "json_mode", "structured_outputs"]`.
   */
  supported_features?: readonly string[] | undefined;
  /** The types of input, such as `["text", "image"]`. Default `["text"]`. */
  input_modalities?: readonly string[] | undefined;
  /** What its tokens cost. Default: not listed. */
  pricing?: EmulatorPricing | undefined;
  [field: string]: unknown;
}

/** A model with its defaults filled in. */
export interface ResolvedModel extends EmulatorModel {
  context_length: number;
  max_completion_tokens: number;
  supported_features: readonly string[];
  input_modalities: readonly string[];
}

const FEATURES = ["tools", "json_mode", "structured_outputs"];
const DEPLOYMENT_CODE = /^[a-z0-9]{7,8}$/i;

/**
 * The models of an emulator without the option `models`, besides any deployment. The prices are Baseten's of November
 * 2026; the lengths are examples.
 */
export const DEFAULT_MODELS: readonly EmulatorModel[] = [
  {
    id: "openai/gpt-oss-120b",
    supported_features: [...FEATURES, "reasoning", "reasoning_effort"],
    pricing: { prompt: "0.0000001", completion: "0.0000005" },
  },
  {
    id: "zai-org/GLM-5.3",
    supported_features: [...FEATURES, "reasoning_effort"],
    pricing: { prompt: "0.0000014", completion: "0.0000044", input_cache_read: "0.00000014" },
  },
  {
    id: "moonshotai/Kimi-K3",
    context_length: 1_048_576,
    supported_features: [...FEATURES, "reasoning_effort"],
    input_modalities: ["text", "image"],
    pricing: { prompt: "0.000003", completion: "0.000015", input_cache_read: "0.0000003" },
  },
  {
    id: "deepseek-ai/DeepSeek-V4-Pro",
    context_length: 262_144,
    supported_features: [...FEATURES, "reasoning", "reasoning_effort"],
    pricing: { prompt: 0.00000174, completion: 0.00000348, input_cache_read: 0.000000145 },
  },
];

/**
 * Finds a model: at a dedicated deployment by the address alone, elsewhere by the body's `model`. Without `models` every
 * code has a deployment. The Model API itself has no deployments, but a host that stands in for it has.
 * @param models - `undefined` for the default models
 * @param slug - the body's `model`
 */
export function findModel(
  models: readonly EmulatorModel[] | undefined,
  { deployment, isBasetenHost }: Address,
  slug?: unknown,
): ResolvedModel | undefined {
  const id = deployment?.id ?? slug;
  if (typeof id !== "string" || (isBasetenHost && !deployment && DEPLOYMENT_CODE.test(id))) return;
  // A host name has no upper case, a code may have.
  const isSame = (model: EmulatorModel) =>
    model.id === id || (DEPLOYMENT_CODE.test(id) && model.id.toLowerCase() === id.toLowerCase());
  const found = (models ?? DEFAULT_MODELS).find(isSame) ?? (!models && DEPLOYMENT_CODE.test(id) ? { id } : undefined);
  return found && withDefaults(found);
}

/**
 * The body of `GET /models`: at a dedicated deployment its one model, elsewhere all models of the Model API.
 * @param deployed - the model of the deployment
 */
export function createModelList(models: readonly EmulatorModel[] = DEFAULT_MODELS, deployed?: ResolvedModel): object {
  const listed = deployed ? [deployed] : models.filter(({ id }) => !DEPLOYMENT_CODE.test(id)).map(withDefaults);
  return { object: "list", data: listed };
}

function withDefaults(model: EmulatorModel): ResolvedModel {
  const owner = model.id.includes("/") ? model.id.slice(0, model.id.indexOf("/")) : "baseten";
  return {
    object: "model",
    created: 0,
    owned_by: owner,
    ...model,
    context_length: model.context_length ?? 131_072,
    max_completion_tokens: model.max_completion_tokens ?? 131_072,
    supported_features: model.supported_features ?? FEATURES,
    input_modalities: model.input_modalities ?? ["text"],
  };
}
