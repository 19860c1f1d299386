/** The matrix of runtimes as Markdown, and its place in docs/runtimes.md. */
import { writeBlock } from "../../scripts/marked-block.mjs";

const page = new URL("../../docs/runtimes.md", import.meta.url);
const SIGNS = { passed: "✓", failed: "✗", "n/a": "n/a", "": "" };

const formatLine = (cells) => `| ${cells.join(" | ")} |`;

/** @typedef {{ name: string, version: string, cells: Record<string, import("./suite/index.mjs").Cell> }} Row */

/**
 * @param {string[]} suites the columns
 * @param {Row[]} rows
 * @returns {string}
 */
export function formatMatrix(suites, rows) {
  return [
    formatLine(["runtime", "version", ...suites]),
    formatLine(["---", "---", ...suites.map(() => ":-:")]),
    ...rows.map(({ name, version, cells }) =>
      formatLine([name, version, ...suites.map((suite) => SIGNS[cells[suite].state])]),
    ),
  ].join("\n");
}

/** What keeps runtimes from suites, each reason once, as a list. @param {Row[]} rows */
export function listLimitations(rows) {
  const found = rows.flatMap(({ name, cells }) =>
    Object.entries(cells).flatMap(([suite, { state, detail }]) => (state === "n/a" ? { name, suite, detail } : [])),
  );
  const distinct = (field, all) => [...new Set(all.map((one) => one[field]))];
  return distinct("detail", found).map((detail) => {
    const same = found.filter((one) => one.detail === detail);
    return `- ${distinct("suite", same).join(", ")} in ${distinct("name", same).join("; ")}: n/a, ${detail}`;
  });
}

/** Puts the matrix into docs/runtimes.md. @param {string} markdown */
export const writeMatrix = (markdown) => writeBlock(page, "matrix", markdown);
