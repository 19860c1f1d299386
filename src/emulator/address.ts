/**
 * What an address does.
 * @internal
 */
export type Endpoint = "chat" | "models" | "embeddings" | "messages" | "wake";

/**
 * Where a request goes. Without `deployment` it is the Model API, or a host that stands in for it.
 * @internal
 */
export interface Address {
  endpoint: Endpoint;
  /** A dedicated deployment: its model's id, and the target in the words of its path. */
  deployment?: { id: string; target: string };
  /** Whether the host is Baseten's. */
  official: boolean;
}

/** Inside a host the name of an environment is shorter than in a path. */
const DEDICATED_HOST = /^model-([a-z0-9]+)(?:-((?!development\.)[a-z0-9-]{1,40}))?\.api\.baseten\.co$/;
const TARGET = /^\/(environments\/(?!development\/)[a-z0-9-]{1,63}|development|deployment\/[a-z0-9-]+)(\/.+)$/i;

const ENDPOINTS: readonly (readonly [path: string, endpoint: Endpoint])[] = [
  ["/chat/completions", "chat"],
  ["/models", "models"],
  ["/embeddings", "embeddings"],
  ["/messages", "messages"],
];

/**
 * What a URL leads to, or `undefined` where Baseten answers 404. Source of the paths: Baseten's documentation.
 *
 * A host outside `baseten.co` stands in for the Model API, so that the emulator can be served anywhere: under any
 * prefix, `/v1` or not, it has the Model API's endpoints, and embeddings, which Baseten has on deployments alone.
 * @internal
 */
export function addressOf(url: string): Address | undefined {
  const { hostname, pathname } = new URL(url);
  const [, id, environment] = DEDICATED_HOST.exec(hostname) ?? [];
  if (id) return dedicated(id, environment ? `/environments/${environment}${pathname}` : pathname);
  if (hostname === "inference.baseten.co") return modelApi(pathname);
  if (/(^|\.)baseten\.co$/.test(hostname)) return;
  const endpoint = ENDPOINTS.find(([path]) => pathname.endsWith(path))?.[1];
  return endpoint && { endpoint, official: false };
}

/**
 * The method that an endpoint takes.
 * @internal
 */
export function methodOf(endpoint: Endpoint): "GET" | "POST" {
  return endpoint === "models" ? "GET" : "POST";
}

function modelApi(pathname: string): Address | undefined {
  const endpoint = below("/v1", pathname);
  return endpoint && endpoint !== "embeddings" ? { endpoint, official: true } : undefined;
}

function dedicated(id: string, pathname: string): Address | undefined {
  const [, target = "", path = ""] = TARGET.exec(pathname) ?? [];
  const endpoint = target && path === "/wake" ? "wake" : below("/sync/v1", path);
  return endpoint && { endpoint, deployment: { id, target: target.toLowerCase() }, official: true };
}

function below(base: string, pathname: string): Endpoint | undefined {
  return ENDPOINTS.find(([path]) => pathname === base + path)?.[1];
}
