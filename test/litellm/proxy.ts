/** A LiteLLM proxy in front of an emulator. */

import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startPython } from "./python.js";

/** The proxy's master key, and the key that it has for Baseten. */
export const PROXY_KEY = "sk-proxy-0123456789";
export const EMULATOR_KEY = "emulator-key-0123456789";

/** A running proxy. */
export interface RunningProxy {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  stop(): Promise<void>;
}

/** A port that is free now; LiteLLM takes no 0 for one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function isAlive(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/health/liveliness`)).ok;
  } catch {
    return false;
  }
}

/** Starts a proxy with `config.yaml`, in front of the emulator at this origin. */
export async function startProxy(emulator: string): Promise<RunningProxy> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = fileURLToPath(new URL("config.yaml", import.meta.url));
  const { child, log, stop } = startPython(
    "proxy.py",
    ["--config", config, "--host", "127.0.0.1", "--port", `${port}`],
    {
      PROXY_KEY,
      EMULATOR_KEY,
      EMULATOR_URL: `${emulator}/v1`,
    },
  );
  // Its output is not read, and a full pipe would block it.
  child.stdout?.resume();
  while (!(await isAlive(origin))) {
    if (child.exitCode !== null) throw new Error(`the proxy did not start:\n${log()}`);
    await pause(200);
  }
  return { origin, stop };
}
