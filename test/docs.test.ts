/** Every code block of the README and of docs/ compiles, and runs against the emulator unless it is marked. */

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { emulator } from "../src/emulator/index.js";
import { readAllBlocks, readAssistant } from "./docs/code-blocks.js";
import { docGlobals } from "./docs/global-values.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";

/** Inside the package, so that `baseten-fetch` is the build in `dist`. */
const folder = new URL("../build/docs/", import.meta.url);
const blocks = readAllBlocks();
const assistant = readAssistant();

const run = (file: string) => import(/* @vite-ignore */ new URL(file, folder).href);

/** Compiles all blocks at once and returns the compiler's complaints. */
function compile(): string {
  const { stdout } = spawnSync("npx", ["tsc", "--project", fileURLToPath(new URL("tsconfig.json", folder))], {
    encoding: "utf8",
  });
  return stdout;
}

clearEnvironment();

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, code } of [...blocks, assistant]) writeFileSync(new URL(file, folder), code);
  // The inherited `outDir` would exclude this folder.
  const config = {
    extends: "../../test/tsconfig.json",
    include: ["*.ts", "../../test/docs/globals.d.ts"],
    exclude: [],
  };
  writeFileSync(new URL("tsconfig.json", folder), JSON.stringify(config));
});

describe("the code blocks of the documents", () => {
  it("compile", () => {
    expect(blocks.length).toBeGreaterThan(0);
    expect(compile()).toBe("");
  });

  describe("run against the emulator", () => {
    beforeEach(() => {
      setEnvironment({ BASETEN_API_KEY: "key-of-the-reader" });
      vi.stubGlobal("fetch", emulator());
      for (const [name, value] of Object.entries(docGlobals())) vi.stubGlobal(name, value);
      for (const method of ["log", "error", "warn"] as const) vi.spyOn(console, method).mockImplementation(() => {});
    });

    it.each(blocks.filter(({ isTypesOnly }) => !isTypesOnly).map(({ name, file }) => [name, file]))("%s", (_, file) =>
      run(file),
    );

    it("a chat with a tool, a fallback and an object at the end fits into 30 lines", async () => {
      expect(assistant.code.trim().split("\n").length).toBeLessThanOrEqual(30);
      const write = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
      await run(assistant.file);
      expect(write.mock.calls.length).toBeGreaterThan(5);
      expect(console.warn).toHaveBeenCalledWith(expect.stringMatching(/^baseten\/moonshotai\/Kimi-K3: 529 from/));
      expect(console.log).toHaveBeenCalledWith("weather", expect.stringMatching(/^\{"city":/));
      expect(console.log).toHaveBeenLastCalledWith(expect.any(Array), expect.any(Boolean));
    });
  });
});
