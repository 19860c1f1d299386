import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { bounds, size, table } from "../scripts/sizes.mjs";

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

  // Versions of Node bring versions of brotli, which differ by a few bytes.
  it.each(bounds)("for $names is what the README says, within 2% (npm run sizes -- --write)", async ({ names }) => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const label = names.map((name) => `\`${name}\``).join(", ");
    const said = readme.split(`\n| ${label} | `)[1]?.split(" |")[0] ?? "nothing";
    const bytes = await size(names);
    expect(Math.abs(Number(said.replaceAll(",", "")) - bytes), `README: ${said}, build: ${bytes}`).toBeLessThan(
      bytes * 0.02,
    );
  });
});
