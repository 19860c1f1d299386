import { assertValid } from "../error.ts";
import type { Deployment, Options, Route } from "../types/options.ts";
import { readEnv } from "./env.ts";
import { assertOptions, CALL_OPTIONS } from "./options.ts";

/** A server that speaks the API, and which rules hold there. */
export interface Server {
  kind: Route["kind"];
  /** What `/chat/completions`, `/models` and the like are appended to. */
  url: string;
  /** What follows the path, `?` included, or nothing. */
  query: string;
  /** A dedicated deployment's address without `/sync/v1`: `/wake` is appended to it. */
  deploymentURL?: string | undefined;
  /** Whether the host is Baseten's: its rules for keys and parameters hold there. */
  isBaseten: boolean;
  /** The environment variable whose key may be sent there. */
  keyVariable?: string | undefined;
}

/** A server, and the model's name there. */
export interface Target extends Server {
  model: string;
}

const CODE = /^[a-z0-9]{8}$/i;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
/** Baseten's rule for the environment inside a regional host. */
const REGIONAL_ENVIRONMENT = /^(?!development$)[a-z0-9-]{1,40}$/;
/** An http(s) address without credentials before its host or a hash at its end, as `href` writes it. */
const BASE_URL = /^https?:\/\/[^/@]+\/[^#]*$/;
const BASETEN_HOST = /(^|\.)baseten\.co\.?$/;
const VISIBLE_ASCII = /^[!-~]+$/;
const NO_CONTROLS = /^\P{Cc}+$/u;

/** Parts are checked and never escaped: anything but a DNS label could change the host or the path. */
function resolveDeployment(name: string, deployment: Deployment): string {
  const hasId = deployment.modelId !== undefined || CODE.test(name);
  assertValid(hasId, "model", "8 letters or digits, or deployment.modelId", name);
  const { modelId = name, environment, deploymentId, regional } = deployment;
  for (const [part, value] of Object.entries({ modelId, environment, deploymentId })) {
    const isLabel = value === undefined || (typeof value === "string" && DNS_LABEL.test(value));
    assertValid(isLabel, `deployment.${part}`, "letters, digits and inner hyphens", value);
  }
  assertValid(!(environment && deploymentId), "deployment", "environment or deploymentId, not both", deployment);
  if (regional) {
    const isRegional = REGIONAL_ENVIRONMENT.test(environment ?? "");
    assertValid(isRegional, "deployment.environment", "the environment of a regional host", environment);
    return `https://model-${modelId}-${environment}.api.baseten.co`;
  }
  const environmentPath = environment === "development" ? environment : `environments/${environment ?? "production"}`;
  const path = deploymentId ? `deployment/${deploymentId}` : environmentPath;
  return `https://model-${modelId}.api.baseten.co/${path}`;
}

/** Parses a base URL; in a page it may be relative to the page's location. */
function parseBaseURL(given: string | URL): URL {
  const text = typeof given === "string" ? given.trim() : given.href;
  let url: URL | undefined;
  try {
    const parsed = new URL(text, globalThis.location?.href);
    // An empty one would be the page itself.
    if (text && BASE_URL.test(parsed.href)) url = parsed;
  } catch {
    // Refused below.
  }
  // What follows a ? or stands before an @ may be a key.
  const shown = /[@?#]/.test(text) ? "***" : (text ?? given);
  assertValid(url, "baseURL", "an http(s) URL without credentials or hash", shown);
  return url;
}

/** Drops slashes at the end. A pattern would be quadratic in them. */
function trimSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return path.slice(0, end);
}

function resolveCustomServer(given: string | URL, isProxy: boolean): Server {
  const { origin, pathname, search, hostname } = parseBaseURL(given);
  const path = trimSlashes(pathname);
  const suffix = "/chat/completions";
  const url = origin + (path.endsWith(suffix) ? trimSlashes(path.slice(0, -suffix.length)) : path);
  return { kind: isProxy ? "proxy" : "custom", url, query: search, isBaseten: BASETEN_HOST.test(hostname) };
}

function resolveBasetenServer(name: string, deployment: Deployment | undefined): Server {
  const isDedicated = deployment !== undefined || CODE.test(name);
  const deploymentURL = isDedicated ? resolveDeployment(name, deployment ?? {}) : undefined;
  return {
    kind: isDedicated ? "dedicated" : "model-api",
    url: isDedicated ? `${deploymentURL}/sync/v1` : "https://inference.baseten.co/v1",
    query: "",
    deploymentURL,
    isBaseten: true,
  };
}

/**
 * Resolves the address for a model's name without its prefix; `""` means no model.
 * @throws {BasetenError} `BadRequestError` that names the option
 */
export function resolveServer(name: string, options: Options, isProxy = false): Server {
  assertOptions(options, CALL_OPTIONS);
  const { baseURL, deployment } = options;
  if (deployment !== undefined) {
    assertOptions(deployment, ["modelId", "environment", "deploymentId", "regional"], "deployment");
    const isAlone = !isProxy && baseURL === undefined;
    assertValid(isAlone, "deployment", "no baseURL or litellm_proxy/ with it", deployment);
  }
  const keyVariable = isProxy ? "LITELLM_PROXY_API_KEY" : "BASETEN_API_KEY";
  const given = baseURL ?? (deployment ? undefined : readBaseURL(isProxy));
  assertValid(given !== undefined || !isProxy, "baseURL", "the proxy's address, or LITELLM_PROXY_API_BASE", given);
  const server = given === undefined ? resolveBasetenServer(name, deployment) : resolveCustomServer(given, isProxy);
  return baseURL === undefined ? { ...server, keyVariable } : server;
}

function readBaseURL(isProxy: boolean): string | undefined {
  return isProxy ? readEnv("LITELLM_PROXY_API_BASE") : (readEnv("BASETEN_BASE_URL") ?? readEnv("BASETEN_API_BASE"));
}

/**
 * Resolves a model string by LiteLLM's rules.
 * @throws {BasetenError} `BadRequestError` that names the model or the option
 */
export function resolveTarget(model: string, options: Options): Target {
  assertValid(typeof model === "string", "model", "a string", model);
  const name = model.replace(/^(baseten|litellm_proxy)\//, "");
  const server = resolveServer(name, options, model.startsWith("litellm_proxy/"));
  const expected = server.isBaseten ? "visible ASCII characters" : "no control characters";
  assertValid((server.isBaseten ? VISIBLE_ASCII : NO_CONTROLS).test(name), "model", expected, model);
  const served = server.kind === "dedicated" ? (options.servedModelName ?? name) : name;
  assertValid(typeof served === "string" && NO_CONTROLS.test(served), "servedModelName", "a name", served);
  return { ...server, model: served };
}

/** Returns the address of an endpoint, such as `/chat/completions`. */
export function endpointURL({ url, query }: Server, path: string): string {
  return url + path + query;
}
