/**
 * Tests the adapters with the SDKs that they are for, against the built package, and checks its types against theirs.
 *
 *     npm run test:sdks -- [options of vitest]
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findNode, install } from "./install.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a program of the project's own packages. Exits if it fails. */
function run(program, ...args) {
  const { status } = spawnSync(findNode(), [`node_modules/${program}`, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

await install();
run("typescript/bin/tsc", "-p", "test/sdks");
run("vitest/vitest.mjs", "run", "--config", "test/sdks/vitest.config.ts", ...process.argv.slice(2));
