import { defineConfig } from "vitest/config";

/**
 * The examples, in the runtimes of test/runtimes and the frameworks of test/frameworks, with the package as `npm run build`
 * made it.
 */
export default defineConfig({
  test: {
    globalSetup: "test/frameworks/setup.mjs",
    include: ["test/relay/examples/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
