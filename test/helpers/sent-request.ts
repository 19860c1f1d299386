/** The request that a call sends. */

import { type ChatRequest, completion, type Options, stream } from "../../src/index.js";
import { helloFetch, helloStreamFetch, onlyRequest } from "./recorded-fetch.js";
import { API_KEY, MODEL_SLUG, messages } from "./requests.js";

/** Returns the request that `completion` sends for these fields. */
export async function sendCompletion(fields: object, options: Options = {}): Promise<ReturnType<typeof onlyRequest>> {
  const fetch = helloFetch();
  await completion({ model: MODEL_SLUG, messages, ...fields } as ChatRequest, { apiKey: API_KEY, ...options, fetch });
  return onlyRequest(fetch);
}

/** Returns the request that `stream` sends for these fields. */
export async function sendStream(fields: object, options: Options = {}): Promise<ReturnType<typeof onlyRequest>> {
  const fetch = helloStreamFetch();
  const request = { model: MODEL_SLUG, messages, ...fields } as ChatRequest;
  for await (const _ of stream(request, { apiKey: API_KEY, ...options, fetch }));
  return onlyRequest(fetch);
}
