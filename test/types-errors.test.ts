import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "types-errors-"));
afterAll(() => rmSync(folder, { recursive: true }));

const user = (fields: string) => `{ model: "m", messages: [{ role: "user", ${fields} }] }`;

/** A request, and what the compiler's message about it must hold; nothing if it compiles. */
const cases: [string, string, string[]][] = [
  ["a request", user('content: "Hello"'), []],
  ["a request with fields that are not known", `{ ...${user('content: "Hello", x: 1')}, y: 2 }`, []],
  ["fields that are undefined", `{ ...${user('content: "Hello", name: undefined')}, signal: undefined }`, []],
  ["a user's message with content of the wrong type", user("content: 5"), ["'number' is not assignable"]],
  ["a user's message without content", user(""), ["'content'", "UserMessage"]],
  ["a message without a role", '{ model: "m", messages: [{ content: "Hello" }] }', ["'role'", "UserMessage"]],
  ["a signal in the request", `{ ...${user('content: "Hello"')}, signal }`, ["'AbortSignal' is not assignable"]],
];

const program = [
  `import { completion } from ${JSON.stringify(join(root, "src/index.ts"))}; declare const signal: AbortSignal;`,
  ...cases.map(([, request], number) => `export const reply${number} = completion(${request});`),
].join("\n");

/** What tsc says of each case, by the line that it is on. */
async function compile(exactOptionalPropertyTypes: boolean): Promise<string[]> {
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes, noEmit: true, skipLibCheck: true, types: [] },
    ...{ target: "es2022", module: "nodenext", lib: ["es2022", "dom", "dom.iterable"] },
    allowImportingTsExtensions: true,
  };
  const place = mkdtempSync(join(folder, "project-"));
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  writeFileSync(join(place, "main.ts"), program);
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  // It fails where there are errors, which is what the test is for.
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", place]).catch((error) => error);
  const errors: string[] = stdout.split(/^(?=\S)/m);
  return cases.map((_, number) => errors.filter((error) => error.includes(`main.ts(${number + 2},`)).join(""));
}

describe.each([true, false])("with exactOptionalPropertyTypes %s, the compiler", (exact) => {
  const errors = compile(exact);

  it.each(cases.map(([name, , words], number) => ({ name, words, number })))(
    "says what is wrong with $name, if anything is",
    async ({ words, number }) => {
      const error = (await errors)[number];
      if (words.length === 0) expect(error).toBe("");
      for (const word of words) expect(error).toContain(word);
    },
  );
});
