import type { Options, Route } from "./types/options.ts";
import { endpointURL, resolveTarget } from "./wire/target.ts";

/**
 * Tells where a model string is sent, by LiteLLM's rules: 8 letters or digits are a dedicated deployment, anything else
 * is the Model API; `baseten/` is stripped once, at the front; `litellm_proxy/` is a LiteLLM proxy; a base URL overrides
 * all of this.
 *
 * ```ts
 * route("baseten/openai/gpt-oss-120b").url; // "https://inference.baseten.co/v1/chat/completions"
 * route("baseten/abcd1234").kind; // "dedicated"
 * ```
 *
 * @param model - the model string, with or without its prefix
 * @param options - `baseURL`, `deployment` and `servedModelName` count; the environment is read at each call
 * @returns the kind of target, the URL, and the body's `model`
 * @throws {BasetenError} `BadRequestError` for a model, base URL or deployment that leads nowhere, and for an unknown option
 */
export function route(model: string, options: Options = {}): Route {
  const target = resolveTarget(model, options);
  return { kind: target.kind, url: endpointURL(target, "/chat/completions"), model: target.model };
}
