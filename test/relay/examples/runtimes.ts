/** Starts an example as its reader would, in the runtime that it is for, before an upstream on loopback. */

import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";

/** An example that listens. */
export interface Running {
  origin: string;
  stop(): Promise<void>;
}

/** Starts one, with these further variables in its environment. */
export type Start = (upstream: string, variables?: Record<string, string>) => Promise<Running>;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const example = (name: string) => join(root, "demo/examples", name);
const { resolve } = createRequire(import.meta.url);

/** Where `npm ci --prefix test/runtimes` has put the runtimes. */
const modules = join(root, "test/runtimes/node_modules");

/** A runtime's program: one package for each platform, and only this platform's is there. */
function program(scope: string, name: string): string {
  const [folder = ""] = readdirSync(join(modules, scope));
  return join(modules, scope, folder, name);
}

/** A process that says on which port it listens. */
function listening(command: () => string, ...args: string[]): Start {
  return async (upstream, variables) => {
    const environment = { BASETEN_BASE_URL: `${upstream}/v1`, PORT: "0", NO_COLOR: "1", ...variables };
    const child = spawn(command(), args, { cwd: root, env: { PATH: process.env.PATH, ...environment } });
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    let output = "";
    const port = await new Promise<string>((resolve, reject) => {
      const onOutput = (words: Buffer) => {
        output += words;
        const [, port] = /https?:\/\/[^\s/]+:(\d+)/.exec(output) ?? [];
        if (port) resolve(port);
      };
      child.stdout.on("data", onOutput);
      child.stderr.on("data", onOutput);
      child.once("error", reject);
      void closed.then(() => reject(new Error(`it has ended: ${output}`)));
    });
    const stop = async () => {
      child.kill("SIGKILL");
      await closed;
    };
    return { origin: `http://127.0.0.1:${port}`, stop };
  };
}

/** Where `test/frameworks/setup.mjs` has put the frameworks. */
const frameworks = join(root, "test/frameworks");

/** A program in a folder with the packages of the frameworks, as its reader would have it. */
function framework(name: string): Start {
  return async (upstream, variables) => {
    const folder = mkdtempSync(join(tmpdir(), "relay-example-"));
    // A module's type, which is the package's in the repository, is written in the name of its file here.
    const file = join(folder, name.replace(/\.js$/, ".mjs"));
    copyFileSync(example(name), file);
    symlinkSync(join(frameworks, "node_modules"), join(folder, "node_modules"), "junction");
    const { origin, stop } = await listening(() => process.execPath, file)(upstream, variables);
    return { origin, stop: () => stop().finally(() => rmSync(folder, { recursive: true, force: true })) };
  };
}

/** The application of Next's that `test/frameworks/setup.mjs` has built. */
const next: Start = listening(
  () => process.execPath,
  join(frameworks, "node_modules/next/dist/bin/next"),
  ...["start", join(frameworks, "build/next"), "--hostname", "127.0.0.1", "--port", "0"],
);

/** A worker in the runtime of Cloudflare's, bundled as its own tool would; all that it fetches goes to the upstream. */
const worker: Start = async (upstream, variables) => {
  const bundle = await rollup({
    input: example("workers.js"),
    external: /^cloudflare:/,
    plugins: [{ name: "package", resolveId: (id) => (id.startsWith("baseten-fetch") ? resolve(id) : null) }],
  });
  const { output } = await bundle.generate({ format: "es" });
  const { Miniflare } = (await import(join(modules, "miniflare/dist/src/index.js"))) as typeof import("./miniflare.js");
  const instance = new Miniflare({
    modules: [{ type: "ESModule", path: "workers.js", contents: output[0].code }],
    compatibilityDate: "2026-04-01",
    bindings: variables ?? {},
    ratelimits: { VISITORS: { simple: { limit: 20, period: 60 } } },
    outboundService: { external: { address: new URL(upstream).host, http: {} } },
  });
  const { origin } = await instance.ready;
  return { origin, stop: () => instance.dispose() };
};

export const starts: Record<string, Start> = {
  "workers.js": worker,
  "deno.js": listening(
    () => program("@deno", "deno"),
    ...["run", "--no-lock", "--allow-net", "--allow-env", example("deno.js")],
  ),
  "bun.js": listening(() => program("@oven", "bin/bun"), example("bun.js")),
  "node.js": listening(() => process.execPath, example("node.js")),
  "express.js": framework("express.js"),
  "express-json.js": framework("express-json.js"),
  "fastify.js": framework("fastify.js"),
  "next-route.js": next,
  "hono.js (Deno)": listening(
    () => program("@deno", "deno"),
    ...["serve", "--no-lock", "--port", "0", "--allow-net", "--allow-env", example("hono.js")],
  ),
  "hono.js (Bun)": listening(() => program("@oven", "bin/bun"), example("hono.js")),
};
