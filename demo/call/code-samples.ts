import { isProxied } from "./form.ts";
import type { Plan } from "./plan.ts";
import { describeError, type SentRequest } from "./recorder.ts";
import { escapeScript, toShell, toSource, writeList } from "./source-code.ts";
import { WEATHER_TOOL } from "./weather-tool.ts";

/** The languages that a call is written in. */
export type Language = "typescript" | "script" | "deno" | "curl";

/** The file of the published package that a script tag loads. */
export interface PublishedScript {
  url: string;
  integrity: string;
}

/** How a language reads the API key, imports the package and writes a piece of the answer. */
interface Dialect {
  from: string;
  key: string;
  write: (text: string) => string;
  /** Whether types may be written. */
  typed: boolean;
}

function findKeyVariable({ request }: Plan): string {
  return isProxied(request.model) ? "LITELLM_PROXY_API_KEY" : "BASETEN_API_KEY";
}

function listImports({ offersTool }: Plan): string[] {
  return offersTool ? ["BasetenError", "runTools"] : ["BasetenError", "stream", "text"];
}

/** The client reads the key from the environment by itself, unless a base URL is given. */
function writeOptions({ options, emulator, sendsKey }: Plan, key: string): string {
  const lines = Object.entries(options).map(([name, value]) => `${name}: ${toSource(value)}`);
  if (sendsKey && options.baseURL !== undefined && key) lines.push(`apiKey: ${key}`);
  if (emulator) lines.push(`fetch: emulator(${toSource(emulator)})`);
  return lines.length > 0 ? `const options = ${writeList(lines, ["{ ", " }"])};` : "";
}

function writeTools(typed: boolean): string {
  const { execute: _, ...tool } = WEATHER_TOOL.get_weather;
  const execute = `async (args${typed ? ": unknown" : ""}) => ({ args, temperature: "18 °C" })`;
  const fields = toSource(tool, 1).replace(/\n {2}}$/, `\n    execute: ${execute},\n  }`);
  return `const tools = {\n  get_weather: ${fields},\n};`;
}

function writeLoop({ offersTool }: Plan, hasOptions: boolean, write: Dialect["write"]): string[] {
  const options = hasOptions ? ", options" : "";
  if (!offersTool)
    return [`  for await (const piece of text(stream(request${options}))) {`, `    ${write("piece")}`, "  }"];
  return [
    `  for await (const event of runTools(request, tools${options})) {`,
    `    if (event.type === "chunk") ${write('event.chunk.choices[0]?.delta.content ?? ""')}`,
    '    if (event.type === "tool-call") console.log(event.call.function);',
    "  }",
  ];
}

/** The call itself, which is the same in every language that runs JavaScript. */
function writeCall(plan: Plan, { key, write, typed }: Dialect): string {
  const options = writeOptions(plan, key);
  return [
    `const request${typed ? ": ChatRequest" : ""} = ${toSource(plan.request)};`,
    ...(options ? [options] : []),
    ...(plan.offersTool ? [writeTools(typed)] : []),
    "",
    "try {",
    ...writeLoop(plan, options !== "", write),
    "} catch (error) {",
    "  if (!(error instanceof BasetenError)) throw error;",
    "  console.error(error.name, error.message);",
    "}",
  ].join("\n");
}

function writeModule(plan: Plan, dialect: Dialect): string {
  const names = [...listImports(plan), "type ChatRequest"].sort((a, b) => a.localeCompare(b));
  const emulator = plan.emulator ? `import { emulator } from "${dialect.from}/emulator";\n` : "";
  return `import { ${names.join(", ")} } from "${dialect.from}";\n${emulator}\n${writeCall(plan, dialect)}\n`;
}

function writeTypeScript(plan: Plan): string {
  const write = (text: string) => `process.stdout.write(${text});`;
  return writeModule(plan, { from: "baseten-fetch", key: `process.env.${findKeyVariable(plan)}`, write, typed: true });
}

function writeDeno(plan: Plan): string {
  const permissions = plan.emulator ? [] : ["--allow-net"];
  if (plan.sendsKey) permissions.push(`--allow-env=${findKeyVariable(plan)}`);
  const write = (text: string) => `await Deno.stdout.write(new TextEncoder().encode(${text}));`;
  const key = `Deno.env.get("${findKeyVariable(plan)}")`;
  const module = writeModule(plan, { from: "npm:baseten-fetch", key, write, typed: true });
  return `// ${["deno run", ...permissions, "call.ts"].join(" ")}\n${module}`;
}

/** A page must not hold a key, so it calls the relay of its own server unless it is given another URL. */
function writeScriptTag({ emulator: _, ...plan }: Plan, { url, integrity }: PublishedScript): string {
  const page = { ...plan, sendsKey: false, options: { baseURL: plan.options.baseURL ?? "/v1" } };
  const write = (text: string) => `document.body.append(${text});`;
  const names = listImports(plan).join(", ");
  // The script-tag file holds the calls alone: a tool loop comes from the module beside it.
  const classic = [`<script src="${url}"`, `  integrity="${integrity}" crossorigin="anonymous"></script>`];
  return [
    ...(plan.offersTool ? [] : classic),
    '<script type="module">',
    plan.offersTool
      ? `import { ${names} } from "${new URL("index.min.js", url)}";`
      : `const { ${names} } = basetenFetch;`,
    "// The API key stays on a server: this page calls a relay.",
    escapeScript(writeCall(page, { from: "", key: "", write, typed: false })),
    "</script>",
    "",
  ].join("\n");
}

function writeCurl(plan: Plan, request: SentRequest | Error): string {
  if (request instanceof Error) return `# Refused before it is sent.\n# ${describeError(request)}\n`;
  const authorized = plan.sendsKey || plan.emulator;
  return [
    ...(plan.emulator ? ["# The emulator runs in the page; this calls Baseten itself."] : []),
    ...(plan.offersTool ? ["# One request: you run the tool and send its result."] : []),
    `curl --no-buffer ${toShell(request.url)} \\`,
    ...(authorized ? [`  -H "Authorization: Bearer $${findKeyVariable(plan)}" \\`] : []),
    "  -H 'Content-Type: application/json' \\",
    `  -d ${toShell(JSON.stringify(JSON.parse(request.body), null, 2))}`,
    "",
  ].join("\n");
}

/**
 * The call in each language. The API key is in none of them.
 * @param request - the first request of the call, or the error of a call that is refused
 */
export function writeCode(
  plan: Plan,
  request: SentRequest | Error,
  published: PublishedScript,
): Record<Language, string> {
  return {
    typescript: writeTypeScript(plan),
    script: writeScriptTag(plan, published),
    deno: writeDeno(plan),
    curl: writeCurl(plan, request),
  };
}
