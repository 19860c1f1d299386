/** The matrix as Markdown, and its place in the README. */
import { readFileSync, writeFileSync } from "node:fs";

const readme = new URL("../../README.md", import.meta.url);
const marked = /(<!-- matrix -->\n)[\s\S]*?(<!-- \/matrix -->)/;
const signs = { passed: "✓", failed: "✗", "n/a": "n/a", "": "" };

const line = (cells) => `| ${cells.join(" | ")} |`;

/** @typedef {{ name: string, version: string, cells: Record<string, import("./suite/index.mjs").Cell> }} Row */

/**
 * @param {string[]} suites the columns
 * @param {Row[]} rows
 * @returns {string}
 */
export function matrix(suites, rows) {
  return [
    line(["runtime", "version", ...suites]),
    line(["---", "---", ...suites.map(() => ":-:")]),
    ...rows.map(({ name, version, cells }) =>
      line([name, version, ...suites.map((suite) => signs[cells[suite].state])]),
    ),
  ].join("\n");
}

/** What keeps runtimes from suites, each reason once, as a list. @param {Row[]} rows */
export function lacks(rows) {
  const found = rows.flatMap(({ name, cells }) =>
    Object.entries(cells).flatMap(([suite, { state, detail }]) => (state === "n/a" ? { name, suite, detail } : [])),
  );
  const distinct = (field, all) => [...new Set(all.map((one) => one[field]))];
  return distinct("detail", found).map((detail) => {
    const same = found.filter((one) => one.detail === detail);
    return `- ${distinct("suite", same).join(", ")} in ${distinct("name", same).join("; ")}: n/a, ${detail}`;
  });
}

/**
 * Puts the matrix between `<!-- matrix -->` and `<!-- /matrix -->` of the README.
 *
 * @param {string} markdown
 * @throws {Error} if the README has no such place.
 */
export function write(markdown) {
  const old = readFileSync(readme, "utf8");
  if (!marked.test(old)) throw new Error("README.md has no <!-- matrix --> … <!-- /matrix -->");
  const replaced = old.replace(marked, (_, open, close) => `${open}${markdown}\n${close}`);
  writeFileSync(readme, replaced);
}
