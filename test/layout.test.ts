import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";

const src = new URL("../src/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, src), "utf8");
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"))
  .sort();

/** The code of a file, without comments and with its strings emptied. */
function code(file: string): string {
  const tokens = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/.*|\/\*[\s\S]*?\*\//g;
  return read(file).replace(tokens, (token) => (token.startsWith("/") ? "" : '""'));
}

/** What a file imports, types included: files of `src`, or whatever else is written there. */
function imports(file: string): string[] {
  const from = /^(?:import|export)\b[^;"']*\bfrom\s*"(.+)"|^import\s*"(.+)"|\bimport\s*\(\s*"(.+)"/gm;
  return [...read(file).matchAll(from)].map(([, ...paths]) => {
    const path = paths.find((found) => found !== undefined) ?? "";
    return path.startsWith(".") ? posix.join(posix.dirname(file), path).replace(/\.js$/, ".ts") : path;
  });
}

const folder = (name: string) => files.filter((file) => file.startsWith(`${name}/`));
const top = files.filter((file) => !file.includes("/") && file !== "index.ts");
const base = ["error.ts", ...folder("types")];
const transport = [...folder("http"), ...folder("wire"), ...base];

/** What the files of each folder may import; the single files are held more closely than their folder. */
const rules: Record<string, string[]> = {
  types: folder("types"),
  "error.ts": folder("types"),
  "index.ts": [...top, ...folder("types")],
  wire: [...folder("wire"), ...base],
  http: transport,
  ".": [...top, ...transport],
  relay: [...folder("relay"), ...transport],
  guard: [...folder("guard"), ...transport],
  emulator: [...folder("emulator"), ...folder("wire"), ...base],
  "ai-sdk": [...folder("ai-sdk"), ...top, ...folder("types")],
};

/** The files that import each other in a circle, and those that lead to one. */
function circular(left: string[] = files): string[] {
  const rest = left.filter((file) => imports(file).some((path) => left.includes(path)));
  return rest.length === left.length ? rest : circular(rest);
}

describe("the layout of src", () => {
  it.each(files)("%s imports only what its place allows", (file) => {
    const allowed = rules[file] ?? rules[posix.dirname(file)];
    expect(imports(file).filter((path) => !allowed?.includes(path))).toEqual([]);
  });

  it("has no circle of imports", () => {
    expect(circular()).toEqual([]);
  });

  it("has one class, the error", () => {
    expect(files.filter((file) => /\bclass\s+\w+[^{;]*\{/.test(code(file)))).toEqual(["error.ts"]);
  });

  it("has named exports in index.ts and nothing else", () => {
    expect(
      code("index.ts")
        .replace(/export (?:(?:type )?\{[^}]*\}|type \*) from "";/g, "")
        .trim(),
    ).toBe("");
  });
});
