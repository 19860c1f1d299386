import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { type Language, writeCode } from "../../demo/call/code-samples.js";
import type { Form } from "../../demo/call/form.js";
import type { Plan } from "../../demo/call/plan.js";
import { previewRequest, runTurn } from "../../demo/call/run-turn.js";
import { escapeScript, toShell, toSource } from "../../demo/call/source-code.js";
import { createTurn } from "../../demo/call/turn.js";
import { ENVIRONMENT, KEY, PUBLISHED, plan } from "./fixtures.js";

const execute = promisify(execFile);

interface Case extends Partial<Form> {
  message?: string;
}

const QUOTES = 'It\'s "quoted", `ticked` and $HOME and a </script> \\ backslash\nor two lines';

const CASES: Case[] = [
  {},
  { message: QUOTES },
  { model: "baseten/abcd1234", environment: "staging", endpoint: "direct" },
  { endpoint: "relay" },
  { endpoint: "custom", url: "https://gateway.example/v1" },
  { model: "litellm_proxy/my-model", endpoint: "custom", url: "http://localhost:4000" },
  { scenario: "stalled" },
  { offersTool: true },
  { offersTool: true, endpoint: "relay" },
];

const planFor = ({ message = "Hello", ...fields }: Case) => plan(fields, message);

async function code(of: Plan): Promise<Record<Language, string>> {
  return writeCode(of, await previewRequest(of), PUBLISHED);
}

/** The body of the first request that the page sends for a plan. */
async function sentBody(of: Plan): Promise<unknown> {
  vi.stubGlobal("fetch", async () => new Response("data: [DONE]\n\n"));
  const turn = createTurn({ question: "", endpoint: "emulator", scenario: "normal" });
  const stop = new AbortController();
  const onChange = () => turn.marks.length > 1 && stop.abort();
  await runTurn(turn, of, { readKey: () => KEY, signal: stop.signal, onChange });
  return JSON.parse(turn.marks[0]?.request?.body ?? "");
}

describe("the call as code", () => {
  it.each(CASES)("by curl sends the body that the page sends (%o)", async (fields) => {
    const { curl } = await code(planFor(fields));
    const script = curl.replace(/^curl/m, "curl() { for last; do :; done; printf '%s' \"$last\"; }\ncurl");
    const { stdout } = await execute("bash", ["-c", script]);
    expect(JSON.parse(stdout)).toEqual(await sentBody(planFor(fields)));
  });

  it("compiles as strict TypeScript, whatever the fields", async () => {
    const folder = await mkdtemp(join(import.meta.dirname, "sample-"));
    try {
      const tsconfig = { extends: "../../tsconfig.json", include: ["."] };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
      const samples = await Promise.all(CASES.map((fields) => code(planFor(fields))));
      await Promise.all(samples.map(({ typescript }, at) => writeFile(join(folder, `${at}.ts`), typescript)));
      const tsc = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
      const result = await execute(process.execPath, [tsc, "-p", folder]).catch((error: { stdout: string }) => error);
      expect(result.stdout).toBe("");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each<[language: Language, fields: Case, holds: string[], lacks: string[]]>([
    ["typescript", {}, ["baseten-fetch/emulator", "emulator({ tokensPerSecond: 1000 })", "catch (error)"], ["apiKey"]],
    ["typescript", { endpoint: "direct" }, ["} catch (error) {"], ["apiKey", "emulator", "options"]],
    ["typescript", { endpoint: "relay" }, ["apiKey: process.env.BASETEN_API_KEY"], ["emulator"]],
    ["typescript", { model: "litellm_proxy/x", endpoint: "custom", url: "http://a" }, ["LITELLM_PROXY_API_KEY"], []],
    ["typescript", { offersTool: true }, ["runTools(request, tools, options)", "execute: async"], ["stream"]],
    ["deno", { endpoint: "direct" }, ["--allow-net", "--allow-env=BASETEN_API_KEY", "npm:baseten-fetch"], []],
    ["deno", {}, ["// deno run call.ts", "npm:baseten-fetch/emulator"], ["--allow"]],
    ["script", { endpoint: "direct" }, ['integrity="sha384-abc"', 'baseURL: "/v1"'], ["apiKey", "ChatRequest"]],
    ["script", { endpoint: "custom", url: "https://a.example/v1" }, ['baseURL: "https://a.example/v1"'], ["apiKey"]],
    // The script-tag file has no runTools: its module is imported.
    ["script", { offersTool: true }, ["import { ", "runTools", "/index.min.js"], ["basetenFetch"]],
    ["curl", { endpoint: "direct" }, ["Bearer $BASETEN_API_KEY", "https://inference.baseten.co/v1/"], []],
    ["curl", { model: "" }, ["# Refused before it is sent.", "BadRequestError: model: "], ["curl --no-buffer"]],
  ])("in %s for %o", async (language, fields, holds, lacks) => {
    const sample = (await code(planFor(fields)))[language];
    for (const text of holds) expect(sample).toContain(text);
    for (const text of lacks) expect(sample).not.toContain(text);
  });

  it("names no key where the relay has its own", async () => {
    const samples = await code(plan({ endpoint: "relay" }, "Hello", { ...ENVIRONMENT, relay: "keyed" }));
    expect(JSON.stringify(samples)).not.toContain("API_KEY");
  });

  it("cannot end its script element early", async () => {
    const { script } = await code(planFor({ message: "</script><!--" }));
    expect(script.match(/<\/script>/g)).toHaveLength(2);
    expect(script).not.toContain("<!--");
  });
});

describe("a value as source code", () => {
  it.each([
    [{ a: 1, "b-c": [true, null] }, '{ a: 1, "b-c": [true, null] }'],
    [{}, "{}"],
    [[], "[]"],
    [{ gone: undefined, kept: "x" }, '{ kept: "x" }'],
    ["a\n“b”", '"a\\n“b”"'],
    [{ long: "x".repeat(90) }, `{\n  long: "${"x".repeat(90)}",\n}`],
  ])("%j is %s", (value, source) => expect(toSource(value)).toBe(source));

  it("is one word of a shell", () => expect(toShell("it's")).toBe("'it'\\''s'"));

  it("means the same inside a script element", () => {
    const text = "</script><!--<script>";
    expect(JSON.parse(escapeScript(JSON.stringify(text)).replace("\\!", "!"))).toBe(text);
  });
});
