/**
 * What a page pays for what it imports: bytes, minified, and compressed by brotli as a server would send them.
 * `npm run sizes` prints the table of the README after a build, `npm run sizes -- --write` writes it there.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { minify } from "../rollup.config.mjs";
import { bundle } from "./bundle.mjs";

/** The names that a page imports, and the most bytes they may cost it. */
export const bounds = [
  { names: ["completion"], most: 5_390 },
  { names: ["completion", "stream"], most: 7_080 },
  { names: ["completion", "stream", "collect", "text", "route", "BasetenError"], most: 8_050 },
  { names: ["route"], most: 1_420 },
];

/**
 * The cost of a page that imports these names and nothing else.
 *
 * @param {string[]} names exports of `baseten-fetch`
 * @returns {Promise<number>} bytes, minified, at brotli's best quality (zlib's default)
 */
export async function size(names) {
  const { code } = await bundle(`export { ${names.join(", ")} } from "baseten-fetch";`, minify);
  return brotliCompressSync(code).length;
}

/**
 * The table for the README.
 *
 * @returns {Promise<string>} Markdown
 */
export async function table() {
  const rows = bounds.map(async ({ names }) => {
    const bytes = (await size(names)).toLocaleString("en");
    return `| ${names.map((name) => `\`${name}\``).join(", ")} | ${bytes} |`;
  });
  return ["| import | bytes, minified and brotli |", "|---|---:|", ...(await Promise.all(rows))].join("\n");
}

/**
 * The README with the table in its place.
 *
 * @param {string} readme
 * @returns {Promise<string>}
 */
export async function withTable(readme) {
  const rows = await table();
  const date = new Date().toISOString().slice(0, 10);
  const block = `${rows}\n\nMeasured on ${date}.`;
  return readme.replace(/(<!-- sizes -->\n).*?(?=<!-- \/sizes -->)/s, (_, mark) => `${mark}\n${block}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await table());
  const readme = fileURLToPath(new URL("../README.md", import.meta.url));
  if (process.argv.includes("--write")) await writeFile(readme, await withTable(await readFile(readme, "utf8")));
}
