/**
 * `fetch`, as narrow as this library needs it: `typeof fetch` itself fits no wrapper under Bun's types.
 * Always called as a plain function with a string `url` and, where there is a body, a string `init.body`.
 */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** A key, or a function that gives one for each attempt. `""` and `undefined` are no key. */
export type ApiKey = string | (() => string | undefined | Promise<string | undefined>);

/**
 * A dedicated deployment. Each part is a DNS label (letters, digits, inner hyphens).
 * Source of the paths: Baseten's documentation.
 */
export interface Deployment {
  /** Default: the 8-character code that `model` is. */
  modelId?: string | undefined;
  /** Default `"production"`; `"development"` is the development target. */
  environment?: string | undefined;
  /** One deployment instead of an environment. */
  deploymentId?: string | undefined;
  /** The environment's own host, `model-{id}-{environment}`; needs `environment`. Default `false`. */
  regional?: boolean | undefined;
}

/** Limits in ms. `Infinity`, or more than 2^31 − 1, is none. */
export interface Timeouts {
  /** Per attempt, from asking for the key until headers come. Default 600,000 for the Model API, 1,260,000 for all else. */
  response?: number | undefined;
  /** Silence while a read of the body is waited for. Default 120,000. */
  idle?: number | undefined;
  /** The whole call, retries and the reader's own pauses included. Default none. */
  total?: number | undefined;
}

/** How a request is sent. Nothing of it goes on the wire. */
export interface Options {
  /** Default: `BASETEN_API_KEY` of the environment, where there is one, and never beside a `baseURL`. */
  apiKey?: ApiKey | undefined;
  /** Wins over routing: a relay, a LiteLLM proxy, another gateway. In a page it may be relative (`"/v1"`). */
  baseURL?: string | URL | undefined;
  deployment?: Deployment | undefined;
  /** What the body's `model` says to a dedicated deployment. Default: the model without its prefix. */
  servedModelName?: string | undefined;
  /** Default: `globalThis.fetch`, looked up at each call. */
  fetch?: Fetch | undefined;
  /** Sent with each request; an `authorization` here wins and counts as the key. */
  headers?: RequestInit["headers"] | undefined;
  /** Ends the call: it rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
  /** A number is the `total`, and lifts the other two. */
  timeout?: number | Timeouts | undefined;
  /** Retries after the first attempt. Default 2. */
  maxRetries?: number | undefined;
}

/** Where a model string leads. */
export interface Route {
  /** `proxy` is a LiteLLM proxy, `custom` any other base URL. */
  kind: "model-api" | "dedicated" | "proxy" | "custom";
  /** The whole address, `…/chat/completions` included. */
  url: string;
  /** What the body's `model` will say. */
  model: string;
}
