/** A page with one call, built as its users build it: what it does not use must not be in it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { bounds } from "../../scripts/sizes.mjs";
import { project } from "./project.mjs";

const page = `
import { completion } from "baseten-fetch";
const messages = [{ role: "user", content: "Hello" }];
const { choices } = await completion({ model: "baseten/openai/gpt-oss-120b", messages }, { baseURL: "/v1" });
document.body.textContent = choices[0].message.content;
`;

/** The same page, and somebody else's function of that name. */
const bare = page.replace('import { completion } from "baseten-fetch";', "const { completion } = globalThis;");

/** The bound of `completion` alone, and what other minifiers than the one it was measured with may add. */
const most = Math.round(bounds[0].most * 1.05);

/** Words of what the page does not use: `stream`, `collect`, the relay, the emulator. */
const foreign = ["[DONE]", "StreamTruncatedError", "chat.completion", "access-control", "event-stream"];

/** Each takes a project's folder, and puts its page into `out`. */
const builders = {
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

/** Builds a page. @returns {Promise<string>} the JavaScript that it came to */
async function built(name, text) {
  const html = '<!doctype html><title>page</title><script type="module" src="/page.js"></script>';
  const folder = await project(`${name}-${text === page ? "page" : "bare"}`, { "page.js": text, "index.html": html });
  await builders[name](folder);
  const out = join(folder, "out");
  const files = (await readdir(out, { recursive: true })).filter((file) => /\.m?js$/.test(file));
  if (files.length === 0) throw new Error("nothing was built");
  return (await Promise.all(files.map((file) => readFile(join(out, file), "utf8")))).join("");
}

/** What the library adds to a page, in bytes of brotli, held against the most that it may. */
async function weigh(name) {
  const [with_, without] = [await built(name, page), await built(name, bare)];
  const found = foreign.filter((word) => with_.includes(word));
  if (found.length > 0) throw new Error(`not shaken away: ${found.join(", ")}`);
  const bytes = brotliCompressSync(with_).length - brotliCompressSync(without).length;
  if (bytes > most) throw new Error(`${bytes} bytes, at most ${most}`);
  return `${bytes} bytes, minified and brotli`;
}

/** @type {import("./checks.mjs").Check[]} */
export const bundlers = Object.keys(builders).map((name) => ({
  name: `${name}, a page with one call`,
  run: () => weigh(name),
}));
