import { defineConfig } from "vitest/config";

/** The demo in real browsers: `npm run build:demo && npx vitest run --config test/demo/browser/vitest.config.ts`. */
export default defineConfig({
  test: {
    include: ["test/demo/browser/*.browser.ts"],
    // Browsers are heavy: one file at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
