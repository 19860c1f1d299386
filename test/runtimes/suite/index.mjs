/** The one suite that runs in every runtime. */
import { collect, completion, stream } from "./answers.mjs";
import { errors, idle, retries, truncated } from "./failures.mjs";
import { keys, lacking, offline, routing } from "./input.mjs";
import { abort, leave } from "./leaving.mjs";

/** @type {Record<string, import("./visit.mjs").Suite>} */
export const suites = {
  completion,
  stream,
  collect,
  abort,
  break: leave,
  idle,
  truncated,
  retries,
  errors,
  routing,
  keys,
  lacking,
  offline,
};

/**
 * What became of a suite: `""` is not tried, since the file under test holds no relay and no emulator.
 *
 * @typedef {{ state: "passed" | "failed" | "n/a" | "", detail?: string }} Cell
 */

const LIMIT = 30_000;

/** Rejections that nobody handled. */
function listen() {
  const strays = [];
  globalThis.addEventListener?.("unhandledrejection", (event) => {
    event.preventDefault();
    strays.push(event.reason);
  });
  globalThis.process?.on?.("unhandledRejection", (reason) => strays.push(reason));
  return strays;
}

function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${LIMIT} ms`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** @returns {Promise<Cell>} */
async function attempt(suite, context, strays) {
  try {
    const lack = await limited(suite(context));
    // A rejection is called unhandled only after the promises of its turn have run.
    await new Promise((resolve) => setTimeout(resolve));
    if (strays.length > 0) throw new Error(`nobody handled ${strays.splice(0).join(", ")}`);
    return lack ? { state: "n/a", detail: lack } : { state: "passed" };
  } catch (error) {
    return { state: "failed", detail: `${error?.stack?.includes(error.message) ? error.stack : error}` };
  }
}

/**
 * Runs all suites, one after the other.
 *
 * @param {import("./visit.mjs").Context} context
 * @returns {Promise<Record<string, Cell>>}
 */
export async function run(context) {
  const strays = listen();
  const cells = {};
  for (const [name, suite] of Object.entries(suites)) {
    const tried = suite !== offline || context.servers;
    cells[name] = tried ? await attempt(suite, context, strays) : { state: "" };
  }
  return cells;
}
