/**
 * What the types cost the compiler: a generated program of many modules that call, stream and run tools, checked by tsc
 * with this library's types, with those of the `openai` package, and with none.
 *
 *     node test/bench/types.mjs [<number of modules>]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const moduleCount = Number(process.argv[2] ?? 500);

/** The parts of the program that differ between the libraries. */
const LIBRARIES = {
  "no library": {
    imports: `
type Request = { model: string; messages: Message[]; temperature?: number; tools?: unknown[]; response_format?: unknown };
type Message = { role: string; content: string | null; tool_call_id?: string; tool_calls?: Call[] };
type Call = { id: string; type: "function"; function: { name: string; arguments: string } };
type Reply = { choices: { message: Message; finish_reason: string }[]; usage?: { total_tokens: number } };
type Chunk = { choices: { delta: { content?: string } }[] };
declare function whole(request: Request): Promise<Reply>;
declare function pieces(request: Request): AsyncIterable<Chunk>;`,
    whole: "whole",
    pieces: "pieces",
    calls: "message.tool_calls ?? []",
  },
  "baseten-fetch": {
    imports: `
import { completion, stream } from "baseten-fetch";
import type { ChatRequest as Request, Message } from "baseten-fetch";`,
    whole: "completion",
    pieces: "stream",
    calls: "message.tool_calls ?? []",
  },
  openai: {
    imports: `
import OpenAI from "openai";
type Request = OpenAI.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.ChatCompletionMessageParam;
const client = new OpenAI();
const pieces = async function* (request: Request) { yield* await client.chat.completions.create({ ...request, stream: true }); };`,
    whole: "client.chat.completions.create",
    pieces: "pieces",
    calls: 'message.tool_calls?.filter((call) => call.type === "function") ?? []',
  },
};

/** The text of one module of the program. */
function renderModule({ imports, whole, pieces, calls }, index) {
  return `${imports}
const history: Message[] = [
  { role: "system", content: "You are number ${index}." },
  { role: "user", content: "Hello" },
  { role: "assistant", content: null, tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }] },
  { role: "tool", tool_call_id: "a", content: "${index}" },
];
export const request${index}: Request = {
  model: "baseten/openai/gpt-oss-120b",
  messages: history,
  temperature: 0.${index},
  tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { n: { type: "number" } } } } }],
  response_format: { type: "json_schema", json_schema: { name: "s", strict: true, schema: { type: "object" } } },
};
export async function ask${index}(question: string): Promise<string> {
  const { choices, usage } = await ${whole}({ ...request${index}, messages: [...history, { role: "user", content: question }] });
  return \`\${choices[0]?.message.content ?? ""} \${usage?.total_tokens}\`;
}
export async function watch${index}(): Promise<number> {
  let length = 0;
  for await (const { choices } of ${pieces}({ model: "m", messages: history })) length += choices[0]?.delta.content?.length ?? 0;
  return length;
}
export async function work${index}(run: (name: string, args: unknown) => string): Promise<void> {
  const { choices } = await ${whole}(request${index});
  for (const { message } of choices) {
    history.push(message);
    for (const call of ${calls}) {
      const content = run(call.function.name, JSON.parse(call.function.arguments));
      history.push({ role: "tool", tool_call_id: call.id, content });
    }
  }
}
`;
}

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  module: "nodenext",
  target: "es2022",
  lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
  types: [],
  skipLibCheck: true,
  noEmit: true,
};

/** Compiles the program with one library. @returns {Record<string, string>} tsc's diagnostics. */
function measureProgram(folder, name) {
  const projectFolder = join(folder, name.replace(" ", "-"));
  mkdirSync(projectFolder);
  writeFileSync(join(projectFolder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(projectFolder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  for (let index = 0; index < moduleCount; index++)
    writeFileSync(join(projectFolder, `module${index}.ts`), renderModule(LIBRARIES[name], index));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const output = execFileSync(process.execPath, [tsc, "-p", projectFolder, "--extendedDiagnostics"], {
    encoding: "utf8",
  });
  return Object.fromEntries([...output.matchAll(/^(.+?): +(\S+)$/gm)].map(([, key, value]) => [key, value]));
}

const folder = mkdtempSync(join(tmpdir(), "types-"));
try {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/baseten-fetch"), "junction");
  symlinkSync(join(root, "node_modules/openai"), join(folder, "node_modules/openai"), "junction");
  const columns = ["Types", "Instantiations", "Memory used", "Check time", "Total time"];
  console.log(`A program of ${moduleCount} modules, checked by tsc.\n`);
  console.log(`| | ${columns.join(" | ")} |\n|---|${columns.map(() => "---:|").join("")}`);
  for (const name of Object.keys(LIBRARIES)) {
    const diagnostics = measureProgram(folder, name);
    console.log(`| ${name} | ${columns.map((column) => diagnostics[column]).join(" | ")} |`);
  }
} catch (error) {
  console.error(error.stdout ?? error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
