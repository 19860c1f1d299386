/**
 * One relay on Node, with many streams at once against a paced upstream, each in a process of its own: is every byte
 * right, what does a stream cost, and does the upstream stop when the callers leave? Beside it the same with the least
 * code that passes a stream on: what that costs is the price of Node, its fetch and the server.
 *
 *     npm run bench:relay -- [--streams 1000] [--events 40] [--pace 250]
 *
 * It needs the build (`npm run build`), and fails if a byte is wrong or a stream stays open.
 */
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { piece } from "./relay/piece.mjs";

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "1000" },
    events: { type: "string", default: "40" },
    pace: { type: "string", default: "250" },
  },
});
const [streams, events, pace] = [values.streams, values.events, values.pace].map(Number);
const every = Array.from({ length: streams }, (_, stream) => stream);

/** How long, in ms, the upstream may take to see that all callers have left. */
const PATIENCE = 10_000;

/** A process of this folder's, and a way to ask it. */
async function start(name, ...args) {
  const child = fork(new URL(`relay/${name}.mjs`, import.meta.url), args.map(String), { execArgv: ["--expose-gc"] });
  const hear = async () => (await once(child, "message"))[0];
  const { port } = await hear();
  const ask = () => {
    child.send("");
    return hear();
  };
  return { port, ask, stop: () => child.kill("SIGKILL") };
}

/** Opens a stream through the relay. */
async function open(port, stream) {
  const body = JSON.stringify({ model: "openai/gpt-oss-120b", stream });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const call = request({
    host: "127.0.0.1",
    port,
    path: "/v1/chat/completions",
    method: "POST",
    headers,
    agent: false,
  });
  call.end(body);
  const [response] = await once(call, "response");
  return response;
}

function expected(stream) {
  const hash = createHash("sha256");
  for (let at = 0; at < events; at++) hash.update(piece(stream, at));
  return hash.update("data: [DONE]\n\n").digest("hex");
}

/** Reads a stream to its end. @returns {Promise<boolean>} whether every byte was right */
async function isRight(response, stream) {
  const hash = createHash("sha256");
  for await (const bytes of response) hash.update(bytes);
  return response.statusCode === 200 && hash.digest("hex") === expected(stream);
}

/** All streams at once, to their ends. */
async function hold(relay, upstream) {
  const before = await relay.ask();
  const responses = await Promise.all(every.map((stream) => open(relay.port, stream)));
  const opened = await relay.ask();
  const ends = Promise.all(responses.map(isRight));
  const { open: held } = await upstream.ask();
  await sleep((events * pace) / 2);
  const during = await relay.ask();
  const right = (await ends).filter(Boolean).length;
  const { cpu } = await relay.ask();
  return { before, during, held, right, cpu: cpu - opened.cpu };
}

/** All streams at once, left after their first bytes. @returns {Promise<number>} ms until the upstream knows of it */
async function leave(relay, upstream) {
  const responses = await Promise.all(every.map((stream) => open(relay.port, stream)));
  await Promise.all(responses.map((response) => once(response, "data")));
  const began = performance.now();
  for (const response of responses) response.destroy();
  while ((await upstream.ask()).open > 0) {
    if (performance.now() - began > PATIENCE) return Number.POSITIVE_INFINITY;
    await sleep(5);
  }
  return performance.now() - began;
}

/** @param {"relay" | "bare"} kind */
async function measure(kind) {
  const upstream = await start("upstream", events, pace);
  const relay = await start("relay", kind, `http://127.0.0.1:${upstream.port}/v1`);
  try {
    const held = await hold(relay, upstream);
    const freed = await leave(relay, upstream);
    // What the last callers have left is let go in turns to come.
    await sleep(pace);
    return { ...held, freed, after: await relay.ask() };
  } finally {
    relay.stop();
    upstream.stop();
  }
}

const kib = (bytes) => `${(bytes / streams / 1_024).toFixed(0)} KiB`;
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** @type {[string, (result: Awaited<ReturnType<typeof measure>>) => string][]} */
const rows = [
  ["streams held at once", ({ held }) => `${held} of ${streams}`],
  ["streams with every byte right", ({ right }) => `${right} of ${streams}`],
  ["resident memory for a stream", ({ before, during }) => kib(during.rss - before.rss)],
  ["heap and buffers for a stream", ({ before, during }) => kib(during.heap - before.heap)],
  ["heap and buffers before and after", ({ before, after }) => `${mib(before.heap)}, ${mib(after.heap)}`],
  ["CPU for an event", ({ cpu }) => `${(cpu / events / streams).toFixed(0)} µs`],
  ["until the upstream is free of callers who left", ({ freed }) => `${freed.toFixed(0)} ms`],
];

const relayed = await measure("relay");
const bare = await measure("bare");
console.log(`${streams} streams at once, ${events} events each, one in every ${pace} ms, Node ${process.version}\n`);
console.log("| | relay | bare fetch |\n|---|---:|---:|");
for (const [what, show] of rows) console.log(`| ${what} | ${show(relayed)} | ${show(bare)} |`);
if (relayed.held !== streams || relayed.right !== streams || relayed.freed > PATIENCE) process.exitCode = 1;
