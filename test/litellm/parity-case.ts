/** A call that LiteLLM and this client both make, and the outcome of each. */

/** What became of a call: what was sends, and how it ended. Without a `url` nothing was sent. */
export interface Outcome {
  url?: string;
  authorization?: string | null;
  session?: string | null;
  body?: Record<string, unknown>;
  /** `answered`, or the name of the error. */
  end: string;
}

/** The outcome here, where it differs from LiteLLM's on purpose. */
export interface Difference {
  here: Outcome;
  why: string;
}

/** A call by the keyword arguments of `litellm.completion`, and its outcome there. */
export interface ParityCase {
  name: string;
  keywords: Record<string, unknown>;
  env: Record<string, string>;
  litellm: Outcome;
  differs?: Difference;
}

export const KEY = "parity-key-0123456789";
export const MESSAGES: object[] = [{ role: "user", content: "Say hello." }];
export const SLUG = "openai/gpt-oss-120b";

export const MODEL_API = "https://inference.baseten.co/v1/chat/completions";

/** A call with these keyword arguments beside the default ones, in this environment, and its outcome in LiteLLM. */
export function parityCase(
  name: string,
  keywords: object,
  litellm: Outcome,
  env: Record<string, string> = {},
): ParityCase {
  const full = { model: `baseten/${SLUG}`, messages: MESSAGES, api_key: KEY, ...keywords };
  return { name, keywords: full, env, litellm };
}

/** The same call with another outcome here. */
export function differs(here: Outcome, why: string, unlike: ParityCase): ParityCase {
  return { ...unlike, differs: { here, why } };
}

/** The outcome: the default request to this URL, with these fields in its body, answered unless `more` says otherwise. */
export function sends(url: string, body: object = {}, more: Partial<Outcome> = {}): Outcome {
  return {
    url,
    authorization: `Bearer ${KEY}`,
    session: null,
    body: { model: SLUG, messages: MESSAGES, ...body },
    end: "answered",
    ...more,
  };
}

/** The outcome: nothing is sent. */
export function refuses(end = "BadRequestError"): Outcome {
  return { end };
}
