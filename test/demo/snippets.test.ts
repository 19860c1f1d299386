import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { begin, run } from "../../demo/call/exchange.js";
import { type Fields, planOf } from "../../demo/call/fields.js";
import { snippetsOf } from "../../demo/call/snippets.js";
import { escapeHTML, toShell, toSource } from "../../demo/call/source.js";
import { FIELDS, KEY, SURROUNDINGS } from "./given.js";

const PUBLISHED = { script: "https://cdn.example/baseten-fetch.js", integrity: "sha384-abc" };
const sh = promisify(execFile);

function snippet(id: string, fields: Partial<Fields> = {}): string {
  const plan = planOf({ ...FIELDS, ...fields }, SURROUNDINGS);
  return snippetsOf(plan, PUBLISHED).find((candidate) => candidate.id === id)?.code ?? "";
}

const CASES: Partial<Fields>[] = [
  {},
  { message: 'It\'s "quoted", `ticked` and $HOME and a </script> \\ backslash\nor two lines' },
  { model: "baseten/abcd1234", environment: "staging", endpoint: "direct" },
  { endpoint: "relay" },
  { endpoint: "url", url: "https://gateway.example/v1" },
  { model: "litellm_proxy/my-model", endpoint: "url", url: "http://localhost:4000" },
  { fault: "stall" },
  { tool: true },
];

describe("the call as code", () => {
  it.each(CASES)("sends the body that the page sends, by curl (%o)", async (fields) => {
    const plan = planOf({ ...FIELDS, ...fields }, SURROUNDINGS);
    const exchange = begin();
    await run(plan, exchange, {
      key: () => KEY,
      signal: new AbortController().signal,
      changed: () => {},
      fetch: async () => new Response("data: [DONE]\n\n"),
    });
    const sent = exchange.marks.find(({ kind }) => kind === "request")?.raw ?? "";
    const script = snippet("curl", fields).replace(/^curl/m, "curl() { shift 6; printf '%s' \"$2\"; }\ncurl");
    const { stdout } = await sh("bash", ["-c", script]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(sent));
  });

  it("compiles as strict TypeScript, whatever the fields", async () => {
    const folder = await mkdtemp(join(import.meta.dirname, "snippet-"));
    try {
      const tsconfig = { extends: "../../tsconfig.json", include: ["."] };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
      await Promise.all(CASES.map((fields, at) => writeFile(join(folder, `${at}.ts`), snippet("typescript", fields))));
      const tsc = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
      const result = await sh(process.execPath, [tsc, "-p", folder]).catch((error: { stdout: string }) => error);
      expect(result.stdout).toBe("");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(["typescript", "script", "deno", "curl"])("never holds a key (%s)", (id) => {
    for (const fields of CASES) expect(snippet(id, fields)).not.toContain(KEY);
  });

  it.each<[id: string, fields: Partial<Fields>, holds: string[], lacks: string[]]>([
    ["typescript", {}, ["baseten-fetch/emulator", "emulator({ tokensPerSecond: 1000 })"], ["apiKey"]],
    ["typescript", { endpoint: "direct" }, [], ["apiKey", "emulator"]],
    ["typescript", { endpoint: "relay" }, ["apiKey: process.env.BASETEN_API_KEY"], ["emulator"]],
    ["typescript", { model: "litellm_proxy/x", endpoint: "url", url: "http://a" }, ["LITELLM_PROXY_API_KEY"], []],
    ["deno", { endpoint: "direct" }, ["--allow-net", "--allow-env=BASETEN_API_KEY", "npm:baseten-fetch"], []],
    ["deno", {}, ["// deno run call.ts", "npm:baseten-fetch/emulator"], ["--allow"]],
    ["script", { endpoint: "direct" }, ['integrity="sha384-abc"', 'baseURL: "/v1"'], ["apiKey"]],
    ["script", { endpoint: "url", url: "https://a.example/v1" }, ['baseURL: "https://a.example/v1"'], ["apiKey"]],
    ["curl", { endpoint: "direct" }, ["Bearer $BASETEN_API_KEY", "https://inference.baseten.co/v1/"], []],
    ["curl", { model: "" }, ["# Refused, and never sent: model: "], ["curl --no-buffer"]],
  ])("as %s of %o", (id, fields, holds, lacks) => {
    const code = snippet(id, fields);
    for (const text of holds) expect(code).toContain(text);
    for (const text of lacks) expect(code).not.toContain(text);
  });

  it("needs no key where the relay holds one", () => {
    const plan = planOf({ ...FIELDS, endpoint: "relay" }, { ...SURROUNDINGS, relay: "keyed" });
    for (const { id, code } of snippetsOf(plan, PUBLISHED)) expect([id, code]).not.toContain("API_KEY");
  });

  it("cannot end its script element early", () => {
    const code = snippet("script", { message: "</script><!--" });
    expect(code.match(/<\/script>/g)).toHaveLength(2);
    expect(code).not.toContain("<!--");
  });
});

describe("a value as source", () => {
  it.each([
    [{ a: 1, "b-c": [true, null] }, '{ a: 1, "b-c": [true, null] }'],
    [{}, "{}"],
    [[], "[]"],
    [{ gone: undefined, kept: "x" }, '{ kept: "x" }'],
    ["a\n“b”", '"a\\n“b”"'],
    [{ long: "x".repeat(90) }, `{\n  long: "${"x".repeat(90)}",\n}`],
  ])("%j", (value, source) => expect(toSource(value)).toBe(source));

  it("is one word of a shell", () => expect(toShell("it's")).toBe("'it'\\''s'"));

  it("means the same inside a script element", () => {
    const text = "</script><!--<script>";
    expect(JSON.parse(escapeHTML(JSON.stringify(text)).replace("\\!", "!"))).toBe(text);
  });
});
