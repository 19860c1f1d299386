import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RelayOptions, relay } from "baseten-fetch/relay";
import { type Server, type ServerMiddleware, type ServerOptions, serve } from "srvx";
import { staticMiddleware } from "srvx/static";
import type { RelayState } from "./call/form.ts";

/** The options of the demo's server. */
export interface DemoOptions extends Pick<RelayOptions, "fetch"> {
  /** The folder of the built page. */
  folder: string;
  /** The preferred port; if it is taken, a free one is used. `0` is any free port. */
  port: number;
  /** The relay's own API key. Without one the relay sends the visitor's key on. */
  apiKey?: string;
}

/** A server that listens. */
export interface Demo {
  /** Its address, such as `http://127.0.0.1:8787/`. */
  url: string;
  /** Closes it, streams that are in progress included. */
  close(): Promise<void>;
}

/** The relay may hold an API key, so only this machine may reach it. */
const HOST = "127.0.0.1";

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Whether a request comes from the page that this server serves, or from a program on this machine. A page whose own
 * name resolves to 127.0.0.1 (DNS rebinding) is recognized by its Host, any other page by its Origin or Sec-Fetch-Site.
 */
export function isOwnPage({ headers, url }: Request): boolean {
  const { port } = new URL(url);
  const host = headers.get("host");
  const origin = headers.get("origin");
  const isOwnHost = host === `${HOST}:${port}` || host === `localhost:${port}`;
  const isSameOrigin = origin === null || origin === `http://${host}`;
  return isOwnHost && isSameOrigin && ["same-origin", "none", null].includes(headers.get("sec-fetch-site"));
}

/** The page's own policy with what only a header can say. */
async function readPolicy(folder: string): Promise<string> {
  const html = await readFile(join(folder, "index.html"), "utf8");
  const [, policy = "default-src 'none'"] = /Content-Security-Policy" content="([^"]+)"/.exec(html) ?? [];
  return `${policy}; frame-ancestors 'none'`;
}

/** Serves the page, with the state of the relay written into it, and its files. */
function serveFiles(folder: string, state: RelayState): ServerMiddleware {
  return staticMiddleware({
    dir: folder,
    renderHTML: ({ html }) =>
      new Response(html.replace('data-relay="none"', `data-relay="${state}"`), {
        headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
      }),
  });
}

function addHeaders(policy: string): ServerMiddleware {
  return async (_request, next) => {
    const response = await next();
    const headers = { ...HEADERS, "content-security-policy": policy };
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  };
}

async function listen(options: ServerOptions): Promise<Server> {
  const server = serve(options);
  await server.ready();
  return server;
}

/**
 * Serves the page on this machine alone, with a relay under `/v1`.
 * @throws the error that keeps the server from listening, other than that the port is taken
 */
export async function serveDemo({ folder, port, apiKey, fetch }: DemoOptions): Promise<Demo> {
  const handle = relay({ authorize: isOwnPage, ...(apiKey && { apiKey }), ...(fetch && { fetch }) });
  const options: ServerOptions = {
    hostname: HOST,
    port,
    silent: true,
    gracefulShutdown: false,
    middleware: [addHeaders(await readPolicy(folder)), serveFiles(folder, apiKey ? "keyed" : "passing")],
    fetch: (request) =>
      new URL(request.url).pathname.startsWith("/v1/") ? handle(request) : new Response("Not found", { status: 404 }),
  };
  const server = await listen(options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    return listen({ ...options, port: 0 });
  });
  return { url: server.url ?? "", close: () => server.close(true) };
}
