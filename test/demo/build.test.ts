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

/** The page's script as it is built, without writing it. */
async function built(): Promise<string> {
  await promisify(execFile)(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "demo"], { cwd: root });
  const { default: config } = (await import("../../demo/rollup.config.mjs")) as { default: RollupOptions };
  const plugins = [config.plugins].flat().filter((plugin) => plugin && "name" in plugin && plugin.name !== "page");
  const bundle = await rollup({ ...config, plugins });
  const output = [config.output].flat()[0];
  const { output: chunks } = await bundle.generate({ format: "es", ...(output && { plugins: output.plugins }) });
  await bundle.close();
  expect(chunks).toHaveLength(1);
  return chunks[0].code;
}

describe("the built script", () => {
  let code: string;
  beforeAll(async () => {
    code = await built();
  });

  it("is under 60 kB, compressed as a static host does it", () => {
    expect(gzipSync(code).length).toBeLessThan(60_000);
    expect(gzipSync(code).length).toBeGreaterThan(10_000);
  });

  it("knows the hash of the file that its script tag loads", async () => {
    expect(code).toMatch(/sha384-[A-Za-z0-9+/]{64}/);
    expect(code).not.toContain("PUBLISHED");
  });

  it("loads nothing, and keeps nothing", () => {
    expect(code).not.toMatch(/\bimport\s*\(|\blocalStorage\b|\bsessionStorage\b|\bindexedDB\b|document\.cookie/);
    expect(code).not.toMatch(/^import\b/m);
  });
});

describe("the page", () => {
  it("has a strict policy: no inline script or style, nothing from elsewhere", async () => {
    const [, policy = ""] = /Content-Security-Policy" content="([^"]+)"/.exec(await read("index.html")) ?? [];
    const rules = Object.fromEntries(policy.split("; ").map((rule) => [rule.split(" ")[0], rule]));
    expect(rules).toMatchObject({
      "default-src": "default-src 'none'",
      "script-src": "script-src 'self'",
      "style-src": "style-src 'self'",
      "base-uri": "base-uri 'none'",
      "form-action": "form-action 'none'",
      "require-trusted-types-for": "require-trusted-types-for 'script'",
    });
    expect(policy).not.toContain("unsafe");
  });

  it("names its files by relative paths, and none on another host", async () => {
    const html = await read("index.html");
    const paths = [...html.matchAll(/\b(?:src|href)="([^"#]+)"/g)].map(([, path]) => path ?? "");
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) expect([...files, "demo.js", "demo.css"]).toContain(path);
    expect(html).not.toMatch(/\sstyle=|\son\w+=|<script(?![^>]*src=)/);
  });

  it.each(files.filter((file) => file.endsWith(".css")))("%s loads nothing", async (file) => {
    expect(await read(file)).not.toMatch(/@import|url\(/);
  });

  it.each(files.filter((file) => file.endsWith(".ts")))("%s writes no markup by hand", async (file) => {
    expect(await read(file)).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
  });
});

describe("the rooms", () => {
  it.each(files.filter((file) => file.startsWith("call/")))("%s knows nothing of the page", async (file) => {
    expect(await read(file)).not.toMatch(/from "\.\.\/view\//);
  });
});
