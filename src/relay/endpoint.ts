import { createRelayError } from "./relay-error.ts";

/** What the relay answers at. */
export interface Endpoint {
  /** What follows the base URL, at the relay and upstream. */
  path: string;
  method: "GET" | "POST";
  /** The value of `allow`. */
  allow: string;
}

const POST = { method: "POST", allow: "POST, OPTIONS" } as const;

const ENDPOINTS: readonly Endpoint[] = [
  { path: "/chat/completions", ...POST },
  { path: "/responses", ...POST },
  { path: "/messages", ...POST },
  { path: "/embeddings", ...POST },
  { path: "/models", method: "GET", allow: "GET, OPTIONS" },
];

/**
 * Finds the endpoint that a URL's path ends with, wherever the relay is mounted. Nothing else of the URL goes upstream.
 * Adapters may give a URL that is not normalized: it is compared as it is.
 * @throws {BasetenError} 404
 */
export function findEndpoint(url: string): Endpoint {
  const end = url.search(/[?#]|$/);
  for (const endpoint of ENDPOINTS) if (url.endsWith(endpoint.path, end)) return endpoint;
  const list = ENDPOINTS.map(({ method, path }) => `${method} …${path}`).join(", ");
  throw createRelayError(404, `expected ${list}`, { code: "not_found" });
}
