/** What the project's README says of speed: the tables that `npm run bench -- --write` puts there. */
import { readFileSync, writeFileSync } from "node:fs";

const readme = new URL("../../README.md", import.meta.url);

/** How much more than the README says a ratio may be. Quartiles of one run lie up to a tenth from the median. */
const tolerance = 1.25;

/** The sections whose tables the README has, each between marks of its name. */
export const claimed = ["decode", "nodes"];

/** The place of a section in the README. @param {string} section */
const marked = (section) => new RegExp(`(<!-- ${section} -->\\n)([\\s\\S]*?)(<!-- /${section} -->)`);

/** @param {string} section @returns {string} The Markdown between its marks. @throws {Error} if there is no place for it. */
function block(section) {
  const found = marked(section).exec(readFileSync(readme, "utf8"))?.[2];
  if (found === undefined) throw new Error(`README.md has no <!-- ${section} --> … <!-- /${section} -->`);
  return found;
}

/** Puts Markdown between the marks of a section. @param {string} section @param {string} markdown */
export function write(section, markdown) {
  block(section);
  const old = readFileSync(readme, "utf8");
  writeFileSync(
    readme,
    old.replace(marked(section), (_, open, _old, close) => `${open}\n${markdown}\n\n${close}`),
  );
}

/** The cells of a line of a table. @param {string} line */
const cells = (line) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

/**
 * What is claimed.
 *
 * @param {string} section
 * @returns {{ columns: string[], rows: Map<string, string[]>, how: string }} The cells of each reader's row, and the line
 * that says when and with which versions they were measured.
 */
export function claims(section) {
  const lines = block(section).trim().split("\n");
  const [head, , ...rows] = lines.filter((line) => line.startsWith("|")).map(cells);
  return {
    columns: head.slice(1),
    rows: new Map(rows.map(([reader, ...row]) => [reader, row])),
    how: lines.at(-1),
  };
}

/**
 * The claims that what was measured now does not bear out.
 *
 * @param {string} section
 * @param {string} reader
 * @param {string[]} measured The cells of its row.
 * @returns {string[]} A sentence for each.
 */
export function broken(section, reader, measured) {
  const { columns, rows } = claims(section);
  return columns.flatMap((column, at) => {
    const [said, is] = [rows.get(reader)?.[at], measured[at]].map((cell) => Number.parseFloat(cell));
    return is <= said * tolerance ? [] : [`${reader}, ${column}: ${is}, and the README says ${said}`];
  });
}
