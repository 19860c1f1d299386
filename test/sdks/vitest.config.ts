import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";

const here = fileURLToPath(import.meta.url);

/** The examples stand in a folder without packages, and find those of this one. */
const packages: Plugin = {
  name: "packages-of-the-examples",
  enforce: "pre",
  resolveId(source, importer = "") {
    if (!/[\\/]demo[\\/]examples[\\/]/.test(importer) || /^[./\\]/.test(source)) return null;
    return this.resolve(source, here, { skipSelf: true });
  },
};

export default defineConfig({
  plugins: [packages],
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
