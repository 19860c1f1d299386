import { describe, expect, it } from "vitest";
import { findReleaseProblems } from "../scripts/check-release.mjs";

const complete = {
  repository: "github:owner/baseten-fetch",
  homepage: "https://example.com",
  bugs: "https://example.com",
};

describe("a release", () => {
  it("is published when package.json says where the project lives", () => {
    expect(findReleaseProblems(complete, "# baseten-fetch")).toEqual([]);
  });

  it.each(["repository", "homepage", "bugs"])("is refused without %s in package.json", (field) => {
    const manifest = { ...complete, [field]: undefined };
    expect(findReleaseProblems(manifest, "")).toEqual([`Set these fields of package.json: ${field}`]);
  });

  it("is refused while the README tells users to install from git", () => {
    const readme = "## Install\n\n<!-- until the first release -->\n\nnpm install git+https://…\n";
    expect(findReleaseProblems(complete, readme)).toEqual([expect.stringContaining("README.md")]);
  });
});
