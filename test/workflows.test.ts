import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const folder = new URL("../.github/workflows/", import.meta.url);
const lines = (file: string) => readFileSync(new URL(file, folder), "utf8").split("\n");

describe.each(readdirSync(folder))("the workflow %s", (file) => {
  it("pins each action to a commit, with its version in a comment", () => {
    const uses = lines(file).filter((line) => /\buses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("grants permissions only to a job, with the reason in a comment", () => {
    expect(lines(file)).toContain("permissions: {}");
    const grants = lines(file).filter((line) => /^\s+[\w-]+: (?:read|write)\b/.test(line));
    for (const line of grants) expect(line).toMatch(/^ {6}(?:contents: read|id-token: write) # .+/);
  });

  it("uses no secret", () => {
    expect(lines(file).join("\n")).not.toMatch(/secrets\.|_TOKEN/);
  });
});
