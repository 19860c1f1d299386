/** The relay's examples, each in its runtime. They have a suite of their own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const exec = promisify(execFile);
const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

async function runExamples() {
  const args = ["run", "--config", "test/relay/examples/vitest.config.ts", "--reporter=json"];
  const vitest = [path("node_modules/vitest/vitest.mjs"), ...args];
  const { stdout } = await exec(process.execPath, vitest, { cwd: path("."), maxBuffer: 1 << 26 }).catch(
    (error) => error,
  );
  const { numPassedTests, numTotalTests, testResults } = JSON.parse(stdout.slice(stdout.indexOf("{")));
  const failed = testResults.flatMap(({ assertionResults, message }) => [
    ...assertionResults
      .filter(({ status }) => status === "failed")
      .map((one) => `${one.fullName}\n${one.failureMessages}`),
    message,
  ]);
  if (numPassedTests !== numTotalTests || numTotalTests === 0) throw new Error(failed.filter(Boolean).join("\n"));
  return `${numPassedTests} tests in Workers, Deno, Bun and Node`;
}

/** @type {import("../consumers/checks.mjs").Check[]} */
export const examples = [{ name: "the relay's examples", run: runExamples }];
