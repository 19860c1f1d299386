/** The tables of docs/benchmarks.md, which `npm run bench -- --write` puts there. */
import { readBlock, writeBlock } from "../../scripts/marked-block.mjs";

const page = new URL("../../docs/benchmarks.md", import.meta.url);

/** How far a measured ratio may exceed the published one. Quartiles of one run lie up to a tenth from the median. */
const TOLERANCE = 1.25;

/** The sections whose tables the page has, each in a block of its name. */
export const PUBLISHED_SECTIONS = ["decode", "nodes"];

/** What stands where nothing was measured. */
export const NO_VALUE = "–";

/** @param {string} section @param {string} markdown */
export const writeTable = (section, markdown) => writeBlock(page, section, markdown);

/** The cells of a line of a table. @param {string} line */
const splitCells = (line) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

/**
 * Reads a published table.
 *
 * @param {string} section
 * @returns {{ columns: string[], rows: Map<string, string[]>, source: string }} The cells of each reader's row, and the
 * line that says when and with which versions they were measured.
 */
export function readTable(section) {
  const lines = readBlock(page, section).split("\n");
  const [head, , ...rows] = lines.filter((line) => line.startsWith("|")).map(splitCells);
  return {
    columns: head.slice(1),
    rows: new Map(rows.map(([reader, ...cells]) => [reader, cells])),
    source: lines.at(-1),
  };
}

/**
 * Compares a measured row with the published one.
 *
 * @param {string} section
 * @param {string} reader
 * @param {string[]} measured The cells of its row.
 * @returns {string[]} A sentence for each cell that is too slow. A cell that is not published cannot be.
 */
export function findRegressions(section, reader, measured) {
  const { columns, rows } = readTable(section);
  return columns.flatMap((column, index) => {
    const [published, now] = [rows.get(reader)?.[index], measured[index]].map((cell) => Number.parseFloat(cell));
    if (Number.isNaN(published) || now <= published * TOLERANCE) return [];
    return [`${reader}, ${column}: ${now}, and docs/benchmarks.md says ${published}`];
  });
}
