import { assertValid, BasetenError } from "../error.ts";
import { resolveTimeouts } from "../http/timeouts.ts";
import type { ApiKey, Options } from "../types/options.ts";
import { parseApiKey } from "../wire/api-key.ts";
import { assertOptions } from "../wire/options.ts";
import type { Target } from "../wire/target.ts";
import { isHeaderName } from "./headers.ts";
import { logError } from "./report-error.ts";
import { createTargetResolver } from "./target-resolver.ts";

/** Options of {@link relay}. */
export interface RelayOptions extends Pick<Options, "baseURL" | "deployment" | "fetch"> {
  /**
   * The server's key, which no caller sees, or a function that gives it for each request. Needs `authorize`. A key that is
   * `undefined` or empty is refused, since a variable is unset then; a function that gives none is a 500.
   * Default: none, and each caller's own `Authorization` is sent upstream. No key is read from the environment.
   */
  apiKey?: ApiKey | undefined;
  /**
   * Decides who may use the relay, and so spend its key: `true` lets a request in, a Response is what the caller gets,
   * anything else is a 403, and a throw is a 500. Called before the body is read. It gets the request that came, and may
   * read its body; a library that reads the request by itself gets `request.clone()`.
   */
  authorize?: ((request: Request) => boolean | Response | Promise<boolean | Response>) | undefined;
  /**
   * The origins of pages that may read the answers: a list, a predicate, or `"*"` for all. `null`, the origin of
   * sandboxed frames and local files, is allowed only by a list that holds it. Default: none, same origin only.
   */
  origins?: "*" | readonly string[] | ((origin: string) => boolean | Promise<boolean>) | undefined;
  /**
   * The models that may be called: a list (each with or without `baseten/`), or a predicate on the model as it is
   * routed, without that prefix, its case as it came. `GET …/models` shows what the upstream has, allowed or not. Toward
   * other hosts than Baseten's it also refuses the fields by which LiteLLM and OpenRouter fall back to further models.
   * Default: all.
   */
  models?: readonly string[] | ((model: string) => boolean | Promise<boolean>) | undefined;
  /** The longest request body, in bytes; a longer one is a 413. Default 10 MiB. */
  maxBodyBytes?: number | undefined;
  /**
   * How long, in ms, the request's body may take to come (408), then the upstream's headers (504), and then the body of an
   * error, which counts as far as it has come. It never cuts a stream. `authorize`, `models` and `origins` have no limit.
   * Default 600,000 for the body and the Model API, 1,260,000 for all else.
   */
  timeout?: number | undefined;
  /**
   * Further request headers to send upstream. `accept`, `x-session-affinity`, `x-baseten-server-tools`,
   * `anthropic-version` and `anthropic-beta` always go; `authorization`, `cookie`, `host`, `accept-encoding`, `content-*`
   * and those about one connection never do. Default: none.
   */
  passHeaders?: readonly string[] | undefined;
  /**
   * Gets what the caller is not told in full: an `authorize`, `models`, `origins` or `apiKey` that throws, a missing or
   * refused key of the server's, an upstream that is unreachable, late or redirects. `error.status` and `error.message` are
   * what the caller gets, `error.cause` is why. If it throws, the answer stays.
   * Default: `console.error(error)`; the request is not logged, since it would show its `authorization`.
   */
  onError?: ((error: BasetenError, request: Request) => void) | undefined;
}

const RELAY_OPTIONS: readonly (keyof RelayOptions)[] = [
  "apiKey",
  "authorize",
  "origins",
  "models",
  "maxBodyBytes",
  "timeout",
  "passHeaders",
  "onError",
  "fetch",
  "baseURL",
  "deployment",
];

/** The options, checked, and each in one form. */
export interface RelaySettings {
  /** A text that is a key, or a function. */
  apiKey: ApiKey | undefined;
  authorize: RelayOptions["authorize"];
  origins: "*" | ReadonlySet<string> | ((origin: string) => boolean | Promise<boolean>);
  /** Without it all models are allowed. */
  models: ((model: string) => boolean | Promise<boolean>) | undefined;
  maxBodyBytes: number;
  /** How long the upstream's headers may take, in ms; the body of the request has as long as the Model API. */
  timeouts: { modelAPI: number; other: number };
  /** In lower case. */
  passHeaders: readonly string[];
  onError: (error: BasetenError, request: Request) => unknown;
  /** Resolves a model's target. */
  resolve(model: string): Target;
  fetch: Options["fetch"];
}

/** These are sent upstream if the caller sends them: Baseten and the SDKs of its protocols know them. */
const PASSED_HEADERS = [
  "accept",
  "x-session-affinity",
  "x-baseten-server-tools",
  "anthropic-version",
  "anthropic-beta",
];

/**
 * These are the relay's or the connection's own: RFC 9110, section 7.6.1. A caller's `accept-encoding` could ask for an
 * encoding that this runtime does not decode.
 */
const NEVER_PASSED =
  /^(accept-encoding|authorization|connection|content-.*|cookie2?|expect|host|keep-alive|proxy-.*|te|trailers?|transfer-encoding|upgrade)$/;

/** Tells whether browsers send a text as an origin. With a path, a final slash or a default port it would never match. */
function isOrigin(text: unknown): boolean {
  if (typeof text !== "string" || text.includes("*")) return false;
  // The URL standard gives the URLs of other schemes, such as chrome-extension, no origin.
  if (!/^https?:/.test(text)) return text === "null" || /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/.test(text);
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}

function readOrigins(origins: RelayOptions["origins"]): RelaySettings["origins"] {
  if (origins === undefined) return new Set();
  if (origins === "*") return origins;
  if (typeof origins === "function") return (origin) => origin !== "null" && origins(origin);
  assertValid(Array.isArray(origins), "origins", 'a list, a function or "*"', origins);
  const wrong = origins.findIndex((origin) => !isOrigin(origin));
  assertValid(wrong < 0, `origins[${wrong}]`, "an origin such as https://example.com", origins[wrong]);
  return new Set(origins);
}

function readModels(models: RelayOptions["models"]): RelaySettings["models"] {
  if (models === undefined || typeof models === "function") return models;
  const fits = Array.isArray(models) && models.every((model) => typeof model === "string");
  assertValid(fits, "models", "a list of strings or a function", models);
  const allowed = new Set<string>(models.map((model) => model.replace(/^baseten\//, "")));
  return (model) => allowed.has(model);
}

/** Refuses what cannot be a key, and does not show it. */
function readKey(options: RelayOptions): RelaySettings["apiKey"] {
  const { apiKey, authorize } = options;
  // It may be inherited, as every option.
  if (!("apiKey" in options)) return;
  const { key, problem } = parseApiKey(typeof apiKey === "function" ? undefined : apiKey);
  if (problem) throw new BasetenError("AuthenticationError", problem);
  if (typeof apiKey !== "function" && !key) {
    const advice = "is its variable set? Leave the option out to send the callers' own keys upstream";
    throw new BasetenError("BadRequestError", `apiKey: expected a key, got none (${advice})`);
  }
  const expected = "a function that decides who may spend apiKey (() => true lets everybody)";
  assertValid(authorize !== undefined, "authorize", expected, authorize);
  return typeof apiKey === "function" ? apiKey : key;
}

function readPassHeaders(passHeaders: RelayOptions["passHeaders"] = []): readonly string[] {
  assertValid(Array.isArray(passHeaders), "passHeaders", "a list of header names", passHeaders);
  for (const [index, name] of passHeaders.entries()) {
    const field = `passHeaders[${index}]`;
    assertValid(typeof name === "string" && isHeaderName(name), field, "a header's name", name);
    assertValid(!NEVER_PASSED.test(name.toLowerCase()), field, "a header that may be sent upstream", name);
  }
  return [...new Set([...PASSED_HEADERS, ...passHeaders.map((name) => name.toLowerCase())])];
}

function readTimeouts(timeout: RelayOptions["timeout"]): RelaySettings["timeouts"] {
  const isLimit = timeout === undefined || (typeof timeout === "number" && timeout > 0);
  assertValid(isLimit, "timeout", "a number of ms above 0", timeout);
  const limits = { response: timeout };
  return { modelAPI: resolveTimeouts(limits, true).response, other: resolveTimeouts(limits, false).response };
}

/**
 * Reads the options of a relay, once.
 * @throws {BasetenError} `BadRequestError` that names the option, `AuthenticationError` for what cannot be a key
 */
export function readOptions(options: RelayOptions): RelaySettings {
  assertOptions(options, RELAY_OPTIONS);
  const { authorize, fetch, onError = logError, baseURL, deployment, maxBodyBytes = 10 * 2 ** 20 } = options;
  for (const [name, value] of Object.entries({ authorize, fetch, onError })) {
    assertValid(value === undefined || typeof value === "function", name, "a function", value);
  }
  assertValid(typeof maxBodyBytes === "number" && maxBodyBytes > 0, "maxBodyBytes", "bytes above 0", maxBodyBytes);
  const resolve = createTargetResolver({ baseURL, deployment });
  // Refuses a base URL or a deployment that is wrong whatever the model.
  resolve("abcd1234");
  return {
    apiKey: readKey(options),
    authorize,
    origins: readOrigins(options.origins),
    models: readModels(options.models),
    maxBodyBytes,
    timeouts: readTimeouts(options.timeout),
    passHeaders: readPassHeaders(options.passHeaders),
    onError,
    resolve,
    fetch,
  };
}
