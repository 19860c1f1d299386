import { assertValid } from "./error.ts";
import type { Deployment, Options, Route } from "./types/options.ts";
import { env } from "./wire/env.ts";

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

const CODE = /^[a-z0-9]{8}$/i;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
/** Baseten's rule for the environment inside a regional host. */
const REGIONAL = /^(?!development$)[a-z0-9-]{1,40}$/;
/** An http(s) address without credentials before its host or a hash at its end, as `href` writes it. */
const SERVES = /^https?:\/\/[^/@]+\/[^#]*$/;
const VISIBLE_ASCII = /^[!-~]+$/;
const NO_CONTROLS = /^\P{Cc}+$/u;

/** The parts are checked, never escaped: what is no DNS label could change the host or the path. */
function dedicated(name: string, deployment: Deployment): string {
  assertValid(
    deployment.modelId !== undefined || CODE.test(name),
    "model",
    "8 letters or digits, or deployment.modelId",
    name,
  );
  const { modelId = name, environment, deploymentId, regional } = deployment;
  for (const [part, value] of Object.entries({ modelId, environment, deploymentId })) {
    const fits = value === undefined || (typeof value === "string" && DNS_LABEL.test(value));
    assertValid(fits, `deployment.${part}`, "letters, digits and inner hyphens", value);
  }
  assertValid(!(environment && deploymentId), "deployment", "environment or deploymentId, not both", deployment);
  assertValid(
    !regional || REGIONAL.test(environment ?? ""),
    "deployment.environment",
    "a region's environment",
    environment,
  );
  if (regional) return `https://model-${modelId}-${environment}.api.baseten.co/sync/v1`;
  const target = deploymentId
    ? `deployment/${deploymentId}`
    : environment === "development"
      ? environment
      : `environments/${environment ?? "production"}`;
  return `https://model-${modelId}.api.baseten.co/${target}/sync/v1`;
}

/** A base URL of the user's or the environment's; in a page it may be relative to its location. */
function parseBase(base: string | URL): URL {
  const text = typeof base === "string" ? base.trim() : base?.href;
  let url: URL | undefined;
  try {
    url = new URL(text, globalThis.location?.href);
  } catch {
    // Refused below, with what parses and does not serve.
  }
  // An empty one would be the page itself.
  const fits = text && url && SERVES.test(url.href);
  // What stands before an @ may be a password.
  assertValid(fits, "baseURL", "an http(s) URL without credentials or hash", text?.replace(/[^/]*@/, "***@") ?? base);
  return url as URL;
}

type Place = Pick<Target, "kind" | "base" | "query" | "baseten">;

function custom(given: string | URL, proxied: boolean): Place {
  const { origin, pathname, search, hostname } = parseBase(given);
  const base = origin + pathname.replace(/\/*(\/chat\/completions)?\/*$/, "");
  return { kind: proxied ? "proxy" : "custom", base, query: search, baseten: /(^|\.)baseten\.co\.?$/.test(hostname) };
}

function baseten(name: string, deployment: Deployment | undefined): Place {
  return deployment || CODE.test(name)
    ? { kind: "dedicated", base: dedicated(name, deployment ?? {}), query: "", baseten: true }
    : { kind: "model-api", base: "https://inference.baseten.co/v1", query: "", baseten: true };
}

/**
 * {@link route}, for the library's own use.
 * @internal
 */
export function locate(model: string, options: Options): Target {
  assertValid(typeof model === "string", "model", "a string", model);
  const { baseURL, deployment, servedModelName } = options;
  const proxied = model.startsWith("litellm_proxy/");
  const name = model.replace(/^(baseten|litellm_proxy)\//, "");
  const family = proxied ? "LITELLM_PROXY" : "BASETEN";
  const alone = deployment === Object(deployment) && !proxied && baseURL == null;
  assertValid(
    deployment === undefined || alone,
    "deployment",
    "an object, without baseURL or litellm_proxy/",
    deployment,
  );
  const fromEnv = (!proxied && env("BASETEN_BASE_URL")) || env(`${family}_API_BASE`);
  const base = baseURL ?? (deployment ? undefined : fromEnv);
  assertValid(base !== undefined || !proxied, "baseURL", "the LiteLLM proxy's address", base);
  const place = base === undefined ? baseten(name, deployment) : custom(base, proxied);
  if (place.baseten) assertValid(VISIBLE_ASCII.test(name), "model", "a name of visible ASCII", model);
  assertValid(NO_CONTROLS.test(name), "model", "a name without control characters", model);
  const served = place.kind === "dedicated" ? (servedModelName ?? name) : name;
  assertValid(typeof served === "string" && NO_CONTROLS.test(served), "servedModelName", "a name", served);
  return { ...place, model: served, keyVariable: baseURL == null ? `${family}_API_KEY` : undefined };
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
