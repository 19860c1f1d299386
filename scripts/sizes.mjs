/**
 * What a page pays for what it imports: bytes, minified, and compressed by brotli as a server would send them.
 * `npm run sizes` prints the tables after a build; `npm run sizes -- --write` writes the first into README.md, and both
 * into docs/benchmarks.md.
 */
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { minify } from "../rollup.config.mjs";
import { bundle } from "./bundle.mjs";
import { writeBlock } from "./marked-block.mjs";
import { writeNumbers } from "./numbers.mjs";

const CALLS = ["completion", "stream"];

/**
 * The names that a page imports, and the most bytes that they may cost it. The goals are 5,350, 6,700, 7,800 and 1,600 in
 * this order. What is above them is text (with each string emptied `completion` is 4,900 bytes): messages that say what to do,
 * and the option that a misspelled name means.
 */
export const budgets = [
  { names: ["completion"], maxBytes: 6_660 },
  { names: CALLS, maxBytes: 8_440 },
  { names: [...CALLS, "collect", "text", "route", "BasetenError"], maxBytes: 9_820 },
  { names: ["route"], maxBytes: 1_820 },
];

/**
 * What a further import adds to a page that has the calls already (`base`), and the most bytes that it may add: what a
 * sketch of it needed, and a tenth.
 *
 * @type {{ names: string[], entry?: string, base: string[], maxBytes: number }[]}
 */
export const additions = [
  // A schema's issues as plain objects, and refusals that name the tool, are more than the sketch had.
  { names: ["runTools"], base: [...CALLS, "collect"], maxBytes: 1_560 },
  // So are errors with the request's id and attempts.
  { names: ["parse"], base: [...CALLS, "collect"], maxBytes: 1_870 },
  { names: ["fallback"], base: CALLS, maxBytes: 450 },
  // The sketch did neither check the input nor decode base64.
  { names: ["embed"], base: CALLS, maxBytes: 700 },
  { names: ["models"], base: CALLS, maxBytes: 280 },
  { names: ["wake"], base: CALLS, maxBytes: 250 },
  { names: ["cost"], base: CALLS, maxBytes: 250 },
  // The sketch gave every reader the whole message, with the host.
  { names: ["toReadableStream"], base: CALLS, maxBytes: 350 },
  { names: ["guard"], entry: "baseten-fetch/guard", base: CALLS, maxBytes: 1_000 },
  {
    names: ["chatTransport", "toUIMessageStream", "toUIMessageStreamResponse"],
    entry: "baseten-fetch/ai-sdk",
    base: CALLS,
    // A sketch needed 1,593. The rest tells calls apart as `collect` does, reports every failure, and checks options and messages.
    maxBytes: 2_650,
  },
];

/** An import as a page writes it, for a bundler. @param {string[]} names */
const exportFrom = (names, entry = "baseten-fetch") => `export { ${names.join(", ")} } from "${entry}";`;

/** Pages that were measured: the same base serves several additions. */
const measured = new Map();

/** @param {string} page @returns {Promise<number>} Bytes, minified, at brotli's best quality (zlib's default). */
function measurePage(page) {
  if (!measured.has(page)) measured.set(page, bundlePage(page));
  return measured.get(page);
}

async function bundlePage(page) {
  const { code } = await bundle(page, minify);
  return brotliCompressSync(code).length;
}

/**
 * Measures a page that imports these names and nothing else.
 *
 * @param {string[]} names Exports of `baseten-fetch`.
 * @returns {Promise<number>} Bytes.
 */
export const measureSize = (names) => measurePage(exportFrom(names));

/** Measures what an import adds. @param {typeof additions[number]} addition @returns {Promise<number>} Bytes. */
export async function measureAddition({ names, entry, base }) {
  const page = [exportFrom(base), exportFrom(names, entry)].join("\n");
  return (await measurePage(page)) - (await measureSize(base));
}

const formatNames = (names) => names.map((name) => `\`${name}\``).join(", ");
const formatRow = (label, bytes) => `| ${label} | ${bytes.toLocaleString("en")} |`;

/** The label of a row. @param {typeof additions[number]} addition */
export const additionLabel = ({ names, entry, base }) =>
  `${formatNames(names)}${entry ? ` of \`${entry}\`` : ""}, added to ${formatNames(base)}`;

/** The label of a row. @param {typeof budgets[number]} budget */
export const budgetLabel = ({ names }) => formatNames(names);

/** @param {typeof budgets} measured @param {(one: any) => string} label @param {(one: any) => Promise<number>} measure */
async function formatTable(measured, label, measure) {
  const rows = await Promise.all(measured.map(async (one) => formatRow(label(one), await measure(one))));
  return ["| import | bytes, minified and brotli |", "|---|---:|", ...rows].join("\n");
}

/**
 * The two tables as Markdown.
 *
 * @returns {Promise<{ imports: string, added: string }>}
 */
export async function formatTables() {
  return {
    imports: await formatTable(budgets, budgetLabel, ({ names }) => measureSize(names)),
    added: await formatTable(additions, additionLabel, measureAddition),
  };
}

async function writeTables({ imports, added }) {
  const source = `Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run sizes\`.`;
  writeBlock(new URL("../README.md", import.meta.url), "sizes", `${imports}\n\n${source}`);
  writeBlock(new URL("../docs/benchmarks.md", import.meta.url), "sizes", `${imports}\n\n${added}\n\n${source}`);
  writeNumbers();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tables = await formatTables();
  console.log(`${tables.imports}\n\n${tables.added}`);
  if (process.argv.includes("--write")) await writeTables(tables);
}
