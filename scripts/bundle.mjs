import { createRequire } from "node:module";
import { rollup } from "rollup";
import { sourceMaps } from "../rollup.config.mjs";

const { resolve } = createRequire(import.meta.url);

/**
 * Bundles a page that imports the built package by its name, as a user's bundler would that ignores `sideEffects`:
 * what has an effect when it is loaded stays, used or not.
 *
 * @param {string} page the page's module, such as `export { route } from "baseten-fetch";`
 * @param {import("rollup").OutputPluginOption} [plugins] for the output, such as a minifier
 * @returns {Promise<{ code: string, sources: string[] }>} the bundle, and the files of `src` that are in it
 */
export async function bundle(page, plugins) {
  const build = await rollup({
    input: "page",
    treeshake: { moduleSideEffects: true },
    plugins: {
      name: "page",
      resolveId: (id) => (id === "page" ? id : id.startsWith("baseten-fetch") ? resolve(id) : null),
      load: (id) => (id === "page" ? page : sourceMaps.load(id)),
    },
    onLog: (_level, log) => {
      if (log.code !== "EMPTY_BUNDLE") throw new Error(log.message);
    },
  });
  const { output } = await build.generate({ format: "es", sourcemap: "hidden", plugins });
  await build.close();
  const sources = output[0].map?.sources ?? [];
  return { code: output[0].code, sources: sources.filter((source) => source !== "page") };
}
