/** The runtimes: how each is started, and how its results are read. */
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

/** Longer than a browser takes to start, or all suites together, on a busy machine. */
const TIMEOUT_MS = 90_000;

/**
 * @typedef {{ version: string, cells?: Record<string, import("./suite/index.mjs").Cell>, lack?: string }} Outcome
 *   `lack`: why no suite can run
 * @typedef {{ api: string, pages: Awaited<ReturnType<typeof import("./pages.mjs").startPages>> }} Hosts
 * @typedef {{ names: string[], run: (hosts: Hosts) => AsyncGenerator<Outcome> }} Runtime yields one outcome for each name
 */

/** The path of a program in a package that is installed for this platform alone. */
function findProgram(place) {
  const found = path(`node_modules/${place}`);
  if (!existsSync(found)) throw new Error(`not installed for ${process.platform} ${process.arch}: ${place}`);
  return found;
}

const node = (major) => () => findProgram(`node${major}-${process.arch}/bin/node`);
const deno = () => findProgram(`@deno/linux-${process.arch}-glibc/deno`);
const bun = () => findProgram(`@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}/bin/bun`);

const versionOf = (name) => JSON.parse(readFileSync(path(`node_modules/${name}/package.json`), "utf8")).version;

async function readVersion(binary) {
  const { stdout } = await exec(binary, ["--version"]);
  return stdout.match(/\d+\.\d+\.\d+/)[0];
}

/** Runs a program and reads its results. One that does not exit afterwards has left a timer or a socket open. */
async function runProgram(binary, args) {
  const { stdout, killed } = await exec(binary, args, { timeout: TIMEOUT_MS }).catch((error) => {
    if (error.stdout) return error;
    throw error;
  });
  const cells = JSON.parse(stdout.trim().split("\n").pop());
  if (killed && Object.values(cells).every(({ state }) => state !== "failed"))
    throw new Error("the process does not exit");
  return cells;
}

/** A runtime with a command line. @returns {Runtime} */
function createCommand(name, find, args, last = [], version = readVersion) {
  return {
    names: [name],
    async *run({ api }) {
      const binary = find();
      yield { version: await version(binary), cells: await runProgram(binary, [...args, api, ...last]) };
    },
  };
}

/** @returns {Runtime} */
function createWorkers(name, compatibilityFlags) {
  return {
    names: [name],
    async *run({ api }) {
      const { Miniflare } = await import(resolve("miniflare"));
      const build = await rollup({ input: path("entries/workers.mjs") });
      const [{ code: script }] = (await build.generate({ format: "es" })).output;
      const options = { modules: true, script, compatibilityDate: "2026-04-01", compatibilityFlags };
      const worker = new Miniflare(options);
      try {
        const response = await worker.dispatchFetch(`http://worker/?api=${api}`);
        yield { version: versionOf("workerd"), cells: await response.json() };
      } finally {
        await worker.dispose();
      }
    },
  };
}

const CONTEXTS = { page: "page", worker: "Web Worker", service: "Service Worker" };
const pageKinds = Object.entries(CONTEXTS).flatMap(([place, label]) => [
  { place, form: "module", name: `${label}, module` },
  { place, form: "script", name: place === "page" ? `${label}, script tag` : `${label}, importScripts` },
]);

/** Rejects if a promise takes longer than `TIMEOUT_MS`. */
function withTimeout(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** @param {() => Promise<import("./browsers.mjs").Browser>} open @returns {Runtime} */
function createBrowser(name, open) {
  return {
    names: pageKinds.map((kind) => `${name}, ${kind.name}`),
    async *run({ api, pages }) {
      const { version, open: openPage, close } = await withTimeout(open(), "the browser did not start");
      try {
        for (const { place, form } of pageKinds) {
          const { url, report } = pages.createPage(place, form, api);
          await openPage(url);
          const { failure, ...outcome } = await withTimeout(report, "the page reported nothing");
          if (failure) throw new Error(failure);
          yield { version, ...outcome };
        }
      } finally {
        await close();
      }
    },
  };
}

/** Deno grants what is named, and would prompt for the rest. */
const DENO_RUN = ["run", "--quiet", "--no-config", "--no-lock", "--allow-net=127.0.0.1"];
const native = path("entries/native.mjs");
const polyfill = () => `whatwg-fetch ${versionOf("whatwg-fetch")}`;

/** @type {Runtime[]} */
export const runtimes = [
  ...[20, 22, 24, 26].map((major) => createCommand(`Node ${major}`, node(major), [cli])),
  createCommand("Deno, without env permission", deno, [...DENO_RUN, cli]),
  createCommand("Deno, with env permission", deno, [...DENO_RUN, "--allow-env", cli]),
  createCommand("Bun", bun, [cli]),
  createWorkers("Workers", []),
  createWorkers("Workers, nodejs_compat", ["nodejs_compat"]),
  createBrowser("Chromium", openChromium),
  createBrowser("Firefox", openFirefox),
  createBrowser("WebKitGTK", openWebKit),
  createCommand("React Native's fetch", node(24), [native], [], polyfill),
  createCommand("React Native with expo/fetch", node(24), [native], ["expo"], polyfill),
];
