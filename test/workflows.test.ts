import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

const root = new URL("../", import.meta.url);
const folder = new URL(".github/workflows/", root);
const readLines = (path: string | URL) => readFileSync(new URL(path, root), "utf8").split("\n");

describe.each(readdirSync(folder))("the workflow %s", (file) => {
  const lines = readLines(new URL(file, folder));

  it("pins each action to a commit, and names its version", () => {
    const uses = lines.filter((line) => /\buses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("grants permissions to single jobs only, each with a reason", () => {
    expect(lines).toContain("permissions: {}");
    const grants = lines.filter((line) => /^\s+[\w-]+: (?:read|write)\b/.test(line));
    for (const line of grants) expect(line).toMatch(/^ {6}(?:contents: read|id-token: write) # .+/);
  });

  it("uses no secret", () => {
    expect(lines.join("\n")).not.toMatch(/secrets\.|_TOKEN/);
  });
});

describe(".ci/run", () => {
  it("runs `npm test` and every other test script of package.json", () => {
    const scripts = Object.keys(manifest.scripts).filter((name) => name.startsWith("test:"));
    const commands = readLines(".ci/run").filter((line) => line.startsWith("npm "));
    expect(commands.slice(0, 2)).toEqual(["npm ci", "npm test"]);
    expect(commands.slice(2).sort()).toEqual(scripts.map((name) => `npm run ${name}`).sort());
  });

  it("is run by the workflow of continuous integration", () => {
    expect(readLines(".github/workflows/ci.yml")).toContain("      - run: .ci/run");
  });
});
