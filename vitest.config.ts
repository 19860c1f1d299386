import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // These have runners of their own, and need more than Node.
    exclude: [
      "**/node_modules/**",
      "test/mutation/**",
      "test/runtimes/**",
      "test/litellm/**",
      "test/sdks/**",
      "test/bench/**",
      "test/relay/examples/**",
    ],
    // `*.test-d.ts` are compiled and never run. Errors elsewhere are for `npm run types` to report.
    typecheck: {
      enabled: true,
      include: ["test/**/*.test-d.ts"],
      tsconfig: "test/tsconfig.json",
      ignoreSourceErrors: true,
    },
    pool: "forks",
    maxWorkers: 2,
    // Generous, so that a busy machine fails no test: nothing here asserts how long something takes.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
