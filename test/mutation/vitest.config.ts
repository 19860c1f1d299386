import { defineConfig } from "vitest/config";

/** The tests of the core: no build, no browser, no other package's client. */
export default defineConfig({
  test: {
    include: ["test/*.test.ts", "test/wire/**/*.test.ts", "test/http/**/*.test.ts", "test/failures/**/*.test.ts"],
    // These test the build, the documents or the layout, not behavior.
    exclude: ["test/{benchmarks,docs*,environment,layout,msw,package,shake,size,types,workflows}.test.ts"],
    testTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
