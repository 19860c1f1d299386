import type { WithUnknown } from "./chat.ts";

/** What to embed: a text, a list of texts, the tokens of one text, or a list of those. */
export type EmbeddingInput = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

/** The body of an embeddings request. A field that is not known here is sent as it is. */
export type EmbeddingsRequest = WithUnknown<{
  /** The 8-character code of a dedicated deployment, or any name with a `baseURL`. */
  model: string;
  /** More than 128 inputs are sent in several requests. */
  input: EmbeddingInput;
  /** The length of each embedding, for models that can shorten it. */
  dimensions?: number | undefined;
  /** `"base64"` makes the answer smaller; it is decoded here. */
  encoding_format?: "float" | "base64" | undefined;
  /** An id of the end user, for the server's records. */
  user?: string | undefined;
}>;

/** One embedding. */
export interface Embedding {
  object: "embedding";
  /** The position of its input in the whole request. */
  index: number;
  /** Numbers, also where the server sent base64. */
  embedding: number[];
}

/** The API's list of embeddings, in the order of the inputs. */
export interface Embeddings {
  object: "list";
  /** One for each input. */
  data: Embedding[];
  /** The model, by its name at the server. */
  model: string;
  /** The sum over all batches. */
  usage: { prompt_tokens: number; total_tokens: number };
  [field: string]: unknown;
}
