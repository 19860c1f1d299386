import { defineConfig } from "vitest/config";
import { groups } from "./groups.mjs";

/** The tests of one group. */
export default defineConfig({
  test: {
    include: groups[process.env.MUTATION_GROUP ?? ""]?.tests ?? [],
    // A fault that makes a test wait for ever is noticed at this limit.
    testTimeout: 10_000,
    // A million comments take too long where each statement is counted.
    testNamePattern: /^(?!.*a million comments)/,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
