import { fileURLToPath } from "node:url";

/**
 * Stryker plants faults in the core, one at a time, and runs the tests that reach each. Paths are relative to the
 * project's root, where `run.mjs` starts it.
 *
 * @type {import("@stryker-mutator/api/core").PartialStrykerOptions}
 */
export default {
  mutate: ["src/wire/**/*.ts", "src/http/**/*.ts", "src/stream.ts", "src/collect.ts", "src/route.ts"],
  plugins: [fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner"))],
  testRunner: "vitest",
  vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 10_000,
  ignoreStatic: true,
  incremental: true,
  incrementalFile: "test/mutation/reports/incremental.json",
  reporters: ["clear-text", "progress", "html"],
  htmlReporter: { fileName: "test/mutation/reports/mutation.html" },
  clearTextReporter: { allowColor: false, reportTests: false },
  tempDirName: "test/mutation/.tmp",
  ignorePatterns: ["dist", "build", "docs", "demo", "test/*/node_modules", "test/litellm/.venv"],
  // Stryker would rewrite it with TypeScript's old compiler API, which TypeScript 7 does not have.
  tsconfigFile: "none",
};
