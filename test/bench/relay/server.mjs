/**
 * A server in front of an upstream: `server.mjs <relay | fetch> <upstream's base URL>`, on Node, Deno or Bun. `relay` runs
 * the relay as users do; `fetch` runs `return fetch(…)`, the least code that passes a request on. Prints its port. On Node
 * its parent may ask for memory and processor time.
 */
import { relay } from "../../../dist/relay.js";

const { Bun, Deno, process } = globalThis;
const [kind, baseURL] = Deno?.args ?? process.argv.slice(2);
const KEY = "relay-key-0123456789";

/** @param {Request} request */
async function passOn(request) {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
  return fetch(`${baseURL}/chat/completions`, { method: "POST", headers, body: await request.text() });
}

const handler = kind === "fetch" ? passOn : relay({ baseURL, apiKey: KEY, authorize: () => true });

async function serveOnNode() {
  const { serve } = await import("srvx");
  const options = { hostname: "127.0.0.1", port: 0, silent: true, gracefulShutdown: false, fetch: handler };
  const server = serve(options);
  await server.ready();
  process.on("message", () => {
    globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.send({ rss, heap: heapUsed + external, cpu: user + system });
  });
  return new URL(server.url).port;
}

/** @returns {Promise<number | string>} The port. */
async function serve() {
  if (Deno) return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler).addr.port;
  if (Bun) return Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: handler }).port;
  return serveOnNode();
}

console.log(`port ${await serve()}`);
