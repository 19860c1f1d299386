import { defineConfig } from "vitest/config";

/**
 * The examples, in runtimes that `npm ci --prefix test/runtimes` installs and with the packages of test/frameworks, with the package as `npm run build` made it. */
export default defineConfig({
  test: {
    globalSetup: "test/frameworks/install.mjs",
    include: ["test/relay/examples/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
