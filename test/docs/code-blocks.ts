/** The code blocks of the documents, as modules that can be compiled and run. */

import { readdirSync, readFileSync } from "node:fs";
import * as aiSDK from "../../src/ai-sdk/index.js";
import * as emulator from "../../src/emulator/index.js";
import * as guard from "../../src/guard/index.js";
import * as client from "../../src/index.js";
import * as relay from "../../src/relay/index.js";

/** A block of TypeScript or JavaScript in a Markdown file, or the module script of a block of HTML. */
export interface CodeBlock {
  /** Such as `docs/tools.md:12`. */
  name: string;
  /** The name of the module to write, such as `tools-12.ts`. */
  file: string;
  code: string;
  /** Whether `<!-- types only -->` stands on a line before, or it is a page's: the block is compiled, and not run. */
  isTypesOnly: boolean;
}

const ROOT = new URL("../../", import.meta.url);
const BLOCK = /(?<marker><!-- types only -->\s+)?^```(?<language>ts|js|html)\n(?<text>[\s\S]*?)^```$/gm;
const MODULE_SCRIPT = /<script type="module">([\s\S]*?)<\/script>/;

/** The entries of the package, and what each exports. */
const ENTRIES: Record<string, object> = {
  "baseten-fetch": client,
  "baseten-fetch/ai-sdk": aiSDK,
  "baseten-fetch/emulator": emulator,
  "baseten-fetch/guard": guard,
  "baseten-fetch/relay": relay,
};

/** The types that the client exports, by its declarations. */
const CLIENT_TYPES = [
  ...readFileSync(new URL("dist/index.d.ts", ROOT), "utf8").matchAll(/^export declare (?:interface|type) (\w+)/gm),
].map(([, name = ""]) => name);

/** The names that a block imports or declares itself. */
function declaredNames(code: string): Set<string> {
  const lists = [...code.matchAll(/\b(?:import|import type|const|let) \{([^}]*)\}/g)];
  const names = lists.flatMap(([, list = ""]) => list.split(",")).map((name) => name.replace(/\btype /, "").trim());
  const declarations = [...code.matchAll(/\b(?:const|let|function) (\w+)/g)].map(([, name = ""]) => name);
  return new Set([...names, ...declarations]);
}

/** A block may leave out imports that the reader has seen before: those of the package are added. */
function addImports(code: string): string {
  const declared = declaredNames(code);
  const isMissing = (name: string) => !declared.has(name) && new RegExp(`(?<![.\\w"])${name}\\b(?!:)`).test(code);
  const lines = Object.entries(ENTRIES).map(([entry, exports]) => {
    const types = entry === "baseten-fetch" ? CLIENT_TYPES.filter(isMissing).map((name) => `type ${name}`) : [];
    const names = [...Object.keys(exports).filter(isMissing), ...types];
    return names.length > 0 ? `import { ${names.join(", ")} } from "${entry}";\n` : "";
  });
  // A module, so that `await` may stand at its top.
  return `${lines.join("")}${code}\nexport {};\n`;
}

/** Returns the blocks of a Markdown file, whose path is relative to the repository. */
function readBlocks(path: string): CodeBlock[] {
  const markdown = readFileSync(new URL(path, ROOT), "utf8");
  return [...markdown.matchAll(BLOCK)].map(({ index, groups }) => {
    const { text = "", marker, language } = groups ?? {};
    const code = language === "html" ? (MODULE_SCRIPT.exec(text)?.[1] ?? "") : text;
    const line = markdown.slice(0, index).split("\n").length;
    const file = `${path.replace(/^docs\/|\.md$/g, "")}-${line}.ts`;
    const isTypesOnly = marker !== undefined || language === "html";
    return { name: `${path}:${line}`, file, code: addImports(code), isTypesOnly };
  });
}

/** Returns all blocks of the README and of docs/. */
export function readAllBlocks(): CodeBlock[] {
  const pages = readdirSync(new URL("docs/", ROOT)).filter((file) => file.endsWith(".md"));
  return ["README.md", ...pages.map((page) => `docs/${page}`)].flatMap(readBlocks);
}

/** The example that docs/tools.md links to: a whole program. */
export function readAssistant(): CodeBlock {
  const name = "demo/examples/assistant.ts";
  const code = readFileSync(new URL(name, ROOT), "utf8");
  return { name, file: "assistant.ts", code, isTypesOnly: false };
}
