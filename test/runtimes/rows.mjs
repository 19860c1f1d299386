/** The runtimes: how each is started, and what it says of the suites. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rollup } from "rollup";
import { openChromium, openFirefox, openWebKit } from "./browsers.mjs";

const exec = promisify(execFile);
const { resolve } = createRequire(import.meta.url);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const cli = path("entries/cli.mjs");

/** In ms: longer than a browser takes to start, or all suites together, on a busy machine. */
const PATIENCE = 90_000;

/**
 * @typedef {{ version: string, cells?: Record<string, import("./suite/index.mjs").Cell>, lack?: string }} Outcome
 *   `lack` is what keeps an engine from all suites alike
 * @typedef {{ api: string, site: Awaited<ReturnType<typeof import("./site.mjs").site>> }} Hosts
 * @typedef {{ names: string[], run: (hosts: Hosts) => AsyncGenerator<Outcome> }} Runtime one outcome for each name
 */

/** A program out of a package that is there for this platform alone. */
function program(place) {
  const found = path(`node_modules/${place}`);
  if (!existsSync(found)) throw new Error(`not there for ${process.platform} ${process.arch}: ${place}`);
  return found;
}

const node = (major) => () => program(`node${major}-${process.arch}/bin/node`);
const deno = () => program(`@deno/linux-${process.arch}-glibc/deno`);
const bun = () => program(`@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}/bin/bun`);

const versionOf = (name) => JSON.parse(readFileSync(path(`node_modules/${name}/package.json`), "utf8")).version;

async function versionSaid(binary) {
  const { stdout } = await exec(binary, ["--version"]);
  return stdout.match(/\d+\.\d+\.\d+/)[0];
}

/** What a program says of the suites. One that goes on after that has left something behind. */
async function listen(binary, args) {
  const { stdout, killed } = await exec(binary, args, { timeout: PATIENCE }).catch((error) => {
    if (error.stdout) return error;
    throw error;
  });
  const cells = JSON.parse(stdout.trim().split("\n").pop());
  if (killed && Object.values(cells).every(({ state }) => state !== "failed"))
    throw new Error("it does not end by itself");
  return cells;
}

/** A runtime with a command line. @returns {Runtime} */
function command(name, find, args, last = [], version = versionSaid) {
  return {
    names: [name],
    async *run({ api }) {
      const binary = find();
      yield { version: await version(binary), cells: await listen(binary, [...args, api, ...last]) };
    },
  };
}

/** @returns {Runtime} */
function workers(name, compatibilityFlags) {
  return {
    names: [name],
    async *run({ api }) {
      const { Miniflare } = await import(resolve("miniflare"));
      const build = await rollup({ input: path("entries/workers.mjs") });
      const [{ code: script }] = (await build.generate({ format: "es" })).output;
      const options = { modules: true, script, compatibilityDate: "2026-04-01", compatibilityFlags };
      const worker = new Miniflare(options);
      try {
        const reply = await worker.dispatchFetch(`http://worker/?api=${api}`);
        yield { version: versionOf("workerd"), cells: await reply.json() };
      } finally {
        await worker.dispose();
      }
    },
  };
}

const places = { page: "page", worker: "Web Worker", service: "Service Worker" };
const ways = Object.entries(places).flatMap(([place, said]) => [
  { place, form: "module", said: `${said}, module` },
  { place, form: "script", said: place === "page" ? `${said}, script tag` : `${said}, importScripts` },
]);

/** A promise, or the end of patience. */
function inTime(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} in ${PATIENCE} ms`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** @param {() => Promise<import("./browsers.mjs").Browser>} open @returns {Runtime} */
function browser(name, open) {
  return {
    names: ways.map(({ said }) => `${name}, ${said}`),
    async *run({ api, site }) {
      const { version, open: visit, close } = await inTime(open(), "the browser did not start");
      try {
        for (const { place, form } of ways) {
          const { url, report } = site.visit(place, form, api);
          await visit(url);
          const { failure, ...outcome } = await inTime(report, "the page said nothing");
          if (failure) throw new Error(failure);
          yield { version, ...outcome };
        }
      } finally {
        await close();
      }
    },
  };
}

/** Deno grants what is named, and would ask for the rest. */
const sandboxed = ["run", "--quiet", "--no-config", "--no-lock", "--allow-net=127.0.0.1"];
const native = path("entries/native.mjs");
const polyfill = () => `whatwg-fetch ${versionOf("whatwg-fetch")}`;

/** @type {Runtime[]} */
export const runtimes = [
  ...[20, 22, 24, 26].map((major) => command(`Node ${major}`, node(major), [cli])),
  command("Deno, without env permission", deno, [...sandboxed, cli]),
  command("Deno, with env permission", deno, [...sandboxed, "--allow-env", cli]),
  command("Bun", bun, [cli]),
  workers("Workers", []),
  workers("Workers, nodejs_compat", ["nodejs_compat"]),
  browser("Chromium", openChromium),
  browser("Firefox", openFirefox),
  browser("WebKitGTK", openWebKit),
  command("React Native's fetch", node(24), [native], [], polyfill),
  command("React Native with expo/fetch", node(24), [native], ["expo"], polyfill),
];
