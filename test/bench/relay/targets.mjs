/** What is measured: the relay on each runtime, and other gateways; beside each, what it is compared with. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { installPackages } from "../../runtimes/install.mjs";
import { startGateway, startServer } from "./processes.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const runtimes = new URL("../../runtimes/", import.meta.url);
const litellm = new URL("../../litellm/", import.meta.url);
const program = (place) => fileURLToPath(new URL(`node_modules/${place}`, runtimes));

/** The runtimes, as `startServer` takes them. */
export const NODE = [program(`node24-${process.arch}/bin/node`), "--expose-gc"];
const DENO = [program(`@deno/linux-${process.arch}-glibc/deno`), "run", "--quiet", "--no-config", "--no-lock", "-A"];
const BUN = [program(`@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}/bin/bun`)];

/** The key that a LiteLLM proxy is started with. */
const LITELLM_KEY = "sk-proxy-0123456789";

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string[]} baseline The runtime of the `return fetch(…)` that it is compared with.
 * @property {(baseURL: string) => Promise<import("./processes.mjs").Server>} start
 * @property {(baseURL: string) => Record<string, string>} [headers] Further headers of each request, for this upstream.
 * @property {string} [model] The model that is asked for.
 * @property {number} [share] How much of the work it gets, for one that is slow; default 1.
 */

async function findFreePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Its package.json holds @hono/node-server at a version with which its streams work. @type {Target["start"]} */
async function startPortkey() {
  const gateways = new URL("gateways/", import.meta.url);
  await installPackages(gateways);
  const port = await findFreePort();
  const script = here("gateways/node_modules/@portkey-ai/gateway/build/start-server.js");
  return startGateway(NODE[0], [script, `--port=${port}`, "--headless"], { port, path: "/" });
}

/** @type {Target["start"]} */
async function startLiteLLM(baseURL) {
  execFileSync(process.execPath, [fileURLToPath(new URL("setup.mjs", litellm))], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const port = await findFreePort();
  const path = (name) => fileURLToPath(new URL(name, litellm));
  const args = [path("proxy.py"), "--config", path("config.yaml"), "--host", "127.0.0.1", "--port", `${port}`];
  const env = {
    PROXY_KEY: LITELLM_KEY,
    EMULATOR_KEY: "upstream-key-0123456789",
    EMULATOR_URL: baseURL,
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
  };
  return startGateway(path(".venv/bin/python"), args, { port, path: "/health/liveliness", env });
}

const startRelay = (command) => (baseURL) => startServer(command, "relay", baseURL);

/** @type {Target[]} */
export const targets = [
  { name: "relay, Node 24", baseline: NODE, start: startRelay(NODE) },
  { name: "relay, Deno", baseline: DENO, start: startRelay(DENO) },
  { name: "relay, Bun", baseline: BUN, start: startRelay(BUN) },
  {
    name: "Portkey's gateway, beside Node 24",
    baseline: NODE,
    start: startPortkey,
    headers: (baseURL) => ({ "x-portkey-provider": "openai", "x-portkey-custom-host": baseURL }),
    share: 0.5,
  },
  {
    name: "LiteLLM proxy, beside Node 24",
    baseline: NODE,
    start: startLiteLLM,
    headers: () => ({ authorization: `Bearer ${LITELLM_KEY}` }),
    model: "baseten-model",
    share: 0.1,
  },
];

/** Installs the runtimes. */
export const installRuntimes = () => installPackages(runtimes);
