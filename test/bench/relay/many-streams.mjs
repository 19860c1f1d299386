/**
 * One relay on Node with many streams at once, in front of a paced upstream: is every byte right, what does a stream cost,
 * and does the upstream stop when the callers leave? Beside it `return fetch(…)`: what that costs is the price of Node, its
 * fetch and the server.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { DONE, encodeEvent } from "./events.mjs";
import { send } from "./load.mjs";
import { startServer, startUpstream } from "./processes.mjs";
import { NODE } from "./targets.mjs";

/** How long the upstream may take to notice that all callers have left. */
const LEAVE_TIMEOUT_MS = 10_000;

/**
 * @typedef {{ streams: number, events: number, pace: number }} Load
 * @typedef {import("./processes.mjs").Server} Server
 */

/** Opens all streams, each on a socket of its own. @param {Server} server @param {Load} load */
function openAll(server, { streams }) {
  const open = (_, seed) => send(server.origin, { stream: true, seed });
  return Promise.all(Array.from({ length: streams }, open));
}

function hashExpected(stream, events) {
  const hash = createHash("sha256");
  for (let index = 0; index < events; index++) hash.update(encodeEvent(stream, index));
  return hash.update(DONE).digest("hex");
}

/** Reads a stream to its end. @returns {Promise<boolean>} Whether every byte was right. */
async function isRight(response, stream, { events }) {
  const hash = createHash("sha256");
  for await (const bytes of response) hash.update(bytes);
  return response.statusCode === 200 && hash.digest("hex") === hashExpected(stream, events);
}

/** Reads all streams to their ends. @param {Server} server @param {Server} upstream @param {Load} load */
async function readAll(server, upstream, load) {
  const before = await server.ask();
  const responses = await openAll(server, load);
  const opened = await server.ask();
  const ends = Promise.all(responses.map((response, stream) => isRight(response, stream, load)));
  const { openStreams } = await upstream.ask();
  await sleep((load.events * load.pace) / 2);
  const during = await server.ask();
  const right = (await ends).filter(Boolean).length;
  const { cpu } = await server.ask();
  return { before, during, openStreams, right, cpu: cpu - opened.cpu };
}

/** Leaves all streams after their first bytes. @returns {Promise<number>} The ms until the upstream has none left. */
async function leaveAll(server, upstream, load) {
  const responses = await openAll(server, load);
  await Promise.all(responses.map((response) => once(response, "data")));
  const start = performance.now();
  for (const response of responses) response.destroy();
  while ((await upstream.ask()).openStreams > 0) {
    if (performance.now() - start > LEAVE_TIMEOUT_MS) return Number.POSITIVE_INFINITY;
    await sleep(5);
  }
  return performance.now() - start;
}

/** @param {"relay" | "fetch"} kind @param {Load} load */
async function measure(kind, load) {
  const upstream = await startUpstream(load.events, load.pace, true);
  const server = await startServer(NODE, kind, `${upstream.origin}/v1`);
  try {
    const results = await readAll(server, upstream, load);
    const freed = await leaveAll(server, upstream, load);
    // What the last callers have left is released in later turns.
    await sleep(load.pace);
    return { ...results, freed, after: await server.ask() };
  } finally {
    server.stop();
    upstream.stop();
  }
}

const toMiB = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** @type {[string, (result: Awaited<ReturnType<typeof measure>>, load: Load) => string][]} */
const rows = [
  ["streams open at once", ({ openStreams }, { streams }) => `${openStreams} of ${streams}`],
  ["streams with every byte right", ({ right }, { streams }) => `${right} of ${streams}`],
  ["resident memory for a stream", ({ before, during }, { streams }) => toKiB((during.rss - before.rss) / streams)],
  ["heap and buffers for a stream", ({ before, during }, { streams }) => toKiB((during.heap - before.heap) / streams)],
  ["heap and buffers before and after", ({ before, after }) => `${toMiB(before.heap)}, ${toMiB(after.heap)}`],
  ["CPU for an event", ({ cpu }, { events, streams }) => `${(cpu / events / streams).toFixed(0)} µs`],
  ["until the upstream has no stream left after the callers leave", ({ freed }) => `${freed.toFixed(0)} ms`],
];

function toKiB(bytes) {
  return `${(bytes / 1_024).toFixed(0)} KiB`;
}

/**
 * Measures the relay and `return fetch(…)`.
 *
 * @param {Load} load
 * @returns {Promise<{ table: string, failed: boolean }>} A table as Markdown; whether a byte was wrong or a stream stayed open.
 */
export async function measureManyStreams(load) {
  const relayed = await measure("relay", load);
  const passedOn = await measure("fetch", load);
  const lines = rows.map(([what, format]) => `| ${what} | ${format(relayed, load)} | ${format(passedOn, load)} |`);
  const { openStreams, right, freed } = relayed;
  const failed = openStreams !== load.streams || right !== load.streams || freed > LEAVE_TIMEOUT_MS;
  return { table: ["| | relay | `return fetch(…)` |", "|---|---:|---:|", ...lines].join("\n"), failed };
}
