/** The processes of this benchmark: how each is started, and the processor time that it has used. */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** How long a server may take to start. */
const START_TIMEOUT_MS = 120_000;

/** Linux counts processor time in hundredths of a second. */
const MS_PER_TICK = 10;

/**
 * @typedef {object} Server
 * @property {string} origin
 * @property {() => number} readCpu The ms of processor time that it has used.
 * @property {() => Promise<object>} [ask] Sends a message and waits for the answer.
 * @property {() => void} stop
 */

/** The processor time of a process, in ms, all threads. @param {number} pid */
function readCpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** @param {import("node:child_process").ChildProcess} child @param {number} port @returns {Server} */
function toServer(child, port) {
  return {
    origin: `http://127.0.0.1:${port}`,
    readCpu: () => readCpu(child.pid),
    async ask() {
      child.send("");
      return (await once(child, "message"))[0];
    },
    stop: () => child.kill("SIGKILL"),
  };
}

/** Starts the upstream. @param {number} events @param {number} pace @param {boolean} [held] @returns {Promise<Server>} */
export async function startUpstream(events, pace, held = false) {
  const child = fork(here("upstream.mjs"), [events, pace, held ? "held" : ""].map(String));
  const [{ port }] = await once(child, "message");
  return toServer(child, port);
}

/** Waits for the line that names the port. @param {import("node:child_process").ChildProcess} child */
async function readPort(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^port (\d+)$/.exec(line);
    if (found) return Number(found[1]);
  }
  throw new Error("the server ended before it listened");
}

/**
 * Starts `server.mjs`.
 *
 * @param {string[]} command The runtime, and its arguments before the script.
 * @param {"relay" | "fetch"} kind
 * @param {string} baseURL The upstream's.
 * @returns {Promise<Server>}
 */
export async function startServer([program, ...args], kind, baseURL) {
  const stdio = ["ignore", "pipe", "inherit", "ipc"];
  const child = spawn(program, [...args, here("server.mjs"), kind, baseURL], { stdio });
  return toServer(child, await readPort(child));
}

/**
 * Starts another gateway, which listens on a given port, and waits until it answers.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ port: number, path: string, env?: Record<string, string> }} options `path`: what answers once it is ready.
 * @returns {Promise<Server>}
 */
export async function startGateway(program, args, { port, path, env = {} }) {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"], env: { PATH, HOME, ...env } });
  const deadline = performance.now() + START_TIMEOUT_MS;
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`${program} did not start`);
    await sleep(200);
  }
  return toServer(child, port);
}
