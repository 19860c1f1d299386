import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { NO_VALUE, PUBLISHED_SECTIONS, readTable } from "./bench/published.mjs";
import lock from "./bench/rivals/package-lock.json" with { type: "json" };
import results from "./bench/rivals/results.json" with { type: "json" };
import { readers as nodeRows } from "./bench/sections/nodes.mjs";
import { readers } from "./bench/speed/readers.mjs";
import { streams } from "./bench/speed/streams.mjs";

const installed = lock.packages as Record<string, { version?: string }>;
const versionOf = (name: string) => installed[`node_modules/${name}`]?.version;

const CELL = /^\d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\)$/;

/** The columns in which anything was measured. */
function measuredColumns({ columns, rows }: ReturnType<typeof readTable>): number[] {
  return [...columns.keys()].filter((index) => [...rows.values()].some((cells) => cells[index] !== NO_VALUE));
}

describe.each(PUBLISHED_SECTIONS)("the table `%s` of docs/benchmarks.md", (section) => {
  const table = readTable(section);
  const own = [...table.rows].filter(([reader]) => /^(baseten-fetch|Node )/.test(reader));

  it("has a column for each stream that is measured", () => {
    expect(table.columns).toEqual(Object.keys(streams));
  });

  it("has a ratio with its quartiles in each cell, or a dash", () => {
    for (const cells of table.rows.values()) {
      expect(cells).toHaveLength(table.columns.length);
      for (const cell of cells) if (cell !== NO_VALUE) expect(cell).toMatch(CELL);
    }
  });

  it("has no dash for this library in a column that was measured", () => {
    expect(measuredColumns(table).length).toBeGreaterThan(5);
    for (const [, cells] of own) for (const index of measuredColumns(table)) expect(cells[index]).toMatch(CELL);
  });

  it("says when it was measured, and with which version of this library", () => {
    expect(table.source).toMatch(/^Measured on \d{4}-\d\d-\d\d, (?:Node \d+\.\d+\.\d+, )?\d+ cores of .+: /);
    expect(table.source).toContain(`baseten-fetch ${manifest.version}`);
  });
});

describe("docs/benchmarks.md", () => {
  it("has a row for each client, and names the version that is installed for the benchmark", () => {
    const { rows, source } = readTable("decode");
    expect([...rows.keys()]).toEqual(Object.keys(readers));
    const packages = Object.values(readers).flat();
    expect(packages.length).toBeGreaterThan(5);
    for (const name of packages) expect(source).toContain(`${name} ${versionOf(name)}`);
  });

  it("has a row for each Node that the tests run on", () => {
    expect([...readTable("nodes").rows.keys()]).toEqual(nodeRows);
  });
});

describe("results.json, the data of docs/comparison.md", () => {
  it("has an outcome of each client in each row, and ids in kebab-case that are unique", () => {
    const ids = results.rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    for (const { outcomes } of results.rows) expect(Object.keys(outcomes)).toEqual(results.clients);
  });

  it("says that this library is right in each row", () => {
    expect(results.rows.filter(({ outcomes }) => outcomes["baseten-fetch"] !== "right")).toEqual([]);
  });

  it("names the versions that are installed for the comparison", () => {
    const { node, "baseten-fetch": own, ...packages } = results.versions;
    expect(own).toBe(manifest.version);
    expect(node).toMatch(/^\d+\.\d+\.\d+$/);
    for (const [name, version] of Object.entries(packages)) expect([name, version]).toEqual([name, versionOf(name)]);
  });
});
