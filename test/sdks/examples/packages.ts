import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const here = fileURLToPath(import.meta.url);

/** Lets the examples, which stand in a folder without packages, find those of this one. */
export const examplePackages: Plugin = {
  name: "packages-of-the-examples",
  enforce: "pre",
  resolveId(source, importer = "") {
    if (!/[\\/]demo[\\/]examples[\\/]/.test(importer) || /^[./\\]/.test(source)) return null;
    return this.resolve(source, here, { skipSelf: true });
  },
};
