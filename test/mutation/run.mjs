/**
 * Mutation testing of the core with Stryker: `npm run mutate`, or a part of it:
 *
 *     npm run mutate -- parsing transport              # two groups of groups.mjs
 *     npm run mutate -- errors --mutate src/wire/redact.ts
 *     npm run mutate -- collecting --force             # forgets the results of earlier runs
 *
 * What follows the groups is for Stryker. A full run takes hours; the results are kept in `reports/`, and a later run tests
 * only what has changed. Prints each mutant that survived, and writes `reports/<group>.html`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { installPackages } from "../runtimes/install.mjs";
import { groups } from "./groups.mjs";

const here = (path) => new URL(path, import.meta.url);
const stryker = fileURLToPath(here("node_modules/@stryker-mutator/core/bin/stryker.js"));
const config = fileURLToPath(here("stryker.config.mjs"));

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("-"));
const names = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);
for (const name of names) {
  if (!groups[name]) throw new Error(`no group "${name}": expected ${Object.keys(groups).join(", ")}`);
}

await installPackages(here("."));
for (const group of names.length > 0 ? names : Object.keys(groups)) {
  const child = spawn(process.execPath, [stryker, "run", config, ...options], {
    cwd: fileURLToPath(here("../..")),
    env: { ...process.env, MUTATION_GROUP: group },
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) process.exitCode = 1;
}
