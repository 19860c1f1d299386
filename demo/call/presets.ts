import type { Fields } from "./fields.js";

/** A model to try, with one word on what it shows. */
export interface Preset extends Pick<Fields, "model" | "environment"> {
  label: string;
}

/** One of each kind of route. */
export const PRESETS: readonly Preset[] = [
  { model: "baseten/openai/gpt-oss-120b", environment: "", label: "Model API" },
  { model: "baseten/zai-org/GLM-5.3", environment: "", label: "Model API" },
  { model: "baseten/abcd1234", environment: "", label: "dedicated" },
  { model: "baseten/abcd1234", environment: "staging", label: "environment" },
  { model: "litellm_proxy/baseten-model", environment: "", label: "LiteLLM proxy" },
];
