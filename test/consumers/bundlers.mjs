/** A page with one call, built by users' bundlers: it must not contain what it does not use. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { budgets } from "../../scripts/sizes.mjs";
import { createProject } from "./project.mjs";

const page = `
import { completion } from "baseten-fetch";
const messages = [{ role: "user", content: "Hello" }];
const { choices } = await completion({ model: "baseten/openai/gpt-oss-120b", messages }, { baseURL: "/v1" });
document.body.textContent = choices[0].message.content;
`;

/** The same page with a global function of that name. */
const pageWithoutLibrary = page.replace(
  'import { completion } from "baseten-fetch";',
  "const { completion } = globalThis;",
);

/** The limit of `completion` alone, and 5% for other minifiers than the one that it was measured with. */
const MAX_BYTES = Math.round(budgets[0].maxBytes * 1.05);

/** Strings of what the page does not use: `stream`, `collect`, the relay, the emulator. */
const UNUSED_STRINGS = ["[DONE]", "StreamTruncatedError", "chat.completion", "access-control", "event-stream"];

/** Each builds the page of a project's folder into `out`. */
const bundlersByName = {
  async Vite(folder) {
    const { build } = await import("vite");
    await build({ root: folder, logLevel: "error", build: { outDir: "out", target: "es2022" } });
  },
  async esbuild(folder) {
    const { build } = await import("esbuild");
    const options = { bundle: true, minify: true, format: "esm", target: "es2022" };
    await build({ entryPoints: [join(folder, "page.js")], outfile: join(folder, "out/page.js"), ...options });
  },
  async webpack(folder) {
    const { default: webpack } = await import("webpack");
    const output = { path: join(folder, "out"), module: true };
    const options = { context: folder, entry: "./page.js", output, experiments: { outputModule: true } };
    const compiler = webpack({ mode: "production", target: ["web", "es2022"], ...options });
    const stats = await promisify(compiler.run.bind(compiler))();
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString({ colors: false }));
  },
  async Rollup(folder) {
    const { rollup } = await import("rollup");
    const { nodeResolve } = await import("@rollup/plugin-node-resolve");
    const { default: terser } = await import("@rollup/plugin-terser");
    const build = await rollup({ input: join(folder, "page.js"), plugins: [nodeResolve()] });
    await build.write({ dir: join(folder, "out"), format: "es", plugins: [terser({ ecma: 2020, module: true })] });
    await build.close();
  },
};

/** Builds a page. @returns {Promise<string>} its JavaScript */
async function buildPage(name, text) {
  const html = '<!doctype html><title>page</title><script type="module" src="/page.js"></script>';
  const folder = await createProject(`${name}-${text === page ? "page" : "without"}`, {
    "page.js": text,
    "index.html": html,
  });
  await bundlersByName[name](folder);
  const out = join(folder, "out");
  const files = (await readdir(out, { recursive: true })).filter((file) => /\.m?js$/.test(file));
  if (files.length === 0) throw new Error("the bundler wrote no JavaScript");
  return (await Promise.all(files.map((file) => readFile(join(out, file), "utf8")))).join("");
}

/** Checks the bytes (brotli) that the library adds to a page against their limit. */
async function checkSize(name) {
  const [withLibrary, withoutLibrary] = [await buildPage(name, page), await buildPage(name, pageWithoutLibrary)];
  const found = UNUSED_STRINGS.filter((word) => withLibrary.includes(word));
  if (found.length > 0) throw new Error(`not shaken away: ${found.join(", ")}`);
  const bytes = brotliCompressSync(withLibrary).length - brotliCompressSync(withoutLibrary).length;
  if (bytes > MAX_BYTES) throw new Error(`${bytes} bytes, at most ${MAX_BYTES}`);
  return `${bytes} bytes, minified and brotli`;
}

/** @type {import("./checks.mjs").Check[]} */
export const bundlers = Object.keys(bundlersByName).map((name) => ({
  name: `${name}, a page with one call`,
  run: () => checkSize(name),
}));
