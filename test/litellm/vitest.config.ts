import { defineConfig } from "vitest/config";

/** The tests that need Python; `npm test` leaves them out. */
export default defineConfig({
  test: {
    include: ["test/litellm/**/*.test.ts"],
    pool: "forks",
    // A proxy, a browser and two Pythons are enough load for a small machine: one file at a time.
    fileParallelism: false,
    testTimeout: 30_000,
    // Starting LiteLLM takes a quarter of a minute, on a busy machine much more.
    hookTimeout: 240_000,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
