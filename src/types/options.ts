/**
 * `fetch`, as narrow as this library needs it: `typeof fetch` itself fits no wrapper under Bun's types.
 * Always called as a plain function with a string `url` and, where there is a body, a string `init.body`.
 */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** An API key, or a function that returns one for each attempt. `""` and `undefined` are no key. */
export type ApiKey = string | (() => string | undefined | Promise<string | undefined>);

/**
 * A dedicated deployment. Each part is a DNS label (letters, digits, inner hyphens).
 * Source of the paths: Baseten's documentation.
 */
export interface Deployment {
  /** The model's id, as its URL has it. Default: the 8-character code in `model`. */
  modelId?: string | undefined;
  /** The environment's name. `"development"` is the development deployment. Default `"production"`. */
  environment?: string | undefined;
  /** The id of one deployment, instead of an environment. */
  deploymentId?: string | undefined;
  /** Whether to call the environment's own host, `model-{id}-{environment}`. Needs `environment`. Default `false`. */
  regional?: boolean | undefined;
}

/** Limits in ms. `Infinity`, or more than 2^31 − 1, is no limit. */
export interface Timeouts {
  /**
   * For each attempt, from asking for the key until the response's headers come. A stream may also go this long (or for
   * `idle`, if that is longer) without an event, whatever comments come. Default 600,000 for the Model API, 1,260,000 for
   * all else.
   */
  response?: number | undefined;
  /** For each read of the body: how long no byte may come. Default 120,000. */
  idle?: number | undefined;
  /** For the whole call, including retries and the time between the reads of a stream. Default: no limit. */
  total?: number | undefined;
}

/** How a request is sent. Nothing of this is part of its body. */
export interface Options {
  /** The API key. Default: the environment's `BASETEN_API_KEY`, which is never sent to a `baseURL` of these options. */
  apiKey?: ApiKey | undefined;
  /**
   * The address of a relay, a LiteLLM proxy or another gateway, instead of Baseten's. In a page it may be relative
   * (`"/v1"`). Default: the environment's `BASETEN_BASE_URL`, then `BASETEN_API_BASE`, then Baseten's address for the model.
   */
  baseURL?: string | URL | undefined;
  /** Which dedicated deployment to call. Default: environment `production` of the 8-character code in `model`. */
  deployment?: Deployment | undefined;
  /** The `model` that is sent to a dedicated deployment: vLLM and SGLang insist on it. Default: without the prefix. */
  servedModelName?: string | undefined;
  /** What sends the requests. Default: `globalThis.fetch` at the time of each call. */
  fetch?: Fetch | undefined;
  /** Further headers of each request. An `authorization` replaces that of the key. Default: none. */
  headers?: RequestInit["headers"] | undefined;
  /** Aborts the call, which then rejects with `signal.reason`. Default: none. */
  signal?: AbortSignal | undefined;
  /** Limits in ms. A number is the limit for the whole call, and turns the other limits off. */
  timeout?: number | Timeouts | undefined;
  /** How often a failed attempt is repeated, at most. Default 2. */
  maxRetries?: number | undefined;
}

/** Where the requests for a model are sent. */
export interface Route {
  /** Baseten's Model API, a dedicated deployment, a LiteLLM proxy, or any other base URL. */
  kind: "model-api" | "dedicated" | "proxy" | "custom";
  /** The whole address, including `/chat/completions`. */
  url: string;
  /** The `model` that is sent. */
  model: string;
}
