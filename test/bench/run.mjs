/**
 * The benchmark: what this library costs, beside the floor and beside other clients, each row in a process of its own.
 *
 *     npm run bench -- [<section>]... [--reader <name>]... [--write | --check] [--verbose]
 *
 * Sections are the files of `sections/`; without one all are run. `--reader` picks rows, `--verbose` shows the output of a
 * client that failed. `--write` puts the tables of `decode` and `nodes` into docs/benchmarks.md; `--check` measures this
 * library's rows of them alone, and fails if they are worse than the page says.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findRegressions, NO_VALUE, PUBLISHED_SECTIONS, writeTable } from "./published.mjs";
import { findNode, install, nodeVersion, packageVersion } from "./rivals/install.mjs";
import { readers } from "./speed/readers.mjs";

const here = (path) => new URL(path, import.meta.url);
const childScript = fileURLToPath(here("measure-row.mjs"));
const sections = ["decode", "nodes", "loopback", "call", "first", "load", "heap", "open", "linear"];

/** How long a row may take. */
const ROW_TIMEOUT_MS = 300_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reader: { type: "string", multiple: true },
    write: { type: "boolean" },
    check: { type: "boolean" },
    verbose: { type: "boolean" },
  },
});

/** Measures one row; fewer cells if its reader fails. @param {string} section @param {string} reader */
async function measureRow(section, reader) {
  const { execPath = findNode } = await import(`./sections/${section}.mjs`);
  const child = fork(childScript, [section, reader], {
    execPath: await execPath(reader),
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", values.verbose ? "inherit" : "ignore", "ipc"],
    timeout: ROW_TIMEOUT_MS,
  });
  const cells = [];
  child.on("message", (cell) => cells.push(cell));
  return new Promise((resolve) => {
    child.once("close", () => resolve(cells));
    // A Node of `nodes` that this machine cannot run leaves its row empty.
    child.once("error", () => resolve(cells));
  });
}

/** Measures a section. @param {string} section @returns {Promise<{ title: string, table: string, note: string }>} Markdown. */
async function measureSection(section) {
  const { title, note, columns, readers } = await import(`./sections/${section}.mjs`);
  const formatLine = (cells) => `| ${cells.join(" | ")} |`;
  const lines = [formatLine(["", ...columns]), formatLine(["---", ...columns.map(() => "---:")])];
  for (const reader of readers.filter((name) => values.reader?.includes(name) ?? true)) {
    const cells = await measureRow(section, reader);
    lines.push(formatLine([reader, ...columns.map((_, index) => cells[index] ?? NO_VALUE)]));
    console.error(lines.at(-1));
  }
  return { title, table: lines.join("\n"), note };
}

/** "Measured on …": the date, the machine and the versions. @param {string} section One whose rows name their Node does not repeat it. */
async function describeSource(section) {
  const { execPath } = await import(`./sections/${section}.mjs`);
  const { version } = JSON.parse(readFileSync(here("../../package.json"), "utf8"));
  const packages = execPath ? [] : Object.values(readers).flat();
  const names = [`baseten-fetch ${version}`, ...packages.map((name) => `${name} ${packageVersion(name)}`)];
  const node = execPath ? "" : `Node ${nodeVersion()}, `;
  const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}`;
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}, ${node}${machine}: ${names.join(", ")}.`;
}

/** Measures this library's own rows. @returns {Promise<string[]>} A sentence for each cell that is slower than published. */
async function checkPublished() {
  const found = [];
  for (const section of PUBLISHED_SECTIONS) {
    const { readers } = await import(`./sections/${section}.mjs`);
    for (const reader of readers.filter((name) => /^(baseten-fetch|Node )/.test(name))) {
      const cells = await measureRow(section, reader);
      console.log(`${reader}: ${cells.join(", ")}`);
      found.push(...findRegressions(section, reader, cells));
    }
  }
  return found;
}

async function printSections(chosen) {
  for (const section of chosen) {
    const { title, table, note } = await measureSection(section);
    const source = await describeSource(section);
    console.log(`\n## ${title}\n\n${table}\n\n${note}\n${source}`);
    if (values.write && PUBLISHED_SECTIONS.includes(section)) writeTable(section, [table, "", note, source].join("\n"));
  }
}

const chosen = positionals.length > 0 ? positionals : sections;
if (values.write && (values.reader || !chosen.some((section) => PUBLISHED_SECTIONS.includes(section))))
  throw new Error(`Only the whole of ${PUBLISHED_SECTIONS.join(" and ")} is written.`);
install();
if (values.check) {
  const regressions = await checkPublished();
  for (const regression of regressions) console.error(regression);
  process.exitCode = regressions.length > 0 ? 1 : 0;
} else await printSections(chosen);
