import { refusal } from "./error.js";
import type { Deployment, Options, Route } from "./types.js";
import { env } from "./wire/env.js";

/**
 * A route in the parts that the rest of the library needs.
 * @internal
 */
export interface Target {
  kind: Route["kind"];
  /** The address that `/chat/completions`, `/models` and the like are appended to. */
  base: string;
  /** What stands behind the path, `?` included, or nothing. */
  query: string;
  model: string;
  /** Whether the request ends up at a host of Baseten's: its rules for keys and parameters hold there. */
  baseten: boolean;
  /** The variable whose key may go to this address. */
  keyVariable?: string | undefined;
}

const MODEL_API = "https://inference.baseten.co/v1";
const CODE = /^[a-z0-9]{8}$/i;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const VISIBLE = /^[!-~]+$/;
/** What travels only as JSON: anything but nothing and control characters. */
const JSON_SAFE = /^\P{Cc}+$/u;
/** Baseten's rule for the environment inside a regional host. */
const REGIONAL = /^(?!development$)[a-z0-9-]{1,40}$/;

function label(field: keyof Deployment, value: unknown): void {
  if (value !== undefined && !(typeof value === "string" && LABEL.test(value))) {
    throw refusal(`deployment.${field}`, "letters, digits and inner hyphens", value);
  }
}

/** The parts are checked, never escaped: what is no DNS label could change the host or the path. */
function dedicated(name: string, deployment: Deployment): string {
  if (deployment.modelId === undefined && !CODE.test(name)) {
    throw refusal("model", "an 8-character code, or deployment.modelId beside it", name);
  }
  const { modelId = name, environment, deploymentId, regional } = deployment;
  label("modelId", modelId);
  label("environment", environment);
  label("deploymentId", deploymentId);
  if (environment !== undefined && deploymentId !== undefined) {
    throw refusal("deployment", "environment or deploymentId, not both", deployment);
  }
  if (regional) {
    if (!REGIONAL.test(environment ?? "")) {
      throw refusal("deployment.environment", "a regional environment in lower case, not development", environment);
    }
    return `https://model-${modelId}-${environment}.api.baseten.co/sync/v1`;
  }
  const path =
    deploymentId !== undefined
      ? `deployment/${deploymentId}`
      : environment === "development"
        ? environment
        : `environments/${environment ?? "production"}`;
  return `https://model-${modelId}.api.baseten.co/${path}/sync/v1`;
}

/** A base URL given by the user or the environment; in a page it may be relative to its location. */
function given(field: string, base: string | URL): URL {
  const text = typeof base === "string" ? base : base?.href;
  try {
    const url = new URL(text, globalThis.location?.href);
    const plain = !url.username && !url.password && !url.href.includes("#");
    // An empty base would be the page itself.
    if (text.trim() && plain && /^https?:$/.test(url.protocol)) return url;
  } catch {
    // Refused below, like all that parses and does not serve.
  }
  // What stands before an @ may be a password.
  const shown = typeof text === "string" ? text.replace(/[^/]*@/, "***@") : base;
  throw refusal(field, "an absolute http(s) URL without credentials or hash", shown);
}

/** The base URL that counts, with the variable that named it: the option, then the environment, then none. */
function named(proxied: boolean, { baseURL, deployment }: Options): [field: string, base: string | URL] | undefined {
  if (baseURL !== undefined) return ["baseURL", baseURL];
  if (deployment) return;
  for (const name of proxied ? ["LITELLM_PROXY_API_BASE"] : ["BASETEN_BASE_URL", "BASETEN_API_BASE"]) {
    const base = env(name);
    if (base) return [name, base];
  }
  if (proxied) throw refusal("baseURL", "the LiteLLM proxy's address, here or in LITELLM_PROXY_API_BASE", baseURL);
  return;
}

function place(proxied: boolean, name: string, options: Options): Omit<Target, "model"> {
  const keyVariable = proxied ? "LITELLM_PROXY_API_KEY" : "BASETEN_API_KEY";
  const base = named(proxied, options);
  if (base) {
    const url = given(...base);
    return {
      kind: proxied ? "proxy" : "custom",
      base: url.origin + url.pathname.replace(/\/*(\/chat\/completions)?\/*$/, ""),
      query: url.search,
      baseten: /(^|\.)baseten\.co\.?$/.test(url.hostname),
      keyVariable: base[0] === "baseURL" ? undefined : keyVariable,
    };
  }
  const { deployment } = options;
  return deployment || CODE.test(name)
    ? { kind: "dedicated", base: dedicated(name, deployment ?? {}), query: "", baseten: true, keyVariable }
    : { kind: "model-api", base: MODEL_API, query: "", baseten: true, keyVariable };
}

/**
 * {@link route}, for the library's own use.
 * @internal
 */
export function locate(model: string, options: Options): Target {
  if (typeof model !== "string") throw refusal("model", "a string", model);
  const proxied = model.startsWith("litellm_proxy/");
  const name = model.replace(/^(baseten|litellm_proxy)\//, "");
  const { deployment, servedModelName, baseURL } = options;
  if (deployment !== undefined && (deployment !== Object(deployment) || proxied || baseURL !== undefined)) {
    throw refusal("deployment", "an object, with neither baseURL nor litellm_proxy/ beside it", deployment);
  }
  const to = place(proxied, name, options);
  if (!(to.baseten ? VISIBLE : JSON_SAFE).test(name)) {
    throw refusal("model", to.baseten ? "visible ASCII characters" : "a name without control characters", model);
  }
  if (to.kind !== "dedicated" || servedModelName === undefined) return { ...to, model: name };
  if (typeof servedModelName !== "string" || !JSON_SAFE.test(servedModelName)) {
    throw refusal("servedModelName", "a name without control characters", servedModelName);
  }
  return { ...to, model: servedModelName };
}

/**
 * Where a model string leads, by LiteLLM's rules: 8 letters or digits are a dedicated deployment, all else is the Model
 * API; `baseten/` is stripped once, at the front; `litellm_proxy/` is a LiteLLM proxy; a base URL wins.
 *
 * ```ts
 * route("baseten/openai/gpt-oss-120b").url; // "https://inference.baseten.co/v1/chat/completions"
 * route("baseten/abcd1234").kind; // "dedicated"
 * ```
 *
 * @param model - the model string, with or without its prefix
 * @param options - `baseURL`, `deployment` and `servedModelName` count; the environment is read at each call
 * @throws {BasetenError} `BadRequestError` for a model, base URL or deployment that leads nowhere. The only function
 * here that throws synchronously.
 */
export function route(model: string, options: Options = {}): Route {
  const { kind, base, query, model: name } = locate(model, options);
  return { kind, url: `${base}/chat/completions${query}`, model: name };
}
