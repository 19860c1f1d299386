import { defineConfig } from "vitest/config";
import { examplePackages } from "./examples/packages.js";

export default defineConfig({
  plugins: [examplePackages],
  test: {
    include: ["test/sdks/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
