import { fileURLToPath } from "node:url";
import { groups } from "./groups.mjs";

const group = process.env.MUTATION_GROUP;

/**
 * Stryker plants faults in the files of a group, one at a time, and runs those of its tests that reach each. Paths are
 * relative to the project's root, where `run.mjs` starts it.
 *
 * @type {import("@stryker-mutator/api/core").PartialStrykerOptions}
 */
export default {
  mutate: groups[group].mutate,
  plugins: [fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner"))],
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 5_000,
  ignoreStatic: true,
  incremental: true,
  incrementalFile: `test/mutation/reports/${group}.json`,
  reporters: ["clear-text", "progress", "html"],
  htmlReporter: { fileName: `test/mutation/reports/${group}.html` },
  clearTextReporter: { allowColor: false, reportTests: false },
  tempDirName: "test/mutation/.tmp",
  ignorePatterns: ["dist", "build", "docs", "demo", "test/*/node_modules", "test/litellm/.venv"],
  // Stryker would rewrite it with TypeScript's old compiler API, which TypeScript 7 does not have.
  tsconfigFile: "none",
};
