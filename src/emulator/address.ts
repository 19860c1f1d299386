/** What a URL leads to. */
export type EndpointName = "chat" | "models" | "embeddings" | "messages" | "wake";

/** The parts of a request's URL. Without `deployment` it is the Model API, or a host that stands in for it. */
export interface Address {
  endpoint: EndpointName;
  /** A dedicated deployment: the id of its model, and the target as its path names it. */
  deployment?: { id: string; target: string };
  /** Whether the host is one of Baseten's. */
  isBasetenHost: boolean;
}

/** In a host the name of an environment may have 40 characters, in a path 63. */
const DEPLOYMENT_HOST = /^model-([a-z0-9]+)(?:-((?!development\.)[a-z0-9-]{1,40}))?\.api\.baseten\.co$/;
const TARGET = /^\/(environments\/(?!development\/)[a-z0-9-]{1,63}|development|deployment\/[a-z0-9-]+)(\/.+)$/i;

const ENDPOINTS: readonly (readonly [path: string, endpoint: EndpointName])[] = [
  ["/chat/completions", "chat"],
  ["/models", "models"],
  ["/embeddings", "embeddings"],
  ["/messages", "messages"],
];

/**
 * Parses the URL of a request; `undefined` where Baseten answers 404. Source of the paths: Baseten's documentation.
 *
 * A host outside `baseten.co` stands in for the Model API, so that the emulator can be served anywhere: under any
 * prefix, with or without `/v1`, it has the Model API's endpoints, and embeddings, which Baseten serves from deployments
 * alone.
 */
export function parseAddress(url: string): Address | undefined {
  const { hostname, pathname } = new URL(url);
  const [, id, environment] = DEPLOYMENT_HOST.exec(hostname) ?? [];
  if (id) return parseDeploymentPath(id, environment ? `/environments/${environment}${pathname}` : pathname);
  if (hostname === "inference.baseten.co") return parseModelApiPath(pathname);
  if (/(^|\.)baseten\.co$/.test(hostname)) return;
  const endpoint = ENDPOINTS.find(([path]) => pathname.endsWith(path))?.[1];
  return endpoint && { endpoint, isBasetenHost: false };
}

/** The method that an endpoint takes. */
export function allowedMethod(endpoint: EndpointName): "GET" | "POST" {
  return endpoint === "models" ? "GET" : "POST";
}

function parseModelApiPath(pathname: string): Address | undefined {
  const endpoint = matchEndpoint("/v1", pathname);
  return endpoint && endpoint !== "embeddings" ? { endpoint, isBasetenHost: true } : undefined;
}

function parseDeploymentPath(id: string, pathname: string): Address | undefined {
  const [, target = "", path = ""] = TARGET.exec(pathname) ?? [];
  const endpoint = target && path === "/wake" ? "wake" : matchEndpoint("/sync/v1", path);
  return endpoint && { endpoint, deployment: { id, target: target.toLowerCase() }, isBasetenHost: true };
}

function matchEndpoint(prefix: string, pathname: string): EndpointName | undefined {
  return ENDPOINTS.find(([path]) => pathname === prefix + path)?.[1];
}
