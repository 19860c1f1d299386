/**
 * The child process of one case: `node case.mjs <adapter> <call as JSON>`. It reads the client's stream as a caller
 * would, tells its parent what it saw, and lives on until it is killed, as a server would; what the client leaves behind
 * may still kill it, which is a result too.
 */
import { setTimeout as sleep } from "node:timers/promises";

const [adapter, json] = process.argv.slice(2);
const { caller, ...call } = JSON.parse(json);
const { open, read } = await import(`./adapters/${adapter}.mjs`);
const controller = new AbortController();
const seen = { texts: [], other: false, aside: undefined };

/** The classes that say no more than that something went wrong. */
const plain = [Error, TypeError, SyntaxError, RangeError, ReferenceError, DOMException];

/** @param {unknown} error */
function describe(error) {
  const maker = error?.constructor;
  const name = error?.name === "Error" ? maker.name : (error?.name ?? typeof error);
  const reason = controller.signal.aborted && (error === controller.signal.reason || /abort/i.test(name));
  return { name, reason, own: error instanceof Error && !plain.includes(maker) };
}

/** @param {import("./adapters/chunk.mjs").Part[]} parts */
function note(parts) {
  for (const { choice, text, other } of parts) {
    seen.texts[choice] = (seen.texts[choice] ?? "") + text;
    seen.other ||= Boolean(other);
  }
}

/** Gives whether the caller leaves the loop. */
async function react() {
  if (caller === "abort") controller.abort();
  if (caller === "slow") await sleep(3000);
  return caller === "break" || caller === "slow";
}

async function consume() {
  const aside = (callback) => {
    seen.aside = callback;
  };
  for await (const item of await open({ ...call, aside, ...(caller === "abort" && { signal: controller.signal }) })) {
    note(read(item));
    if (seen.texts.join("") && (await react())) break;
  }
}

setInterval(() => {}, 1000);
process.send({ ready: true });
const start = performance.now();
const memory = process.memoryUsage.rss();
const error = await consume().then(() => undefined, describe);
const grown = process.memoryUsage.rss() - memory;
process.send({ finished: true, ...seen, error, ms: performance.now() - start, memory: grown });
