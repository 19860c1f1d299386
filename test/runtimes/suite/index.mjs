/** The one suite that runs in every runtime. */

import { abort, breakLoop } from "./abort.mjs";
import * as beyond from "./beyond.mjs";
import { errors, idle, retries, truncated } from "./failures.mjs";
import { keys, missing, offline, routing } from "./input.mjs";
import { collect, completion, stream } from "./responses.mjs";

/** @type {Record<string, import("./endpoint.mjs").Suite>} */
export const suites = {
  completion,
  stream,
  collect,
  abort,
  break: breakLoop,
  idle,
  truncated,
  retries,
  errors,
  routing,
  keys,
  missing,
  ...beyond,
  offline,
};

/**
 * The result of a suite. `""`: not run, since the file under test does not hold what it needs: a bundle has no relay and no
 * emulator, the script-tag file no functions around a call.
 *
 * @typedef {{ state: "passed" | "failed" | "n/a" | "", detail?: string }} Cell
 */

const SUITE_TIMEOUT_MS = 30_000;

/** Collects unhandled rejections. @returns {unknown[]} Grows as they happen. */
function collectUnhandled() {
  const unhandled = [];
  globalThis.addEventListener?.("unhandledrejection", (event) => {
    event.preventDefault();
    unhandled.push(event.reason);
  });
  globalThis.process?.on?.("unhandledRejection", (reason) => unhandled.push(reason));
  return unhandled;
}

function withTimeout(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${SUITE_TIMEOUT_MS} ms`)), SUITE_TIMEOUT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** @returns {Promise<Cell>} */
async function runSuite(suite, context, unhandled) {
  try {
    const lack = await withTimeout(suite(context));
    // A rejection is reported as unhandled only after the microtasks of its turn.
    await new Promise((resolve) => setTimeout(resolve));
    if (unhandled.length > 0) throw new Error(`unhandled rejection: ${unhandled.splice(0).join(", ")}`);
    return lack ? { state: "n/a", detail: lack } : { state: "passed" };
  } catch (error) {
    return { state: "failed", detail: `${error?.stack?.includes(error.message) ? error.stack : error}` };
  }
}

/**
 * Runs all suites, one after the other.
 *
 * @param {import("./endpoint.mjs").Context} context
 * @returns {Promise<Record<string, Cell>>}
 */
export async function run(context) {
  const unhandled = collectUnhandled();
  const cells = {};
  for (const [name, suite] of Object.entries(suites)) {
    const isHeld = suite === offline ? context.servers : !(name in beyond) || name in context.lib;
    cells[name] = isHeld ? await runSuite(suite, context, unhandled) : { state: "" };
  }
  return cells;
}
