import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderAPIPages } from "../scripts/api-docs.mjs";

const folder = new URL("../docs/api/", import.meta.url);

/** It starts a process for each entry, which takes long on a busy machine. */
const timeout = 120_000;

it("docs/api is what the docstrings say (npm run build && npm run docs:api)", { timeout }, async () => {
  const pages = await renderAPIPages();
  expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
  for (const [page, markdown] of pages) expect(readFileSync(new URL(page, folder), "utf8"), page).toBe(markdown);
});
