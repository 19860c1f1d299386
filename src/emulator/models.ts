import type { Address } from "./address.ts";

/** USD per token; Baseten gives strings or numbers. */
export interface EmulatorPricing {
  prompt: string | number;
  completion: string | number;
  input_cache_read?: string | number | undefined;
}

/**
 * A model that the emulator answers for. An `id` of 7 or 8 letters and digits is a dedicated deployment's, any other
 * is a slug of the Model API. `GET /models` lists the fields as they are, those that are not known here too.
 */
export interface EmulatorModel {
  id: string;
  /** Tokens of a prompt; a longer one is refused. Default 131,072. */
  context_length?: number | undefined;
  /** Most tokens of an answer. Default 131,072. */
  max_completion_tokens?: number | undefined;
  /** With `"reasoning"` it reasons unless told not to; without, only when told to. Default: without. */
  supported_features?: readonly string[] | undefined;
  /** What it takes beside text, such as `["text", "image"]`. Default `["text"]`. */
  input_modalities?: readonly string[] | undefined;
  pricing?: EmulatorPricing | undefined;
  [field: string]: unknown;
}

/**
 * A model with its defaults filled in.
 * @internal
 */
export interface Model extends EmulatorModel {
  context_length: number;
  max_completion_tokens: number;
  supported_features: readonly string[];
  input_modalities: readonly string[];
}

const FEATURES = ["tools", "json_mode", "structured_outputs"];
const CODE = /^[a-z0-9]{7,8}$/i;

/**
 * The models of an emulator that is given none, beside any deployment. The prices are Baseten's of November 2026, the
 * lengths stand in for those of its live list.
 * @internal
 */
export const MODELS: readonly EmulatorModel[] = [
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
 * Looks a model up: at a dedicated deployment by the address alone, whatever the body says, elsewhere by the body's
 * `model`. Without `models` any code has a deployment; the Model API itself has none, a host that stands in for it may.
 * @internal
 */
export function findModel(
  models: readonly EmulatorModel[] | undefined,
  { deployment, official }: Address,
  slug?: unknown,
): Model | undefined {
  const id = deployment?.id ?? slug;
  if (typeof id !== "string" || (official && !deployment && CODE.test(id))) return;
  // A host name has no upper case, a code may have.
  const same = (model: EmulatorModel) =>
    model.id === id || (CODE.test(id) && model.id.toLowerCase() === id.toLowerCase());
  const known = (models ?? MODELS).find(same) ?? (!models && CODE.test(id) ? { id } : undefined);
  return known && filled(known);
}

/**
 * The body of `GET /models`: at a dedicated deployment the one model that it serves, elsewhere all of the Model API.
 * @internal
 */
export function listModels(models: readonly EmulatorModel[] = MODELS, served?: Model): object {
  const listed = served ? [served] : models.filter(({ id }) => !CODE.test(id)).map(filled);
  return { object: "list", data: listed };
}

function filled(model: EmulatorModel): Model {
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
