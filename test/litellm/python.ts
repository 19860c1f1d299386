/** Python processes in the virtual environment that `setup.mjs` made. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A process of the environment. */
export interface Python {
  child: ChildProcess;
  /** What it has printed on standard error, for when it fails. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts one of the scripts beside this file; each ends by itself when its standard input does. It gets these variables
 * and no others: no key of this machine, and LiteLLM uses its local list of prices.
 */
export function startPython(script: string, args: string[], variables: Record<string, string> = {}): Python {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(here(".venv/bin/python"), [here(script), ...args], {
    env: { PATH, HOME, LITELLM_LOCAL_MODEL_COST_MAP: "True", ...variables },
  });
  const exit = once(child, "exit");
  let log = "";
  child.stderr.on("data", (bytes) => {
    log += bytes;
  });
  return {
    child,
    log: () => log,
    async stop() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}

/** The outcome of a call to `litellm.completion`. */
export interface Result {
  reply?: unknown;
  error?: { name: string; status: number | null; message: string };
}

/** `litellm.completion`, with its keyword arguments, and the environment it sees as `env`. */
export interface LiteLLM {
  completion(keywords: Record<string, unknown>): Promise<Result>;
  stop(): Promise<void>;
}

/** Starts a Python whose requests all end at the recorder. */
export function startLiteLLM(recorder: string): LiteLLM {
  const { child, log, stop } = startPython("completion.py", [recorder]);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    stop,
    async completion(keywords) {
      child.stdin?.write(`${JSON.stringify(keywords)}\n`);
      const { done, value } = await lines.next();
      if (done) throw new Error(`LiteLLM ended:\n${log()}`);
      return JSON.parse(value) as Result;
    },
  };
}
