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

/** What keeps a runtime from a suite, each reason once. @param {Row[]} rows */
export function lacks(rows) {
  const reasons = new Map();
  for (const { name, cells } of rows) {
    for (const [suite, { state, detail }] of Object.entries(cells)) {
      if (state !== "n/a") continue;
      const key = `${name}: ${detail}`;
      reasons.set(key, [...(reasons.get(key) ?? []), suite]);
    }
  }
  return [...reasons].map(([reason, suites]) => `n/a (${suites.join(", ")}) in ${reason}.`);
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
