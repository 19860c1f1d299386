import { type Route, route } from "baseten-fetch";
import { wordsOf } from "./explain.js";
import { isProxied, type Plan } from "./fields.js";
import { escapeHTML, toShell, toSource } from "./source.js";

/** One call, written down in one language. The key is never in it. */
export interface Snippet {
  id: string;
  label: string;
  code: string;
}

/** The files of the published package that a page may load. */
export interface Published {
  script: string;
  integrity: string;
}

/** The variable that the key is expected in. */
function variable({ request }: Plan): string {
  return isProxied(request.model) ? "LITELLM_PROXY_API_KEY" : "BASETEN_API_KEY";
}

/** Where there is an environment the client finds the key by itself, but a base URL is given none that is not named. */
function namesKey({ options, ownKey }: Plan): boolean {
  return ownKey && options.baseURL !== undefined;
}

function optionsOf({ options, emulator }: Plan, key?: string): string {
  const lines = Object.entries(options).map(([name, value]) => `${name}: ${toSource(value)}`);
  if (key) lines.push(`apiKey: ${key}`);
  if (emulator) lines.push(`fetch: emulator(${toSource(emulator)})`);
  return lines.length > 0 ? `const options = { ${lines.join(", ")} };\n` : "";
}

/** What a call needs by name, in the order of the alphabet. */
function names({ request }: Plan): string {
  return request.tools ? "collect, stream" : "stream, text";
}

/** The call itself: the same in every language that has it. */
function callOf(plan: Plan, type: string, options: string, write: string): string {
  const chunks = `stream(request${options && ", options"})`;
  const use = plan.request.tools
    ? [`const { choices } = await collect(${chunks});`, "console.log(choices[0]?.message.tool_calls);"]
    : [`for await (const piece of text(${chunks})) {`, `  ${write}`, "}"];
  return [`const request${type} = ${toSource(plan.request)};`, options, ...use].join("\n");
}

function module(plan: Plan, from: string, key: string, write: string): string {
  const options = optionsOf(plan, namesKey(plan) ? key : undefined);
  const imports = [
    `import { type ChatRequest, ${names(plan)} } from "${from}";`,
    ...(plan.emulator ? [`import { emulator } from "${from}/emulator";`] : []),
  ];
  return `${imports.join("\n")}\n\n${callOf(plan, ": ChatRequest", options, write)}\n`;
}

function typescript(plan: Plan): string {
  return module(plan, "baseten-fetch", `process.env.${variable(plan)}`, "process.stdout.write(piece);");
}

function deno(plan: Plan): string {
  const net = plan.emulator ? [] : ["--allow-net"];
  const env = plan.ownKey ? [`--allow-env=${variable(plan)}`] : [];
  const run = ["deno run", ...net, ...env, "call.ts"].join(" ");
  const write = "await Deno.stdout.write(new TextEncoder().encode(piece));";
  return `// ${run}\n${module(plan, "npm:baseten-fetch", `Deno.env.get("${variable(plan)}")`, write)}`;
}

/** A page holds no key, so it calls its own server's relay, unless it was told of another address. */
function scriptTag({ emulator: _, ...plan }: Plan, { script, integrity }: Published): string {
  const { baseURL = "/v1", timeout } = plan.options;
  const options = optionsOf({ ...plan, options: { baseURL, ...(timeout && { timeout }) } });
  const call = callOf(plan, "", options, "document.body.append(piece);");
  return [
    `<script src="${script}"`,
    `  integrity="${integrity}" crossorigin="anonymous"></script>`,
    '<script type="module">',
    "// The key stays on a server: this page calls a relay.",
    `const { ${names(plan)} } = basetenFetch;`,
    "",
    escapeHTML(call),
    "</script>",
    "",
  ].join("\n");
}

/** The address of a call, or what is wrong with it. */
function addressOf({ request, options }: Plan): Route | string {
  try {
    return route(request.model, options);
  } catch (error) {
    return wordsOf(error);
  }
}

function curl(plan: Plan): string {
  const { request, emulator, ownKey } = plan;
  const address = addressOf(plan);
  if (typeof address === "string") return `# Refused, and never sent: ${address}\n`;
  const { url, model } = address;
  const body = { ...request, model, stream: true, stream_options: { include_usage: true } };
  return [
    ...(emulator ? ["# The emulator lives in the page: this calls the address itself."] : []),
    `curl --no-buffer ${toShell(url)} \\`,
    ...(ownKey || emulator ? [`  -H "Authorization: Bearer $${variable(plan)}" \\`] : []),
    "  -H 'Content-Type: application/json' \\",
    `  -d ${toShell(JSON.stringify(body, null, 2))}`,
    "",
  ].join("\n");
}

/** The same call in four languages. */
export function snippetsOf(plan: Plan, published: Published): Snippet[] {
  return [
    { id: "typescript", label: "TypeScript", code: typescript(plan) },
    { id: "script", label: "Script tag", code: scriptTag(plan, published) },
    { id: "deno", label: "Deno", code: deno(plan) },
    { id: "curl", label: "curl", code: curl(plan) },
  ];
}
