/**
 * The three numbers at the top of README.md, taken from what other commands have measured: sizes (`npm run sizes`), server
 * failures (`npm run bench:rivals`) and runtimes (`npm run test:everywhere`). `npm run numbers` writes them.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readBlock, writeBlock } from "./marked-block.mjs";

const page = (path) => new URL(`../${path}`, import.meta.url);

/** The rows of a Markdown table, without its head. @param {string} markdown @returns {string[]} */
const readRows = (markdown) =>
  markdown
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);

const DATE = /\d{4}-\d\d-\d\d/;

function formatSize() {
  const sizes = readBlock(page("README.md"), "sizes");
  const bytes = /^\| `completion`, `stream` \| ([\d,]+) \|$/m.exec(sizes)?.[1];
  return `**${bytes} bytes** for \`completion\` and \`stream\`, minified and compressed with brotli (${DATE.exec(sizes)}, \`npm run sizes\`)`;
}

function formatFailures() {
  const { clients, rows, date } = JSON.parse(readFileSync(page("test/bench/rivals/results.json"), "utf8"));
  const [own, ...others] = clients.map((client) => rows.filter(({ outcomes }) => outcomes[client] === "right").length);
  const best = Math.max(...others);
  const scope = `of ${rows.length} server failures and edge cases right`;
  return `**${own}** ${scope}, the best of ${others.length} other clients ${best} (${date}, [comparison](docs/comparison.md))`;
}

function formatRuntimes() {
  const matrix = readBlock(page("docs/runtimes.md"), "matrix");
  const count = readRows(matrix).length;
  return `**${count} environments** run one test suite: Node, Deno, Bun, Workers, browsers, React Native (${DATE.exec(matrix)}, [runtimes](docs/runtimes.md))`;
}

/**
 * The numbers as a list in Markdown.
 *
 * @returns {string}
 */
export const formatNumbers = () =>
  [formatSize(), formatFailures(), formatRuntimes()].map((line) => `- ${line}`).join("\n");

/** Writes the numbers into README.md. */
export const writeNumbers = () => writeBlock(page("README.md"), "numbers", formatNumbers());

if (process.argv[1] === fileURLToPath(import.meta.url)) writeNumbers();
