import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { bounds, size, table, withTable } from "../scripts/sizes.mjs";

describe("what a page pays", () => {
  it.each(bounds)("for $names is at most $most bytes", async ({ names, most }) => {
    const bytes = await size(names);
    expect(bytes).toBeGreaterThan(100);
    expect(bytes).toBeLessThanOrEqual(most);
  });

  it("is printed for the README, one row per set of names", async () => {
    const rows = (await table()).split("\n").slice(2);
    expect(rows).toHaveLength(bounds.length);
    for (const row of rows) expect(row).toMatch(/^\| `.+` \| [\d,]+ \|$/);
  });

  it("is what the README says (npm run sizes -- --write)", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain("<!-- sizes -->");
    expect(readme).toBe(await withTable(readme));
  });
});
