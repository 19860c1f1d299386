/** Runs one case: two servers, a child process and a clock; gives what was seen. */
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runtime } from "./install.mjs";
import { end, key, prompt, serve } from "./server.mjs";

const script = fileURLToPath(new URL("case.mjs", import.meta.url));

/** What the other origin of a redirect answers. */
const elsewhereAnswer = { steps: ['data: {"choices":[{"index":0,"delta":{"content":"elsewhere"}}]}\n\n', end] };

/** Times in ms: to load a client, to end its loop, and to show what it leaves behind. */
const bounds = { load: 30_000, loop: 4000, close: 2000, settle: 300 };

/** Waits until `holds`, at most `limit` ms. @param {() => boolean} holds @param {number} limit */
async function until(holds, limit) {
  const last = performance.now() + limit;
  while (!holds() && performance.now() < last) await sleep(10);
}

/** Starts the child; what it says, and that it died, is written into `seen`. */
function start(adapter, call, seen) {
  const child = fork(script, [adapter, JSON.stringify(call)], { execPath: runtime(), silent: true });
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

/** Lets a started case run its course. */
async function watch(seen, row, heard) {
  await until(() => seen.ready || seen.crashed, bounds.load);
  if (!seen.ready) throw new Error(`a client did not load: ${seen.stderr}`);
  await until(() => seen.finished || seen.crashed, row.limit ?? bounds.loop);
  if (row.caller && seen.finished) await until(() => heard.closed || seen.crashed, bounds.close);
  await sleep(bounds.settle);
}

/**
 * Runs one case of a row against one client.
 *
 * @param {string} adapter The name of a file in `adapters/`.
 * @param {import("./rows.mjs").Row} row
 * @param {import("./server.mjs").Answer} answer
 * @param {boolean} [careful] See `Call`.
 * @returns {Promise<import("./words.mjs").Seen>}
 */
export async function observe(adapter, row, answer, careful) {
  const elsewhere = await serve(elsewhereAnswer);
  const server = await serve(answer, elsewhere.url);
  const messages = [{ role: "user", content: prompt }];
  const { timeout, caller, n } = row;
  const call = { baseURL: `${server.url}/v1`, apiKey: key, model: "m", messages, timeout, caller, n, careful };
  const seen = { crashed: false, finished: false, texts: [], other: false, stderr: "" };
  const stop = start(adapter, call, seen);
  try {
    await watch(seen, row, server.heard);
    return structuredClone({ ...seen, server: server.heard, elsewhere: elsewhere.heard });
  } finally {
    stop();
    server.close();
    elsewhere.close();
  }
}
