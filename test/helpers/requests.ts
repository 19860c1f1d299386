/** Models, addresses, a key and request bodies that tests share. */

import type { Fetch, Options } from "../../src/index.js";

/** A slug of the Model API. */
export const MODEL_SLUG = "baseten/openai/gpt-oss-120b";
/** The code of a dedicated deployment. */
export const DEPLOYMENT_MODEL = "baseten/abcd1234";
/** An address that is not Baseten's. */
export const GATEWAY_URL = "https://gateway.example/v1";
export const MODEL_API_URL = "https://inference.baseten.co/v1/chat/completions";

/** A key that no error may show. */
export const API_KEY = "test-key-0123456789";

export const messages: { role: "user"; content: string }[] = [{ role: "user", content: "Hello" }];

/** A valid request to a model that is not Baseten's. */
export const REQUEST: { model: string; messages: { role: "user"; content: string }[] } = {
  model: "test/model",
  messages: [{ role: "user", content: "Say hello." }],
};

/** Options for a call through this fetch, without retries. */
export function singleAttempt(fetch: Fetch, more: Options = {}): Options {
  return { apiKey: API_KEY, maxRetries: 0, fetch, ...more };
}
