/**
 * The benchmark: what this library costs, beside the floor and beside its peers, each row in a process of its own.
 *
 *     npm run bench -- [<section>]... [--reader <name>]... [--write | --check] [--verbose]
 *
 * Sections are the files of `sections/`; without one all are run. `--reader` picks rows, `--verbose` shows what a client
 * that failed said. `--write` puts the tables of `decode` and `nodes` into the project's README; `--check` measures this
 * library's rows of them alone, and fails if they are worse than the README says. How to read it is in this folder's
 * README.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { broken, claimed, write } from "./claims.mjs";
import { install, runtime, runtimeVersion, versions } from "./rivals/install.mjs";
import { readers } from "./speed/readers.mjs";

const here = (path) => new URL(path, import.meta.url);
const script = fileURLToPath(here("child.mjs"));
const sections = ["decode", "nodes", "loopback", "call", "first", "load", "heap", "open", "linear"];

/** How long a row may take, in ms. */
const PATIENCE = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reader: { type: "string", multiple: true },
    write: { type: "boolean" },
    check: { type: "boolean" },
    verbose: { type: "boolean" },
  },
});

/** The cells of one row, as far as its reader comes. @param {string} section @param {string} reader */
async function measured(section, reader) {
  const { execPath = runtime } = await import(`./sections/${section}.mjs`);
  const child = fork(script, [section, reader], {
    execPath: await execPath(reader),
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", values.verbose ? "inherit" : "ignore", "ipc"],
    timeout: PATIENCE,
  });
  const cells = [];
  child.on("message", (cell) => cells.push(cell));
  return new Promise((resolve) => {
    child.once("close", () => resolve(cells));
    // A Node of `nodes` that this machine cannot run leaves its row empty.
    child.once("error", () => resolve(cells));
  });
}

/** A section as Markdown. @param {string} section */
async function run(section) {
  const { title, note, columns, readers } = await import(`./sections/${section}.mjs`);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const lines = [line(["", ...columns]), line(["---", ...columns.map(() => "---:")])];
  for (const reader of readers.filter((name) => values.reader?.includes(name) ?? true)) {
    const cells = await measured(section, reader);
    lines.push(line([reader, ...columns.map((_, at) => cells[at] ?? "–")]));
    console.error(lines.at(-1));
  }
  return { title, table: lines.join("\n"), note };
}

/** What was measured, on what and when. @param {string} section One whose rows name their own Node says so. */
async function how(section) {
  const { execPath } = await import(`./sections/${section}.mjs`);
  const { version } = JSON.parse(readFileSync(here("../../package.json"), "utf8"));
  const names = [`baseten-fetch ${version}`, ...(execPath ? [] : versions(Object.values(readers).flat()))];
  const node = execPath ? "" : `Node ${runtimeVersion()}, `;
  const machine = `${cpus().length} cores of ${cpus()[0].model.trim()}`;
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}, ${node}${machine}: ${names.join(", ")}.`;
}

/** Measures this library's own rows. @returns {Promise<string[]>} The claims of the README that do not hold. */
async function check() {
  const found = [];
  for (const section of claimed) {
    const { readers } = await import(`./sections/${section}.mjs`);
    for (const reader of readers.filter((name) => /^(baseten-fetch|Node )/.test(name))) {
      const cells = await measured(section, reader);
      console.log(`${reader}: ${cells.join(", ")}`);
      found.push(...broken(section, reader, cells));
    }
  }
  return found;
}

async function print(chosen) {
  for (const section of chosen) {
    const { title, table, note } = await run(section);
    console.log(`\n## ${title}\n\n${table}\n\n${note}`);
    if (values.write && claimed.includes(section)) write(section, [table, "", note, await how(section)].join("\n"));
  }
  console.log(`\n${await how(chosen.at(-1))}`);
}

const chosen = positionals.length > 0 ? positionals : sections;
if (values.write && (values.reader || !chosen.some((section) => claimed.includes(section))))
  throw new Error(`Only the whole of ${claimed.join(" and ")} is written.`);
install();
if (values.check) {
  const failed = await check();
  for (const claim of failed) console.error(claim);
  process.exitCode = failed.length > 0 ? 1 : 0;
} else await print(chosen);
