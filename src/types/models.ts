/** Prices in USD per token. */
export interface Pricing {
  prompt?: number | undefined;
  completion?: number | undefined;
  /** For input that was cached. Absent: the price of `prompt`. */
  input_cache_read?: number | undefined;
  [field: string]: unknown;
}

/** A model of the API's list; what the API does not list is absent. */
export interface Model {
  id: string;
  /** The most tokens of prompt and answer together. */
  context_length?: number;
  /** The most tokens of an answer. */
  max_completion_tokens?: number;
  /** Such as `"tools"`, `"structured_outputs"` or `"reasoning"`. */
  supported_features?: string[];
  pricing?: Pricing;
  [field: string]: unknown;
}
