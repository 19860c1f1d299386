/**
 * What the types cost the compiler: a generated program of many modules that call, stream and run tools, checked by tsc
 * with this library's types, with those of the `openai` package, and with none.
 *
 *     node test/bench/types.mjs [<modules>]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = Number(process.argv[2] ?? 500);

/** How the same program says it, in the words of each library. */
const libraries = {
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

/** One module of the program. */
function source({ imports, whole, pieces, calls }, at) {
  return `${imports}
const history: Message[] = [
  { role: "system", content: "You are number ${at}." },
  { role: "user", content: "Hello" },
  { role: "assistant", content: null, tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }] },
  { role: "tool", tool_call_id: "a", content: "${at}" },
];
export const request${at}: Request = {
  model: "baseten/openai/gpt-oss-120b",
  messages: history,
  temperature: 0.${at},
  tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { n: { type: "number" } } } } }],
  response_format: { type: "json_schema", json_schema: { name: "s", strict: true, schema: { type: "object" } } },
};
export async function ask${at}(question: string): Promise<string> {
  const { choices, usage } = await ${whole}({ ...request${at}, messages: [...history, { role: "user", content: question }] });
  return \`\${choices[0]?.message.content ?? ""} \${usage?.total_tokens}\`;
}
export async function watch${at}(): Promise<number> {
  let length = 0;
  for await (const { choices } of ${pieces}({ model: "m", messages: history })) length += choices[0]?.delta.content?.length ?? 0;
  return length;
}
export async function work${at}(run: (name: string, args: unknown) => string): Promise<void> {
  const { choices } = await ${whole}(request${at});
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

/** What tsc says of one program. @returns {Record<string, string>} */
function measure(folder, name) {
  const place = join(folder, name.replace(" ", "-"));
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  for (let at = 0; at < modules; at++) writeFileSync(join(place, `module${at}.ts`), source(libraries[name], at));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const said = execFileSync(process.execPath, [tsc, "-p", place, "--extendedDiagnostics"], { encoding: "utf8" });
  return Object.fromEntries([...said.matchAll(/^(.+?): +(\S+)$/gm)].map(([, key, value]) => [key, value]));
}

const folder = mkdtempSync(join(tmpdir(), "types-"));
try {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/baseten-fetch"), "junction");
  symlinkSync(join(root, "node_modules/openai"), join(folder, "node_modules/openai"), "junction");
  const columns = ["Types", "Instantiations", "Memory used", "Check time", "Total time"];
  console.log(`A program of ${modules} modules, checked by tsc.\n`);
  console.log(`| | ${columns.join(" | ")} |\n|---|${columns.map(() => "---:|").join("")}`);
  for (const name of Object.keys(libraries)) {
    const said = measure(folder, name);
    console.log(`| ${name} | ${columns.map((column) => said[column]).join(" | ")} |`);
  }
} catch (error) {
  console.error(error.stdout ?? error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
