/**
 * Runs one suite in every runtime, the checks of the installed package (test/consumers), and the relay's examples.
 *
 *     node test/runtimes/run.mjs [--write] [--only <text>]...
 *
 * `--write` puts the matrix, with its date, into docs/runtimes.md; `--only` runs what contains the text in its name. Exits with 1 if
 * a cell fails, or if a runtime is missing.
 */
import { parseArgs } from "node:util";
import { checks } from "../consumers/checks.mjs";
import { examples } from "./examples.mjs";
import { installBrowsers, installPackages } from "./install.mjs";
import { formatMatrix, listLimitations, writeMatrix } from "./matrix.mjs";
import { startPages } from "./pages.mjs";
import { runtimes } from "./runtimes.mjs";
import { startServer } from "./server.mjs";
import { suites } from "./suite/index.mjs";

const CONCURRENCY = 2;
const columns = Object.keys(suites);
const { values: options } = parseArgs({
  options: { write: { type: "boolean" }, only: { type: "string", multiple: true } },
});
const isChosen = (name) => options.only?.some((text) => name.includes(text)) ?? true;

/** The same result for all suites. */
const fillAll = (state, detail) => Object.fromEntries(columns.map((suite) => [suite, { state, detail }]));

/** @returns {Promise<import("./matrix.mjs").Row[]>} */
async function runRuntime(runtime, hosts) {
  const rows = [];
  try {
    for await (const { version, cells, lack } of runtime.run(hosts)) {
      rows.push({ name: runtime.names[rows.length], version, cells: cells ?? fillAll("n/a", lack) });
    }
  } catch (error) {
    const left = runtime.names.slice(rows.length);
    rows.push(...left.map((name) => ({ name, version: "", cells: fillAll("failed", error.message) })));
  }
  for (const { name, cells } of rows) printResult(name, Object.values(cells));
  return rows;
}

/** @returns {Promise<{ name: string, state: string, detail?: string }>} */
async function runCheck({ name, run }) {
  const result = await run().then(
    (detail) => ({ name, state: "passed", detail }),
    (error) => ({ name, state: "failed", detail: error.message }),
  );
  printResult(name, [result]);
  return result;
}

function printResult(name, cells) {
  const failed = cells.filter(({ state }) => state === "failed").length;
  console.error(`${failed ? "✗" : "✓"} ${name}`);
}

/** Runs tasks, `CONCURRENCY` at a time; their results in order. @template T @param {(() => Promise<T>)[]} tasks */
async function runPool(tasks) {
  const results = [];
  const queue = tasks.entries();
  const work = async () => {
    for (const [at, task] of queue) results[at] = await task();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results;
}

/** Each failure once, with where it was seen. */
function failures(rows, results) {
  const said = new Map();
  const add = (where, detail) => said.set(detail, [...(said.get(detail) ?? []), where]);
  for (const { name, cells } of rows) {
    for (const [suite, { state, detail }] of Object.entries(cells)) {
      if (state === "failed") add(`${name}: ${suite}`, detail);
    }
  }
  for (const { name, state, detail } of results) if (state === "failed") add(name, detail);
  return [...said].map(([detail, where]) => `FAILED ${where.join("; ")}\n${detail}\n`);
}

async function runEverywhere() {
  const folders = [new URL(".", import.meta.url), new URL("../consumers/", import.meta.url)];
  await Promise.all([...folders.map(installPackages), installBrowsers()]);
  const [server, pages] = [await startServer(), await startPages()];
  const hosts = { api: server.origin, pages };
  const wanted = runtimes.filter(({ names }) => names.some(isChosen));
  const found = [...checks, ...examples].filter(({ name }) => isChosen(name));
  const tasks = [...wanted.map((one) => () => runRuntime(one, hosts)), ...found.map((one) => () => runCheck(one))];
  const results = await runPool(tasks);
  server.close();
  pages.close();
  return { rows: results.slice(0, wanted.length).flat(), results: results.slice(wanted.length) };
}

const { rows, results } = await runEverywhere();
const legend = [
  `Run on ${new Date().toISOString().slice(0, 10)} by \`npm run test:everywhere\`. ✓: passed. n/a: the engine lacks what it needs.`,
  "`missing`: without `fetch`, and without streams. `offline`: the relay and the emulator, which the file for a script tag",
  "does not contain, and which React Native does not run.",
];
const table = [formatMatrix(columns, rows), "", ...legend, "", ...listLimitations(rows)].join("\n");
console.log(`${table}\n`);
for (const { name, state, detail } of results) if (state === "passed") console.log(`✓ ${name}: ${detail}`);
console.log(["", ...failures(rows, results)].join("\n"));
const states = [...rows.flatMap(({ cells }) => Object.values(cells)), ...results].map(({ state }) => state);
const count = (wanted) => states.filter((state) => state === wanted).length;
if (options.write && options.only) throw new Error("Only the whole matrix is written.");
if (options.write) writeMatrix(table);
console.log(`${count("passed")} passed, ${count("failed")} failed`);
process.exit(count("failed") > 0 || count("passed") === 0 ? 1 : 0);
