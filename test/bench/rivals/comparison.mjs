/** The comparison's results, as `results.json` and as the tables of docs/comparison.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { writeBlock } from "../../../scripts/marked-block.mjs";
import { scenarios } from "./scenarios.mjs";
import { VERDICT_MEANINGS } from "./verdicts.mjs";

const page = new URL("../../../docs/comparison.md", import.meta.url);
const file = new URL("results.json", import.meta.url);

/**
 * One table's results.
 *
 * @typedef {object} Results
 * @property {string} date ISO date of the run.
 * @property {Record<string, string>} versions By package, Node included.
 * @property {string[]} clients The columns.
 * @property {{ id: string, server: string, outcomes: Record<string, string> }[]} rows `server`: what the server does, or
 * what happens to the caller's stream; `outcomes`: the verdict for each client.
 */

/** The two tables: what each is called in `results.json` (the first is its top level) and in the page. */
const tables = { rivals: "rivals", guard: "guard" };

const formatLine = (cells) => `| ${cells.join(" | ")} |`;

/** "Measured on …, Node …: openai 7.57.0, …" @param {Results} results */
function formatSource({ date, versions: { node, ...packages } }) {
  const names = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return `Measured on ${date} against a server on loopback, Node ${node}: ${names.join(", ")}.`;
}

/**
 * A table as Markdown, with its footnotes.
 *
 * @param {Results} results
 * @returns {string}
 */
export function formatTable(results) {
  const { clients, rows } = results;
  const noteOf = (id) => scenarios.find((scenario) => scenario.id === id)?.note;
  const notes = rows.flatMap(({ id }) => noteOf(id) ?? []);
  const mark = (id) => (noteOf(id) ? ` <sup>${notes.indexOf(noteOf(id)) + 1}</sup>` : "");
  return [
    formatLine(["the server, or the caller's stream", ...clients]),
    formatLine(["---", ...clients.map(() => "---")]),
    ...rows.map(({ id, server, outcomes }) =>
      formatLine([server + mark(id), ...clients.map((name) => outcomes[name])]),
    ),
    "",
    formatSource(results),
    "",
    "**right**: all text was delivered and, if the row is a failure, an error of the client's own was thrown after it.",
    `${VERDICT_MEANINGS.join(". ")}.`,
    "",
    ...notes.map((note, index) => `${index + 1}. ${note}`),
  ].join("\n");
}

/**
 * Writes a whole table into `results.json` and into the page.
 *
 * @param {keyof typeof tables} table
 * @param {Results} results
 */
export function writeResults(table, results) {
  const { guard, ...rivals } = JSON.parse(readFileSync(file, "utf8"));
  const all = table === "rivals" ? { ...results, ...(guard && { guard }) } : { ...rivals, guard: results };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  writeBlock(page, tables[table], formatTable(results));
}
