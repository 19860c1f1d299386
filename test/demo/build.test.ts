import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { type RollupOptions, rollup } from "rollup";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFile(join(root, "demo", file), "utf8");
const all = await readdir(join(root, "demo"), { recursive: true });
const files = all.filter((file) => /\.(ts|css|html|svg)$/.test(file) && !/^(dist|examples)\b/.test(file));

/** Builds the page's scripts as the demo's build does, without writing them. */
async function buildScripts(): Promise<string[]> {
  await promisify(execFile)(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "demo"], { cwd: root });
  const { default: config } = (await import("../../demo/rollup.config.mjs")) as { default: RollupOptions };
  const plugins = [config.plugins].flat().filter((plugin) => plugin && "name" in plugin && plugin.name !== "page");
  const bundle = await rollup({ ...config, plugins });
  const output = [config.output].flat()[0];
  const { output: chunks } = await bundle.generate({ format: "es", ...(output && { plugins: output.plugins }) });
  await bundle.close();
  return chunks.map((chunk) => ("code" in chunk ? chunk.code : ""));
}

describe("the scripts of the page", () => {
  let code: string;
  let compressed: number;
  beforeAll(async () => {
    const scripts = await buildScripts();
    code = scripts.join("\n");
    compressed = scripts.reduce((bytes, script) => bytes + gzipSync(script).length, 0);
  });

  it("are together at most 60 kB, compressed by gzip", () => {
    expect(compressed).toBeLessThanOrEqual(60_000);
    expect(compressed).toBeGreaterThan(10_000);
  });

  it("hold the hash of the published script, and the comparison with its date", () => {
    expect(code).toMatch(/sha384-[A-Za-z0-9+/]{64}/);
    expect(code).toMatch(/date:"\d{4}-\d\d-\d\d"/);
    expect(code).not.toMatch(/\b(PUBLISHED|COMPARISON|REPOSITORY)\b/);
  });

  it("load nothing and store nothing", () => {
    expect(code).not.toMatch(/\bimport\s*\(|\blocalStorage\b|\bsessionStorage\b|\bindexedDB\b|document\.cookie/);
    expect(code).not.toMatch(/^import\b/m);
  });
});

describe("the page", () => {
  it("has a strict policy: no inline script or style, nothing from another host", async () => {
    const [, policy = ""] = /Content-Security-Policy" content="([^"]+)"/.exec(await read("index.html")) ?? [];
    const rules = Object.fromEntries(policy.split("; ").map((rule) => [rule.split(" ")[0], rule]));
    expect(rules).toMatchObject({
      "default-src": "default-src 'none'",
      "script-src": "script-src 'self'",
      "style-src": "style-src 'self'",
      "base-uri": "base-uri 'none'",
      "form-action": "form-action 'none'",
      "require-trusted-types-for": "require-trusted-types-for 'script'",
      "trusted-types": "trusted-types 'none'",
    });
    expect(policy).not.toMatch(/unsafe|frame-ancestors/);
  });

  it("loads its files by relative paths", async () => {
    const html = await read("index.html");
    const paths = [...html.matchAll(/<(?:link|script|img)\b[^>]*\b(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) expect([...files, "demo.js", "demo.css"]).toContain(path);
    expect(html).not.toMatch(/\sstyle=|\son\w+=|<script(?![^>]*src=)/);
  });

  it.each(files.filter((file) => file.endsWith(".css")))("%s loads nothing", async (file) => {
    expect(await read(file)).not.toMatch(/@import|url\(/);
  });

  it.each(files.filter((file) => file.endsWith(".ts")))("%s never parses a text as HTML", async (file) => {
    expect(await read(file)).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser/);
  });
});

describe("the folder call", () => {
  it.each(files.filter((file) => file.startsWith("call/")))("%s does not depend on the page", async (file) => {
    expect(await read(file)).not.toMatch(/from "\.\.\//);
  });
});
