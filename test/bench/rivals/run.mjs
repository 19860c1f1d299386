/**
 * Runs the failure table against this library and its rivals and prints it as Markdown.
 *
 *     node test/bench/rivals/run.mjs [--write] [--client <name>]... [--row <text>]... [--verbose]
 *
 * `--write` puts the whole table into the README; `--client` and `--row` run a part of it, `--verbose` shows what was seen.
 * Without `dist/index.js` (`npm run build`) this library's column is left out, and nothing is written. Exits with 1 if this
 * library is not right in every row.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ours, rivals } from "./clients.mjs";
import { install, runtimeVersion, versions } from "./install.mjs";
import { observe } from "./observe.mjs";
import { rows } from "./rows.mjs";
import { table, write } from "./table.mjs";
import { cell, verdict } from "./words.mjs";

const root = new URL("../../../", import.meta.url);
const built = existsSync(new URL("dist/index.js", root));
const sideBySide = 2;
const { values: options } = parseArgs({
  options: {
    write: { type: "boolean" },
    verbose: { type: "boolean" },
    client: { type: "string", multiple: true },
    row: { type: "string", multiple: true },
  },
});

/**
 * The verdict on one case; a crash that a careful caller escapes is tried once more as he would.
 *
 * @param {import("./clients.mjs").Client} client
 * @param {import("./rows.mjs").Row} row
 * @param {import("./server.mjs").Answer} answer
 * @returns {Promise<string>}
 */
async function judge(client, row, answer, careful = false) {
  const seen = await observe(client.name, row, answer, careful);
  const word = verdict(seen, row);
  if (options.verbose) console.error(client.name, { ...seen, word });
  if (word !== "crash" || !client.careful || careful) return word;
  return `crash (careful: ${await judge(client, row, answer, true)})`;
}

/** The cell of one client in one row. @param {import("./clients.mjs").Client} client @param {import("./rows.mjs").Row} row */
async function fill(client, row) {
  if (row.caller && client.lacks?.includes(row.caller)) return "no option";
  const verdicts = {};
  for (const [label, answer] of Object.entries(row.cases)) verdicts[label] = await judge(client, row, answer);
  console.error(`${client.name}: ${row.name}: ${cell(verdicts)}`);
  return cell(verdicts);
}

/** Runs tasks, so many side by side, and gives their results in order. @template T @param {(() => Promise<T>)[]} tasks */
async function pool(tasks) {
  const results = [];
  const queue = tasks.entries();
  const work = async () => {
    for (const [at, task] of queue) results[at] = await task();
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return results;
}

/** The sentence that says what was measured, with what and when. @param {import("./clients.mjs").Client[]} clients */
function how(clients) {
  const ourVersion = () => JSON.parse(readFileSync(new URL("package.json", root), "utf8")).version;
  const names = clients.flatMap((one) => (one === ours ? `${ours.name} ${ourVersion()}` : versions(one.packages)));
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date} against a server on loopback, Node ${runtimeVersion()}: ${names.join(", ")}.`;
}

const partial = !built || options.client || options.row;
if (options.write && partial) throw new Error("Only the whole table is written, and with this library built.");
install();
const clients = [...(built ? [ours] : []), ...rivals].filter(({ name }) => options.client?.includes(name) ?? true);
const names = clients.map(({ name }) => name);
const chosen = rows.filter(({ name }) => options.row?.some((text) => name.includes(text)) ?? true);
const cells = await pool(chosen.flatMap((row) => clients.map((client) => () => fill(client, row))));
const results = chosen.map((row, at) => ({ row, cells: cells.slice(at * clients.length, (at + 1) * clients.length) }));
const markdown = table(names, results, how(clients));
console.log(markdown);
if (options.write) write(markdown);
if (results.some((result) => names[0] === ours.name && result.cells[0] !== "right")) process.exitCode = 1;
