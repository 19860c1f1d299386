import { defineConfig } from "vitest/config";

/** The tests of the core: no build, no browser, no other package's client. */
export default defineConfig({
  test: {
    include: ["test/*.test.ts", "test/wire/**/*.test.ts", "test/http/**/*.test.ts", "test/failures/**/*.test.ts"],
    // These test the build, the documents or the layout, not behavior.
    exclude: [
      "test/{api-docs,benchmarks,docs*,environment,layout,links,msw,package,process-exit,readme,shake,size,types*,workflows}.test.ts",
    ],
    // A million comments take too long where each statement is counted.
    testNamePattern: /^(?!.*a million comments)/,
    testTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
