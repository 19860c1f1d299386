/** A call that LiteLLM and this client are both given, and what each makes of it. */

/** What became of a call: what was sent, and how it ended. Without a `url` nothing was sent. */
export interface Outcome {
  url?: string;
  authorization?: string | null;
  session?: string | null;
  body?: Record<string, unknown>;
  /** `answered`, or the name of the error. */
  end: string;
}

/** What comes of a call here where this is, on purpose, not what comes of it in LiteLLM. */
export interface Difference {
  here: Outcome;
  why: string;
}

/** A call in LiteLLM's words, the keyword arguments of `litellm.completion`, and what comes of it there. */
export interface Row {
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

/** A call with these keyword arguments beside the usual ones, in this environment, and what comes of it. */
export function row(name: string, keywords: object, litellm: Outcome, env: Record<string, string> = {}): Row {
  const full = { model: `baseten/${SLUG}`, messages: MESSAGES, api_key: KEY, ...keywords };
  return { name, keywords: full, env, litellm };
}

/** The same call, of which something else comes here. */
export function but(here: Outcome, why: string, unlike: Row): Row {
  return { ...unlike, differs: { here, why } };
}

/** The usual request to this address, with what else its body says; it is answered unless `more` tells otherwise. */
export function sent(url: string, body: object = {}, more: Partial<Outcome> = {}): Outcome {
  return {
    url,
    authorization: `Bearer ${KEY}`,
    session: null,
    body: { model: SLUG, messages: MESSAGES, ...body },
    end: "answered",
    ...more,
  };
}

/** Nothing is sent. */
export function refused(end = "BadRequestError"): Outcome {
  return { end };
}
