/**
 * Mutation testing of the core with Stryker: `npm run mutate`, or a part of it:
 *
 *     npm run mutate -- --mutate src/http/retry.ts
 *     npm run mutate -- --force                      # forgets the results of earlier runs
 *
 * Arguments are Stryker's. A full run takes hours; the results are kept in `reports/`, and a later run tests only what
 * has changed. Prints each mutant that survived, and writes `reports/mutation.html`.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installPackages } from "../runtimes/install.mjs";

const here = (path) => new URL(path, import.meta.url);

await installPackages(here("."));
const stryker = fileURLToPath(here("node_modules/@stryker-mutator/core/bin/stryker.js"));
const config = fileURLToPath(here("stryker.config.mjs"));
const child = spawn(process.execPath, [stryker, "run", config, ...process.argv.slice(2)], {
  cwd: fileURLToPath(here("../..")),
  stdio: "inherit",
});
child.once("exit", (code) => {
  process.exitCode = code ?? 1;
});
