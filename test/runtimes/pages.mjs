/**
 * The pages that browsers open, on an origin other than the test server's: one for each way to load the library. They post
 * their results back to this server.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { rollup } from "rollup";

const root = new URL("../../", import.meta.url);
const moduleEntry = "/test/runtimes/entries/module.mjs";
const libraryScript = "/dist/baseten-fetch.iife.min.js";

/** Bundles the suites as one classic script. */
async function bundleSuite() {
  const build = await rollup({ input: new URL("entries/script.mjs", import.meta.url).pathname });
  const { output } = await build.generate({ format: "iife" });
  return output[0].code;
}

/** Script of a page: starts a worker or a service worker; if that fails, tries one that only imports an empty module. */
const starter = `
const report = (result) => fetch("/report/" + id, { method: "POST", body: JSON.stringify(result) });
const start = {
  worker: (url) => new Promise((resolve, reject) => {
    const worker = new Worker(url, { type });
    worker.onmessage = resolve;
    worker.onerror = (event) => reject(new Error(event.message || "the worker did not start"));
  }),
  service: (url) => navigator.serviceWorker.register(url, { type, scope: "/" }),
}[place];
const lack = async (error) => {
  const probe = type === "module" ? "/probe.mjs" : "/probe.js";
  const reason = await start(probe).then(() => undefined, (failure) => failure);
  return reason ? { lack: "no " + type + " here, not even an empty one: " + reason } : { failure: String(error) };
};
start(url).catch(async (error) => report(await lack(error)));
`;

/** @param {URLSearchParams} query */
function renderPage(query) {
  const [place, form] = [query.get("place"), query.get("form")];
  const scripts =
    place !== "page"
      ? `<script>const [id, place, type, url] = ${JSON.stringify([
          query.get("id"),
          place,
          form === "module" ? "module" : "classic",
          `${form === "module" ? moduleEntry : "/worker.js"}?${query}`,
        ])};${starter}</script>`
      : form === "module"
        ? `<script type="module" src="${moduleEntry}"></script>`
        : `<script src="${libraryScript}"></script><script src="/suite.js"></script>`;
  return `<!doctype html><meta charset="utf-8"><title>${place}, ${form}</title>${scripts}`;
}

const javascript = "text/javascript; charset=utf-8";
const files = {
  "/": (query) => [renderPage(query), "text/html; charset=utf-8"],
  "/suite.js": async () => [await bundleSuite(), javascript],
  "/worker.js": () => [`importScripts("${libraryScript}", "/suite.js");`, javascript],
  "/probe.js": () => ["globalThis.postMessage?.(1);", javascript],
  "/probe.mjs": () => ['import "/empty.mjs"; globalThis.postMessage?.(1);', javascript],
  "/empty.mjs": () => ["export {};", javascript],
};

async function readScript(path) {
  if (!/^\/(dist|test\/runtimes\/(suite|entries))\/[\w./-]+\.m?js$/.test(path) || path.includes("..")) return;
  const bytes = await readFile(new URL(path.slice(1), root)).catch(() => undefined);
  return bytes && [bytes, javascript];
}

/**
 * Starts the server of the pages.
 *
 * @typedef {{ cells?: object, lack?: string, failure?: string }} Report
 * @returns {Promise<{ createPage(place: string, form: string, api: string): { url: string, report: Promise<Report> }, close(): void }>}
 */
export async function startPages() {
  const waiting = new Map();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://pages");
    const [, what, id] = pathname.split("/");
    if (what === "report") waiting.get(id)?.(JSON.parse(await text(request)));
    const [body, type] = (await (files[pathname]?.(searchParams) ?? readScript(pathname))) ?? [];
    const headers = { "content-type": type, "service-worker-allowed": "/" };
    response.writeHead(what === "report" ? 204 : body === undefined ? 404 : 200, type && headers);
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    createPage(place, form, api) {
      const id = `${waiting.size + 1}`;
      const report = new Promise((resolve) => waiting.set(id, resolve));
      const query = new URLSearchParams({ place, form, id, api });
      return { url: `http://127.0.0.1:${server.address().port}/?${query}`, report };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
