/**
 * A process with a relay, as a server on Node would run it, or with the least that passes a stream on, to compare with.
 * It tells its parent where it listens and, when asked, how much memory and time it has taken.
 */
import { relay } from "baseten-fetch/relay";
import { serve } from "srvx";

const [kind, baseURL] = process.argv.slice(2);

/** @param {Request} request */
async function bare(request) {
  const { method, headers, signal } = request;
  const url = `${baseURL}/chat/completions`;
  const type = { "content-type": headers.get("content-type") ?? "" };
  const response = await fetch(url, { method, headers: type, signal, body: await request.text() });
  return new Response(response.body, { headers: { "content-type": "text/event-stream" } });
}

const server = serve({
  hostname: "127.0.0.1",
  port: 0,
  silent: true,
  gracefulShutdown: false,
  fetch: kind === "bare" ? bare : relay({ baseURL, apiKey: "relay-key-0123456789", authorize: () => true }),
});
await server.ready();
process.send({ port: Number(new URL(server.url).port) });

process.on("message", () => {
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send({ rss, heap: heapUsed + external, cpu: user + system });
});
