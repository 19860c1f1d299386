/**
 * Plants the faults of `test/mutation/faults.mjs` in copies of the sources, one at a time, and shows that the tests
 * notice each: `npm run mutate`, or `npm run mutate -- stream.ts` for one file's. Exits with 1 if a fault survives.
 */
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { faults } from "../test/mutation/faults.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const WORKERS = 2;
/** A fault may make a test wait for ever: after this many ms it was noticed. */
const PATIENCE = 120_000;

/** A copy of what the tests need, for one worker. */
async function workshop() {
  const folder = await mkdtemp(join(tmpdir(), "mutate-"));
  const skip = /node_modules|\.venv/;
  for (const name of ["src", "test", "demo", "package.json", "tsconfig.json", "vitest.config.ts"]) {
    await cp(join(root, name), join(folder, name), { recursive: true, filter: (path) => !skip.test(path) });
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Whether the tests pass. */
function passes(folder, tests) {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--bail=1", "--typecheck.enabled=false", ...tests];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore", timeout: PATIENCE });
    child.on("close", (code) => resolve(code === 0));
  });
}

/** Plants one fault, and tells what became of it. */
async function plant(folder, { file, text, fault, tests }) {
  const path = join(folder, "src", file);
  const source = await readFile(path, "utf8");
  if (source.split(text).length !== 2) return "not found";
  await writeFile(
    path,
    source.replace(text, () => fault),
  );
  const survived = await passes(folder, tests);
  await writeFile(path, source);
  return survived ? "SURVIVED" : "noticed";
}

const [only] = process.argv.slice(2);
const queue = faults.filter(({ file }) => !only || file.includes(only));
const counts = { noticed: 0, SURVIVED: 0, "not found": 0 };

async function work() {
  const folder = await workshop();
  for (let fault = queue.shift(); fault; fault = queue.shift()) {
    const verdict = await plant(folder, fault);
    counts[verdict]++;
    console.log(`${verdict.padEnd(9)}  ${fault.file}: ${fault.text} -> ${fault.fault || "nothing"}`);
  }
  await rm(folder, { recursive: true });
}

const untouched = await workshop();
const sound = await passes(untouched, [...new Set(queue.flatMap(({ tests }) => tests))]);
await rm(untouched, { recursive: true });
if (!sound) throw new Error("the tests fail before any fault is planted");
await Promise.all(Array.from({ length: WORKERS }, work));
console.log(`${counts.noticed} noticed, ${counts.SURVIVED} survived, ${counts["not found"]} not found`);
process.exitCode = counts.SURVIVED + counts["not found"] > 0 ? 1 : 0;
