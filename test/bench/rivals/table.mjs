/** The comparison as Markdown, and its place in the README. */
import { readFileSync, writeFileSync } from "node:fs";
import { meanings } from "./words.mjs";

const readme = new URL("../../../README.md", import.meta.url);
const marked = /(<!-- rivals -->\n).*?(<!-- \/rivals -->)/s;

const line = (cells) => `| ${cells.join(" | ")} |`;

/**
 * @param {string[]} names The clients, one a column.
 * @param {{ row: import("./rows.mjs").Row, cells: string[] }[]} results
 * @param {string} how With what and when it was measured.
 * @returns {string}
 */
export function table(names, results, how) {
  const notes = results.flatMap(({ row }) => row.note ?? []);
  const mark = ({ note }) => (note ? ` <sup>${notes.indexOf(note) + 1}</sup>` : "");
  return [
    line(["the server, or the caller's stream", ...names]),
    line(["---", ...names.map(() => "---")]),
    ...results.map(({ row, cells }) => line([row.name + mark(row), ...cells])),
    "",
    how,
    "",
    "**right**: all text was delivered and, if the row is a failure, an error of the client's own was thrown after it.",
    `${meanings.join(". ")}.`,
    "",
    ...notes.map((note, at) => `${at + 1}. ${note}`),
  ].join("\n");
}

/**
 * Puts the table between `<!-- rivals -->` and `<!-- /rivals -->` of the README.
 *
 * @param {string} markdown
 * @throws {Error} if the README has no such place.
 */
export function write(markdown) {
  const old = readFileSync(readme, "utf8");
  if (!marked.test(old)) throw new Error("README.md has no <!-- rivals --> … <!-- /rivals -->");
  writeFileSync(
    readme,
    old.replace(marked, (_, open, close) => `${open}\n${markdown}\n\n${close}`),
  );
}
