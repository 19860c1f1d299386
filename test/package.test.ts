import { exec, execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { scriptTagNames } from "../rollup.config.mjs";
import { readLinks } from "./docs/links.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const read = (file: string) => readFile(join(root, file), "utf8");

/** The paths of the files that npm would publish. */
async function listPackedFiles(): Promise<string[]> {
  const { stdout } = await promisify(exec)("npm pack --dry-run --json --ignore-scripts", { cwd: root });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

const bundles = (await readdir(join(root, "dist"), { recursive: true }))
  .map((file) => `dist/${file.replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith(".js"))
  .sort();
const errorClass = /\bextends Error\b/;
const minified = bundles.filter((file) => file.endsWith(".min.js") && !file.includes(".iife."));
const readable = bundles.filter((file) => !file.endsWith(".min.js"));

describe("package.json", () => {
  it("has no runtime dependencies, and no script that runs when it is installed from a registry", () => {
    expect(manifest).not.toHaveProperty("dependencies");
    expect(manifest).not.toHaveProperty("peerDependencies");
    expect(manifest).not.toHaveProperty("optionalDependencies");
    // `prepare` runs only where the package is built: in a clone, and when it is installed from git.
    const hooks = ["preinstall", "install", "postinstall"];
    expect(Object.keys(manifest.scripts).filter((script) => hooks.includes(script))).toEqual([]);
  });

  it("pins every development dependency to an exact version", () => {
    for (const version of Object.values(manifest.devDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("packs the built files and the documents, and names only files that exist", async () => {
    const paths = await listPackedFiles();
    const allowed = /^(dist\/.+\.(js|js\.map|d\.ts)|docs\/.+\.(md|png)|[A-Z]+\.md|LICENSE|package\.json)$/;
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
    const named = [manifest.types, manifest.unpkg, manifest.jsdelivr, ...JSON.stringify(manifest.exports).split('"')];
    const exportedPaths = named.filter((path) => path.startsWith("./dist/") || path === "./package.json");
    expect(exportedPaths.length).toBeGreaterThan(8);
    expect(paths).toEqual(expect.arrayContaining(exportedPaths.map((path) => path.slice(2))));
  });
});

describe("README.md", () => {
  it("links only to packed files and to addresses, so that its links work wherever it is read", async () => {
    const links = readLinks("README.md").filter(({ isRelative }) => isRelative);
    expect(links.length).toBeGreaterThan(10);
    const packed = await listPackedFiles();
    expect(links.filter(({ path }) => !packed.includes(path)).map(({ target }) => target)).toEqual([]);
  });
});

describe("the bundles", () => {
  it.each([
    ["readable", readable],
    ["minified", minified],
    ["script tag", [manifest.unpkg]],
  ])("contain BasetenError once, and their source map leads to its source (%s)", async (_form, paths) => {
    const texts = await Promise.all(paths.map(async (path) => ({ path, parts: (await read(path)).split(errorClass) })));
    const [found, ...others] = texts.flatMap(({ path, parts }) =>
      parts.slice(1).map(() => ({ path, before: parts[0] })),
    );
    expect(others).toEqual([]);
    const map = new SourceMap(JSON.parse(await read(`${found?.path}.map`)) as SourceMapPayload);
    const lines = found?.before?.split("\n") ?? [];
    const entry = map.findEntry(lines.length - 1, lines.at(-1)?.length ?? 0) as {
      originalSource: string;
      originalLine: number;
    };
    expect(entry.originalSource).toMatch(/src\/error\.ts$/);
    expect((await read("src/error.ts")).split("\n")[entry.originalLine]).toMatch(errorClass);
  });

  it.each(bundles)("%s has a source map with its TypeScript", async (path) => {
    const code = await read(path);
    expect(code).toContain(`//# sourceMappingURL=${path.split("/").pop()}.map`);
    const map = JSON.parse(await read(`${path}.map`)) as { sources: string[]; sourcesContent: string[] };
    expect(map.sources.length).toBeGreaterThan(0);
    for (const [index, source] of map.sources.entries()) {
      const file = source.slice(source.indexOf("src/"));
      expect(file).toMatch(/^src\/.+\.ts$/);
      expect(map.sourcesContent[index]).toBe(await read(file));
    }
  });

  it.each(minified)("%s imports no other package", async (path) => {
    const paths = [...(await read(path)).matchAll(/\b(?:from|import)\s*"([^"]+)"/g)].map(([, from]) => from);
    expect(paths.filter((from) => !/^\.\.?\//.test(from ?? ""))).toEqual([]);
  });

  it("define one global for a script tag, with the calls and what reads their answers", async () => {
    const page = createContext({});
    runInContext(await read(manifest.unpkg), page);
    expect(Object.keys(page)).toEqual(["basetenFetch"]);
    expect(Object.keys(page.basetenFetch as object).sort()).toEqual(scriptTagNames);
    expect(Object.keys(await import(join(root, "dist/index.js")))).toEqual(expect.arrayContaining(scriptTagNames));
  });
});

describe("the type declarations", () => {
  it.each(["index", "relay", "emulator", "guard", "ai-sdk"])(
    "of %s import nothing and refer to no other file",
    async (entry) => {
      const text = await read(`dist/${entry}.d.ts`);
      expect(text).not.toMatch(/^(?:import|export)\b.*\bfrom\b|\bimport\("|^\/\/\/ <reference/m);
    },
  );

  it.each(["nodenext", "bundler"])("of all entries compile together in a strict program (%s)", async (resolution) => {
    const folder = await mkdtemp(join(tmpdir(), "baseten-fetch-"));
    try {
      await mkdir(join(folder, "node_modules"));
      await symlink(root, join(folder, "node_modules/baseten-fetch"), "junction");
      await writeFile(join(folder, "package.json"), '{ "type": "module" }');
      await writeFile(join(folder, "page.ts"), program);
      const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noEmit"];
      const target = ["--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", ""];
      const modules = ["--module", resolution === "bundler" ? "esnext" : "nodenext", "--moduleResolution", resolution];
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      const args = [tsc, ...strict, ...target, ...modules, "page.ts"];
      const result = await run(process.execPath, args, { cwd: folder }).catch((error: { stdout: string }) => error);
      expect(result.stdout).toBe("");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const program = `
import { BasetenError, completion, type Fetch, route, stream, text } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { relay } from "baseten-fetch/relay";

const fetch: Fetch = emulator();
const handler: (request: Request) => Promise<Response> = relay({ fetch, origins: "*" });
const through: Fetch = (input, init) => handler(new Request(input, init));
const request = { model: "baseten/openai/gpt-oss-120b", messages: [{ role: "user", content: "Hello" } as const] };
const reply = await completion(request, { fetch: through });
const content: string | null | undefined = reply.choices[0]?.message.content;
for await (const piece of text(stream(request, { fetch }))) piece.toUpperCase();
const url: string = route(request.model).url;
const failure = (error: unknown): string | undefined => (error instanceof BasetenError ? error.name : content ?? url);
failure(undefined);
`;
