/** What the README says of speed must be what was measured last: of all clients, all streams, and these versions. */
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { claims } from "./bench/claims.mjs";
import lock from "./bench/rivals/package-lock.json" with { type: "json" };
import { readers as readersOfNodes } from "./bench/sections/nodes.mjs";
import { readers } from "./bench/speed/readers.mjs";
import { streams } from "./bench/speed/streams.mjs";

const { columns, rows, how } = claims("decode");
const installed = lock.packages as Record<string, { version?: string }>;
const versionOf = (name: string) => installed[`node_modules/${name}`]?.version;

const CELL = /^\d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\)$/;

describe("the README's table of speed on each Node", () => {
  const nodes = claims("nodes");

  it("has the same columns, and a row for each Node that the tests run on", () => {
    expect(nodes.columns).toEqual(columns);
    expect([...nodes.rows.keys()]).toEqual(readersOfNodes);
    for (const cell of [...nodes.rows.values()].flat()) expect(cell).toMatch(CELL);
  });

  it("says when it was measured, and with which version", () => {
    expect(nodes.how).toMatch(/^Measured on \d{4}-\d\d-\d\d, /);
    expect(nodes.how).toContain(`baseten-fetch ${manifest.version}`);
  });
});

describe("the README's table of speed", () => {
  it("has a column for each stream, and a row for each client", () => {
    expect(columns).toEqual(Object.keys(streams));
    expect([...rows.keys()]).toEqual(Object.keys(readers));
  });

  it.each(Object.keys(readers))("has a number in each cell of %s, or says that it failed", (reader) => {
    expect(rows.get(reader)).toHaveLength(columns.length);
    for (const cell of rows.get(reader) ?? []) if (cell !== "–") expect(cell).toMatch(CELL);
    if (reader.startsWith("baseten-fetch")) expect(rows.get(reader)).not.toContain("–");
  });

  it("says when it was measured, and with the versions that are installed", () => {
    expect(how).toMatch(/^Measured on \d{4}-\d\d-\d\d, Node \d+\.\d+\.\d+, \d+ cores of .+: /);
    expect(how).toContain(`baseten-fetch ${manifest.version}`);
    const packages = Object.values(readers).flat();
    expect(packages.length).toBeGreaterThan(5);
    for (const name of packages) expect(how).toContain(`${name} ${versionOf(name)}`);
  });
});
