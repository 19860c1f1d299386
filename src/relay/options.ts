import { assertValid, BasetenError } from "../error.ts";
import type { ApiKey, Options } from "../types/options.ts";
import { parseApiKey } from "../wire/api-key.ts";
import { resolveTarget } from "../wire/target.ts";

/** What a relay is made of. */
export interface RelayOptions extends Pick<Options, "baseURL" | "deployment" | "fetch"> {
  /**
   * The server's key, which no caller sees, or a function that gives it for each request. Needs `authorize`.
   * Default: none, and each caller's own `Authorization` is passed on. No key is read from the environment.
   */
  apiKey?: ApiKey | undefined;
  /**
   * Who may use the relay, and so spend its key: `true` lets a request in, a Response is what the caller gets, all else
   * is a 403, and a throw a 500. Asked before the body is read. The request that it is given has the URL, the method,
   * the headers and the signal of the one that came, and a body that it may read.
   */
  authorize?: ((request: Request) => boolean | Response | Promise<boolean | Response>) | undefined;
  /**
   * The origins of pages that may read the answers: a list, a predicate, or `"*"` for all. `null`, the origin of
   * sandboxed frames and local files, is allowed only by a list that holds it. Default: none, same origin only.
   */
  origins?: "*" | readonly string[] | ((origin: string) => boolean | Promise<boolean>) | undefined;
  /**
   * The models that may be called: a list (each with or without `baseten/`), or a predicate on the model as it is
   * routed, without that prefix. `GET …/models` shows what the upstream has, called or not. Default: all.
   */
  models?: readonly string[] | ((model: string) => boolean | Promise<boolean>) | undefined;
  /** The longest request body, in bytes; a longer one is a 413. Default 10 MiB. */
  maxBodyBytes?: number | undefined;
  /**
   * How long, in ms, the request's body may take to come, and then the upstream's headers. It never cuts a stream.
   * Default 600,000 for the Model API, 1,260,000 for all else.
   */
  timeout?: number | undefined;
}

/**
 * The options, checked, and each in one form.
 * @internal
 */
export interface Settings {
  apiKey: ApiKey | undefined;
  authorize: RelayOptions["authorize"];
  origins: "*" | ((origin: string) => boolean | Promise<boolean>);
  models: (model: string) => boolean | Promise<boolean>;
  maxBodyBytes: number;
  timeout: { response: number | undefined };
  upstream: Pick<Options, "baseURL" | "deployment">;
  fetch: Options["fetch"];
}

/** Whether browsers send a text as an origin. With a path, a final slash or a default port it would never match. */
function isOrigin(text: unknown): boolean {
  if (typeof text !== "string" || text.includes("*")) return false;
  // Of a scheme like chrome-extension: the URL standard knows no origin.
  if (!/^https?:/.test(text)) return text === "null" || /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/.test(text);
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}

function readOrigins(origins: RelayOptions["origins"]): Settings["origins"] {
  if (origins === undefined) return () => false;
  if (origins === "*") return origins;
  if (typeof origins === "function") return (origin) => origin !== "null" && origins(origin);
  assertValid(Array.isArray(origins), "origins", 'a list, a function or "*"', origins);
  const wrong = origins.findIndex((origin) => !isOrigin(origin));
  assertValid(wrong < 0, `origins[${wrong}]`, "an origin such as https://example.com", origins[wrong]);
  const allowed = new Set<string>(origins);
  return (origin) => allowed.has(origin);
}

function readModels(models: RelayOptions["models"]): Settings["models"] {
  if (models === undefined) return () => true;
  if (typeof models === "function") return models;
  const fits = Array.isArray(models) && models.every((model) => typeof model === "string");
  assertValid(fits, "models", "a list of strings or a function", models);
  const allowed = new Set<string>(models.map((model) => model.replace(/^baseten\//, "")));
  return (model) => allowed.has(model);
}

/** What cannot be a key is refused, and not shown. Nothing, or nothing but blanks, is none. */
function readKey({ apiKey, authorize }: RelayOptions): Settings["apiKey"] {
  const { key: text, problem } = parseApiKey(typeof apiKey === "function" ? undefined : apiKey);
  if (problem) throw new BasetenError("AuthenticationError", problem);
  const key = typeof apiKey === "function" ? apiKey : text;
  const asks = authorize !== undefined || !key;
  assertValid(asks, "authorize", "a function that says who may spend apiKey (() => true lets everybody)", authorize);
  return key || undefined;
}

/**
 * Reads the options, once and for all.
 * @throws {BasetenError} `BadRequestError` that names the option, `AuthenticationError` for what can be no key
 * @internal
 */
export function readOptions(options: RelayOptions): Settings {
  const { authorize, fetch, baseURL, deployment, maxBodyBytes = 10 * 2 ** 20, timeout } = options;
  for (const [name, value] of Object.entries({ authorize, fetch })) {
    assertValid(value === undefined || typeof value === "function", name, "a function", value);
  }
  assertValid(typeof maxBodyBytes === "number" && maxBodyBytes > 0, "maxBodyBytes", "bytes above 0", maxBodyBytes);
  const times = timeout === undefined || (typeof timeout === "number" && timeout > 0);
  assertValid(times, "timeout", "ms above 0", timeout);
  const upstream = { baseURL, deployment };
  // Refuses what leads nowhere whichever model is asked for.
  resolveTarget("abcd1234", upstream);
  return {
    apiKey: readKey(options),
    authorize,
    origins: readOrigins(options.origins),
    models: readModels(options.models),
    maxBodyBytes,
    timeout: { response: timeout },
    upstream,
    fetch,
  };
}
