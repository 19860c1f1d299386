/** A strict program that uses the package, compiled as its users compile it. */
import { fileURLToPath } from "node:url";
import { createProject, run } from "./project.mjs";

const COMPILERS = { "TypeScript 7": "typescript", "TypeScript 5": "typescript-5" };

const program = `
import {
  BasetenError, collect, completion, cost, embed, fallback, models, parse, route, runTools, stream, text, toReadableStream, wake,
} from "baseten-fetch";
import type { ChatCompletion, ChatRequest, Fetch, Options, Route, ToolEvent } from "baseten-fetch";
import { chatTransport, toUIMessageStreamResponse } from "baseten-fetch/ai-sdk";
import { emulator, type EmulatorOptions } from "baseten-fetch/emulator";
import { guard } from "baseten-fetch/guard";
import { relay, type RelayOptions } from "baseten-fetch/relay";

const bad: EmulatorOptions = { faults: ["429", "truncate", null], apiKeys: ["key"] };
const fetch: Fetch = guard({ fetch: emulator(bad), timeout: { idle: 1_000 } });
const closed: RelayOptions = { apiKey: async () => "key", authorize: () => true, fetch };
const handler: (request: Request) => Promise<Response> = relay(closed);
const options: Options = { fetch: (input, init) => handler(new Request(String(input), init)), baseURL: "http://relay.example/v1" };
const request: ChatRequest = {
  model: "baseten/openai/gpt-oss-120b",
  messages: [{ role: "system", content: "Be kind." }, { role: "user", content: [{ type: "text", text: "Hello" }] }],
  tools: [{ type: "function", function: { name: "now", parameters: { type: "object", properties: {} } } }],
  top_k: 5,
  unknown_field: { goes: "through" },
};

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

/** The functions beyond chat. */
export async function beyond(): Promise<Response[]> {
  const { value }: { value: unknown } = await parse(request, schema, options);
  const tools = { weather: { parameters: schema, execute: (_args: unknown, { signal }: { signal: AbortSignal }) => signal.aborted } };
  const events: ToolEvent[] = [];
  for await (const event of runTools(request, tools, { ...options, maxSteps: 2 })) events.push(event);
  const whole: ChatCompletion = await fallback([request.model], (model) => completion({ ...request, model }, options));
  const [model] = await models(options);
  const dollars: number | undefined = cost(whole.usage, model?.pricing);
  const { data } = await embed({ model: "baseten/abcd1234", input: ["a", "b"] }, options);
  await wake("baseten/abcd1234", options);
  console.log(value, dollars, data.length, chatTransport({ model: request.model }, options));
  return [new Response(toReadableStream(stream(request, options))), toUIMessageStreamResponse(stream(request, options))];
}

export async function main(): Promise<string> {
  const where: Route = route(request.model, { deployment: { modelId: "abcd1234", regional: undefined } });
  try {
    const whole: ChatCompletion = await completion(request, options);
    for await (const { choices } of stream(request, options)) console.log(choices[0]?.delta.content?.length);
    for await (const piece of text(stream(request, options))) console.log(piece.length);
    const { usage } = await collect(stream(request, options));
    return [whole.choices[0]?.message.tool_calls?.[0]?.function.name, usage?.total_tokens, where.kind].join();
  } catch (error) {
    if (error instanceof BasetenError && error.name === "RateLimitError") return String(error.retryAfter);
    throw error;
  }
}
`;

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  // The package's own declarations are checked too.
  skipLibCheck: false,
  noEmit: true,
  target: "es2022",
  lib: ["es2022"],
};
const browser = { lib: ["es2022", "dom", "dom.iterable"], types: [] };

/** How a program resolves modules, and where the types of `fetch` come from. */
const settings = {
  nodenext: { module: "nodenext", ...browser },
  node16: { module: "node16", ...browser },
  bundler: { module: "esnext", moduleResolution: "bundler", ...browser },
  "nodenext, Node's types alone": { module: "nodenext", types: ["node"] },
  "nodenext, Bun's types": { module: "nodenext", types: ["bun"] },
  "bundler, the types of Workers": {
    module: "esnext",
    moduleResolution: "bundler",
    types: ["@cloudflare/workers-types"],
  },
};

async function compile(compiler, name) {
  const here = (path) => fileURLToPath(new URL(path, import.meta.url));
  const compilerOptions = {
    ...strict,
    ...settings[name],
    typeRoots: [here("node_modules/@types"), here("node_modules")],
  };
  const files = { "main.ts": program, "tsconfig.json": JSON.stringify({ compilerOptions, files: ["main.ts"] }) };
  const folder = await createProject(`${compiler}-${name.replace(/\W+/g, "-")}`, files);
  await run(process.execPath, [here(`node_modules/${compiler}/bin/tsc`), "-p", folder]);
  return "compiles, strict, its declarations checked";
}

/** @type {import("./checks.mjs").Check[]} */
export const typescript = Object.entries(COMPILERS).flatMap(([label, compiler]) =>
  Object.keys(settings).map((name) => ({ name: `${label}, ${name}`, run: () => compile(compiler, name) })),
);
