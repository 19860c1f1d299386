/**
 * The benchmark of the relay.
 *
 *     npm run bench:relay -- [cpu] [streams] [--only <text>]... [--write] [--streams 1000] [--events 40] [--pace 250]
 *
 * `cpu`: its processor time as a multiple of `return fetch(…)`'s on Node, Deno and Bun, and that of other gateways; `--only`
 * picks rows, `--write` puts the table into docs/benchmarks.md. `streams`: a thousand streams at once. Without either both
 * are run. Exits with 1 if an answer is wrong. Linux alone: the processor time is read from /proc.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { writeTable } from "../published.mjs";
import { measureCpuRatios, note } from "./cpu.mjs";
import { measureManyStreams } from "./many-streams.mjs";
import { installRuntimes } from "./targets.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", multiple: true },
    write: { type: "boolean" },
    streams: { type: "string", default: "1000" },
    events: { type: "string", default: "40" },
    pace: { type: "string", default: "250" },
  },
});
const isChosen = (part) => positionals.length === 0 || positionals.includes(part);
if (values.write && values.only) throw new Error("Only the whole table is written.");

function describeSource() {
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}, ${cpus().length} cores of ${cpus()[0].model.trim()}.`;
}

async function printCpuRatios() {
  const table = [await measureCpuRatios(values.only), "", note, describeSource()].join("\n");
  console.log(table);
  if (values.write) writeTable("relay", table);
}

async function printManyStreams() {
  const [streams, events, pace] = [values.streams, values.events, values.pace].map(Number);
  const { table, failed } = await measureManyStreams({ streams, events, pace });
  console.log(`\n${streams} streams at once, ${events} events each, one in every ${pace} ms, on Node 24\n\n${table}`);
  if (failed) process.exitCode = 1;
}

await installRuntimes();
if (isChosen("cpu")) await printCpuRatios();
if (isChosen("streams")) await printManyStreams();
