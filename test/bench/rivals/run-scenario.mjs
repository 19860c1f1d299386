/**
 * The child process of one scenario: `node run-scenario.mjs <adapter> <call as JSON>`. It calls the client as a caller
 * would and sends its parent what it saw. It then stays alive until it is killed, as a server would: a promise that the
 * client leaves behind may still end the process, which is a result too.
 */
import { setTimeout as sleep } from "node:timers/promises";

const [adapterName, json] = process.argv.slice(2);
const { caller, kind, guarded, ...call } = JSON.parse(json);
const adapter = await import(`./adapters/${adapterName}.mjs`);
const controller = new AbortController();
const seen = { texts: [], other: false, callback: undefined, toolCalls: undefined };

/** Classes that say no more than that something went wrong. */
const genericErrors = [Error, TypeError, SyntaxError, RangeError, ReferenceError, DOMException];

/** @param {unknown} error */
function describeError(error) {
  const errorClass = error?.constructor;
  const name = error?.name === "Error" ? errorClass.name : (error?.name ?? typeof error);
  const reason = controller.signal.aborted && (error === controller.signal.reason || /abort/i.test(name));
  return { name, reason, own: error instanceof Error && !genericErrors.includes(errorClass) };
}

/** @param {import("./adapters/shared.mjs").Part[]} parts */
function recordParts(parts) {
  for (const { choice, text, other } of parts) {
    seen.texts[choice] = (seen.texts[choice] ?? "") + text;
    seen.other ||= Boolean(other);
  }
}

/** Does what the caller does after the first text. @returns {Promise<boolean>} Whether it leaves the loop. */
async function actAsCaller() {
  if (caller === "abort") controller.abort();
  if (caller === "slow") await sleep(3000);
  return caller === "break" || caller === "slow";
}

const callsByKind = {
  async stream(options) {
    for await (const item of await adapter.open(options)) {
      recordParts(adapter.read(item));
      if (seen.texts.join("") && (await actAsCaller())) break;
    }
  },
  async completion(options) {
    seen.texts[0] = await adapter.complete(options);
  },
  async toolCalls(options) {
    seen.toolCalls = await adapter.collectToolCalls(options);
  },
};

/** The guard as a client's fetch, with the limits that the scenario sets. */
async function createGuard() {
  const { guard } = await import("../../../dist/guard.js");
  const { timeout: ms } = call;
  return guard(ms === undefined ? {} : { timeout: { response: ms, idle: ms } });
}

async function runCall() {
  const fetch = guarded ? await createGuard() : undefined;
  const onCallback = (name) => {
    seen.callback = name;
  };
  const signal = caller === "abort" ? controller.signal : undefined;
  return callsByKind[kind]({ ...call, fetch, onCallback, signal });
}

setInterval(() => {}, 1000);
process.send({ ready: true });
const start = performance.now();
const memory = process.memoryUsage.rss();
const error = await runCall().then(() => undefined, describeError);
const grown = process.memoryUsage.rss() - memory;
process.send({ finished: true, ...seen, error, ms: performance.now() - start, memory: grown });
