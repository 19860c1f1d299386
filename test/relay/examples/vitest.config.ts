import { defineConfig } from "vitest/config";

/** The examples, in runtimes that `npm ci --prefix test/runtimes` installs, with the package as `npm run build` made it. */
export default defineConfig({
  test: {
    include: ["test/relay/examples/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
