/** The code blocks of the documents that need the packages of this folder compile against their types. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const folder = new URL("build/", import.meta.url);

/** The blocks of TypeScript with JSX: those of plain TypeScript are for test/docs.test.ts. */
function readBlocks(page: string): string[] {
  const text = readFileSync(new URL(`docs/${page}`, root), "utf8");
  return [...text.matchAll(/^```tsx\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
}

describe("the code blocks of the documents", () => {
  it("compile with AI SDK and React", () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const pages = readdirSync(new URL("docs/", root)).filter((page) => page.endsWith(".md"));
    const blocks = pages.flatMap((page) =>
      readBlocks(page).map((code, index) => ({ file: `${page}-${index}.tsx`, code })),
    );
    for (const { file, code } of blocks) writeFileSync(new URL(file, folder), code);
    const config = {
      extends: "../tsconfig.json",
      compilerOptions: { jsx: "react-jsx" },
      include: ["*.tsx"],
      exclude: [],
    };
    writeFileSync(new URL("tsconfig.json", folder), JSON.stringify(config));
    const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
    const { stdout } = spawnSync(process.execPath, [tsc, "--project", fileURLToPath(folder)], { encoding: "utf8" });
    expect(blocks.length).toBeGreaterThan(0);
    expect(stdout).toBe("");
  });
});
