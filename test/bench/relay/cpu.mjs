/**
 * The processor time of the relay, and of other gateways, as a multiple of that of `return fetch(…)` for the same requests.
 * Both run in processes of their own in front of the same upstream, and get their requests alternately.
 */
import { formatSpread, getRatios } from "../speed/measure.mjs";
import { sendAll } from "./load.mjs";
import { startServer, startUpstream } from "./processes.mjs";
import { targets } from "./targets.mjs";

/** One pair warms up, and is not counted. */
const PAIRS = 5;

/** Each stream has so many events, one in every so many ms. */
const EVENTS = 100;
const PACE_MS = 10;

/** The two kinds of requests, by the column's head. */
const LOADS = {
  "streams of 100 events": { count: 200, concurrency: 100, body: { stream: true } },
  "short completions": { count: 4_000, concurrency: 20, body: {} },
};

export const columns = Object.keys(LOADS);
export const note =
  "Processor time of the server's process as a multiple of `return fetch(…)`'s, with the same requests: median and " +
  "quartiles. The relay checks the request, authorizes it and rewrites its headers; the gateways do more of other kinds.";

/** @param {import("./processes.mjs").Server} server @returns {Promise<number>} ms of processor time per request. */
async function measureLoad(server, load) {
  const before = server.readCpu();
  await sendAll(server.origin, load);
  return (server.readCpu() - before) / load.count;
}

/** @returns {Promise<string>} A cell. */
async function comparePair(subject, baseline, load, { headers, model, share = 1 }, baseURL) {
  const body = { ...load.body, ...(model && { model }) };
  const subjectLoad = { ...load, body, count: Math.ceil(load.count * share), headers: headers?.(baseURL) };
  const pairs = [];
  for (let turn = 0; turn <= PAIRS; turn++) {
    pairs.push([await measureLoad(baseline, load), await measureLoad(subject, subjectLoad)]);
  }
  return formatSpread(getRatios(pairs.slice(1)));
}

/** @param {import("./targets.mjs").Target} target @returns {Promise<string[]>} The cells of its row. */
async function measureTarget(target) {
  const upstream = await startUpstream(EVENTS, PACE_MS);
  const baseURL = `${upstream.origin}/v1`;
  const servers = [upstream];
  try {
    const subject = await target.start(baseURL);
    servers.push(subject);
    const baseline = await startServer(target.baseline, "fetch", baseURL);
    servers.push(baseline);
    const cells = [];
    for (const load of Object.values(LOADS)) cells.push(await comparePair(subject, baseline, load, target, baseURL));
    return cells;
  } finally {
    for (const server of servers) server.stop();
  }
}

/**
 * Measures all targets, or those whose names contain a text.
 *
 * @param {string[]} [only]
 * @returns {Promise<string>} A table as Markdown. A target that cannot be installed has dashes.
 */
export async function measureCpuRatios(only) {
  const formatLine = (cells) => `| ${cells.join(" | ")} |`;
  const lines = [formatLine(["", ...columns]), "|---|---:|---:|"];
  for (const target of targets.filter(({ name }) => only?.some((text) => name.includes(text)) ?? true)) {
    const cells = await measureTarget(target).catch((error) => {
      console.error(`${target.name}: ${error.message}`);
      process.exitCode = 1;
      return columns.map(() => "–");
    });
    lines.push(formatLine([target.name, ...cells]));
    console.error(lines.at(-1));
  }
  return lines.join("\n");
}
