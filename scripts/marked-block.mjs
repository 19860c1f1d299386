/** Blocks of generated Markdown in pages that are written by hand: a block is between `<!-- name -->` and `<!-- /name -->`. */
import { readFileSync, writeFileSync } from "node:fs";

/** @param {string} name */
const blockPattern = (name) => new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);

/**
 * Reads a block of a page.
 *
 * @param {URL} page
 * @param {string} name
 * @returns {string} The Markdown between the marks, without blank lines around it.
 * @throws {Error} If the page has no such block.
 */
export function readBlock(page, name) {
  const markdown = blockPattern(name).exec(readFileSync(page, "utf8"))?.[2];
  if (markdown === undefined) throw new Error(`${page.pathname} has no <!-- ${name} --> … <!-- /${name} -->`);
  return markdown.trim();
}

/**
 * Replaces a block of a page.
 *
 * @param {URL} page
 * @param {string} name
 * @param {string} markdown
 * @throws {Error} If the page has no such block.
 */
export function writeBlock(page, name, markdown) {
  readBlock(page, name);
  const replaceBlock = (_match, open, _old, close) => `${open}\n${markdown}\n\n${close}`;
  writeFileSync(page, readFileSync(page, "utf8").replace(blockPattern(name), replaceBlock));
}
