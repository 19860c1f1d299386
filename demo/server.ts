import { type RelayOptions, relay } from "baseten-fetch/relay";
import { type Server, type ServerMiddleware, type ServerOptions, serve } from "srvx";
import { staticMiddleware } from "srvx/static";
import type { RelayState } from "./call/endpoints.js";

/** What the demo's server is made with. */
export interface DemoOptions extends Pick<RelayOptions, "fetch"> {
  /** The built page. */
  folder: string;
  /** The port to try first; a free one is taken where it is not. `0` is any. */
  port: number;
  /** The key that the relay spends. Without one it passes the visitor's own on. */
  apiKey?: string | undefined;
}

/** A server that listens. */
export interface Demo {
  /** Its address, such as `http://127.0.0.1:8787/`. */
  url: string;
  /** Ends it, streams that are under way included. */
  close(): Promise<void>;
}

/** Nobody outside this machine may reach a relay that holds a key. */
const HOST = "127.0.0.1";

const HEADERS = {
  "content-security-policy": "frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Whether a request comes from the page that this server serves, or from a program on this machine. Where a page
 * elsewhere has its own name resolve to 127.0.0.1 (DNS rebinding), that name is the Host; any other page elsewhere shows
 * by its Origin, or by Sec-Fetch-Site.
 */
export function isOwnPage({ headers, url }: Request): boolean {
  const { port } = new URL(url);
  const host = headers.get("host");
  const origin = headers.get("origin");
  const here = host === `${HOST}:${port}` || host === `localhost:${port}`;
  const same = origin === null || origin === `http://${host}`;
  return here && same && ["same-origin", "none", null].includes(headers.get("sec-fetch-site"));
}

/** The page, which is told what stands beside it, and its files. */
function files(folder: string, state: RelayState): ServerMiddleware {
  return staticMiddleware({
    dir: folder,
    renderHTML: ({ html }) => {
      const told = html.replace('data-relay="none"', `data-relay="${state}"`);
      return new Response(told, {
        headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
      });
    },
  });
}

async function guarded(_request: Request, next: () => Response | Promise<Response>): Promise<Response> {
  const response = await next();
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  return response;
}

async function listen(options: ServerOptions): Promise<Server> {
  const server = serve(options);
  await server.ready();
  return server;
}

/**
 * Serves the page on this machine alone, with a relay beside it under `/v1`.
 * @throws whatever keeps it from listening, other than that the port is taken
 */
export async function serveDemo({ folder, port, apiKey, fetch }: DemoOptions): Promise<Demo> {
  const handle = relay({ apiKey, authorize: isOwnPage, fetch });
  const options: ServerOptions = {
    hostname: HOST,
    port,
    silent: true,
    gracefulShutdown: false,
    middleware: [guarded, files(folder, apiKey ? "keyed" : "passing")],
    fetch: (request) =>
      new URL(request.url).pathname.startsWith("/v1/") ? handle(request) : new Response("Not found", { status: 404 }),
  };
  const server = await listen(options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    return listen({ ...options, port: 0 });
  });
  return { url: server.url ?? "", close: () => server.close(true) };
}
