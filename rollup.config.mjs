import { readFile, rm } from "node:fs/promises";
import terser from "@rollup/plugin-terser";

/** What makes a bundle small; the sizes that the tests hold are measured with the same. */
export const minify = terser({ ecma: 2020, compress: { passes: 3 } });

/** Empties `dist`, so that no chunk of an earlier build stays behind. */
const clean = {
  name: "clean",
  buildStart: () => rm("dist", { recursive: true, force: true }),
};

/** Gives rollup the map that tsc wrote beside each file, so that the maps in `dist` lead to the TypeScript. */
export const sourceMaps = {
  name: "source-maps",
  load: async (id) => ({ code: await readFile(id, "utf8"), map: await readFile(`${id}.map`, "utf8") }),
};

/** All entries come out of one graph, so that `BasetenError` is one class in all of them. */
const modules = {
  input: {
    index: "build/index.js",
    relay: "build/relay/index.js",
    emulator: "build/emulator/index.js",
    guard: "build/guard/index.js",
    "ai-sdk": "build/ai-sdk/index.js",
  },
  plugins: [clean, sourceMaps],
  output: [
    { dir: "dist", format: "es", sourcemap: true, chunkFileNames: "chunks/[name].js", minifyInternalExports: false },
    {
      dir: "dist",
      format: "es",
      sourcemap: true,
      entryFileNames: "[name].min.js",
      chunkFileNames: "chunks/[name].min.js",
      plugins: [minify],
    },
  ],
};

/** What the script-tag file holds. The functions around a call would make it 1.5 times as large: a page imports those. */
export const scriptTagNames = ["BasetenError", "collect", "completion", "route", "stream", "text"];

const scriptTagEntry = {
  name: "script-tag-entry",
  resolveId: (id) => (id === "script-tag" ? id : null),
  load: (id) => (id === "script-tag" ? `export { ${scriptTagNames.join(", ")} } from "./build/index.js";` : null),
};

/** For a classic script tag: one file that stands alone, one global. */
const script = {
  input: "script-tag",
  plugins: [scriptTagEntry, sourceMaps],
  output: {
    file: "dist/baseten-fetch.iife.min.js",
    format: "iife",
    name: "basetenFetch",
    sourcemap: true,
    plugins: [minify],
  },
};

export default [modules, script];
