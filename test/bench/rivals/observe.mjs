/** Runs one scenario with two servers, a child process and a time limit; returns what was seen. */
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findNode } from "./install.mjs";
import { end, KEY, PROMPT, startServer } from "./scripted-server.mjs";

const childScript = fileURLToPath(new URL("run-scenario.mjs", import.meta.url));

/** What the other origin of a redirect answers. */
const ELSEWHERE = { steps: ['data: {"choices":[{"index":0,"delta":{"content":"elsewhere"}}]}\n\n', end] };

/** Limits in ms: to load a client, to end its call, and to show what it leaves behind. */
const LIMITS = { load: 60_000, call: 4000, close: 2000, settle: 300 };

/** Waits until a condition holds, at most `limit` ms. @param {() => boolean} isTrue @param {number} limit */
async function waitUntil(isTrue, limit) {
  const deadline = performance.now() + limit;
  while (!isTrue() && performance.now() < deadline) await sleep(10);
}

/** Starts the child. Its messages, and its death, are written into `seen`. @returns {() => void} Kills it. */
function startChild(adapter, call, seen) {
  const child = fork(childScript, [adapter, JSON.stringify(call)], { execPath: findNode(), silent: true });
  child.stdout.resume();
  child.stderr.on("data", (bytes) => {
    seen.stderr += bytes;
  });
  child.on("message", (message) => Object.assign(seen, message));
  child.once("exit", () => {
    seen.crashed = true;
  });
  return () => child.removeAllListeners("exit").kill("SIGKILL");
}

/** Waits until a started scenario is over, or its limits are. */
async function waitForEnd(seen, scenario, log) {
  await waitUntil(() => seen.ready || seen.crashed, LIMITS.load);
  if (!seen.ready) throw new Error(`a client did not load: ${seen.stderr}`);
  await waitUntil(() => seen.finished || seen.crashed, scenario.limit ?? LIMITS.call);
  const mayClose = scenario.caller || scenario.call === "completion";
  if (mayClose && seen.finished) await waitUntil(() => log.closed || seen.crashed, LIMITS.close);
  await sleep(LIMITS.settle);
}

/**
 * Runs one script of a scenario against one client.
 *
 * @param {import("./clients.mjs").Client} client
 * @param {import("./scenarios.mjs").Scenario} scenario
 * @param {import("./scripted-server.mjs").Script} script
 * @param {boolean} [careful] See `Call` of adapters/shared.mjs.
 * @returns {Promise<import("./verdicts.mjs").Seen>}
 */
export async function observe({ adapter, guarded }, scenario, script, careful) {
  const elsewhere = await startServer(ELSEWHERE);
  const server = await startServer(script, elsewhere.url);
  const messages = [{ role: "user", content: PROMPT }];
  const { timeout, caller, n, call: kind = "stream" } = scenario;
  const target = { baseURL: `${server.url}/v1`, apiKey: KEY, model: "m" };
  const call = { ...target, messages, kind, timeout, caller, n, careful, guarded };
  const seen = { crashed: false, finished: false, texts: [], other: false, stderr: "" };
  const stop = startChild(adapter, call, seen);
  try {
    await waitForEnd(seen, scenario, server.log);
    return structuredClone({ ...seen, server: server.log, elsewhere: elsewhere.log });
  } finally {
    stop();
    server.close();
    elsewhere.close();
  }
}
