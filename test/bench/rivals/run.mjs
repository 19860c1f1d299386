/**
 * Runs the scenarios against this library and other clients, and prints the comparison as Markdown.
 *
 *     npm run bench:rivals -- [--guard] [--write] [--client <name>]... [--row <id>]... [--verbose]
 *
 * `--guard` runs the second table instead: other clients with and without `baseten-fetch/guard`. `--write` puts a whole
 * table into docs/comparison.md and `results.json`; `--client` and `--row` run a part of it, `--verbose` shows what was
 * seen. It needs the build. Exits with 1 if this library is not right in every row.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { guardedPairs, ownClient, rivals } from "./clients.mjs";
import { formatTable, writeResults } from "./comparison.mjs";
import { install, nodeVersion, packageVersion } from "./install.mjs";
import { observe } from "./observe.mjs";
import { scenarios } from "./scenarios.mjs";
import { findVerdict, formatCell } from "./verdicts.mjs";

const CONCURRENCY = 2;
const { values: options } = parseArgs({
  options: {
    guard: { type: "boolean" },
    write: { type: "boolean" },
    verbose: { type: "boolean" },
    client: { type: "string", multiple: true },
    row: { type: "string", multiple: true },
  },
});

/**
 * The verdict on one script. A crash that a careful caller avoids is run once more with that caller.
 *
 * @param {import("./clients.mjs").Client} client
 * @param {import("./scenarios.mjs").Scenario} scenario
 * @param {import("./scripted-server.mjs").Script} script
 * @returns {Promise<string>}
 */
async function runScript(client, scenario, script, careful = false) {
  const seen = await observe(client, scenario, script, careful);
  const verdict = findVerdict(seen, scenario);
  if (options.verbose) console.error(client.name, { ...seen, verdict });
  if (verdict !== "crash" || !client.careful || careful) return verdict;
  return `crash (careful: ${await runScript(client, scenario, script, true)})`;
}

/** The cell of one client in one row. @param {import("./clients.mjs").Client} client */
async function fillCell(client, scenario) {
  if (client.lacks?.some((name) => name === scenario.caller || name === scenario.call)) return "no option";
  const verdicts = {};
  for (const [label, script] of Object.entries(scenario.scripts)) {
    verdicts[label] = await runScript(client, scenario, script);
  }
  console.error(`${client.name}: ${scenario.name}: ${formatCell(verdicts)}`);
  return formatCell(verdicts);
}

/** Runs tasks, `CONCURRENCY` at a time; their results in order. @template T @param {(() => Promise<T>)[]} tasks */
async function runPool(tasks) {
  const results = [];
  const queue = tasks.entries();
  const work = async () => {
    for (const [index, task] of queue) results[index] = await task();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results;
}

/** The versions of everything that was run. @param {import("./clients.mjs").Client[]} clients */
function findVersions(clients) {
  const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  const packages = [...new Set(clients.flatMap((client) => client.packages))];
  const own = { node: nodeVersion(), "baseten-fetch": manifest.version };
  return { ...own, ...Object.fromEntries(packages.map((name) => [name, packageVersion(name)])) };
}

/** @returns {Promise<import("./comparison.mjs").Results>} */
async function runAll(clients, chosen) {
  const cells = await runPool(chosen.flatMap((row) => clients.map((client) => () => fillCell(client, row))));
  const rows = chosen.map(({ id, name }, index) => ({
    id,
    server: name,
    outcomes: Object.fromEntries(
      clients.map((client, column) => [client.name, cells[index * clients.length + column]]),
    ),
  }));
  const date = new Date().toISOString().slice(0, 10);
  return { date, versions: findVersions(clients), clients: clients.map(({ name }) => name), rows };
}

if (options.write && (options.client || options.row)) throw new Error("Only a whole table is written.");
install();
const columns = options.guard ? guardedPairs : [ownClient, ...rivals];
// Three scenarios are not about streams, which are all that the guard checks.
const isChosen = ({ id, call }) => options.row?.includes(id) ?? !(options.guard && call);
const results = await runAll(
  columns.filter(({ name }) => options.client?.includes(name) ?? true),
  scenarios.filter(isChosen),
);
console.log(formatTable(results));
if (options.write) writeResults(options.guard ? "guard" : "rivals", results);
const { name } = ownClient;
if (results.rows.some(({ outcomes }) => (outcomes[name] ?? "right") !== "right")) process.exitCode = 1;
