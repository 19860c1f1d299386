/** Prices in USD per token. */
export interface Pricing {
  /** For input. */
  prompt?: number | undefined;
  /** For output, reasoning included. */
  completion?: number | undefined;
  /** For input that was cached. Absent: the price of `prompt`. */
  input_cache_read?: number | undefined;
  [field: string]: unknown;
}

/** A model of the API's list; what the API does not list is absent. */
export interface Model {
  /** The slug, as a request's `model` has it. */
  id: string;
  /** The most tokens of prompt and answer together. */
  context_length?: number;
  /** The most tokens of an answer. */
  max_completion_tokens?: number;
  /** Such as `"tools"`, `"structured_outputs"` or `"reasoning"`. */
  supported_features?: string[];
  /** What its tokens cost. */
  pricing?: Pricing;
  [field: string]: unknown;
}
