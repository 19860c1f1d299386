import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  additionLabel,
  additions,
  budgetLabel,
  budgets,
  formatTables,
  measureAddition,
  measureSize,
} from "../scripts/sizes.mjs";

const readPage = (page: string) => readFile(new URL(`../${page}`, import.meta.url), "utf8");

/** The bytes that a page's table has in the row with this label. */
async function publishedBytes(page: string, label: string): Promise<number> {
  const cell = (await readPage(page)).split(`\n| ${label} | `)[1]?.split(" |")[0] ?? "no such row";
  return Number(cell.replaceAll(",", ""));
}

/** Versions of Node have versions of brotli, which differ by a few bytes. */
function expectPublished(published: number, measured: number): void {
  const isClose = Math.abs(published - measured) < Math.max(measured * 0.02, 20);
  expect(isClose, `published: ${published}, measured: ${measured} (npm run sizes -- --write)`).toBe(true);
}

describe("the size of a page's bundle", () => {
  it.each(budgets)("with $names is at most $maxBytes bytes", async ({ names, maxBytes }) => {
    const bytes = await measureSize(names);
    expect(bytes).toBeGreaterThan(100);
    expect(bytes).toBeLessThanOrEqual(maxBytes);
  });

  it.each(additions)("grows by at most $maxBytes bytes when it also imports $names", async (addition) => {
    const bytes = await measureAddition(addition);
    expect(bytes).toBeGreaterThan(10);
    expect(bytes).toBeLessThanOrEqual(addition.maxBytes);
  });

  it.each(budgets)("with $names is what README.md and docs/benchmarks.md say", async (budget) => {
    const bytes = await measureSize(budget.names);
    expectPublished(await publishedBytes("README.md", budgetLabel(budget)), bytes);
    expectPublished(await publishedBytes("docs/benchmarks.md", budgetLabel(budget)), bytes);
  });

  it.each(additions)("grows with $names by what docs/benchmarks.md says", async (addition) => {
    expectPublished(
      await publishedBytes("docs/benchmarks.md", additionLabel(addition)),
      await measureAddition(addition),
    );
  });

  it("is printed as two tables with a row for each limit", async () => {
    const { imports, added } = await formatTables();
    expect(imports.split("\n").slice(2)).toHaveLength(budgets.length);
    expect(added.split("\n").slice(2)).toHaveLength(additions.length);
  });
});
