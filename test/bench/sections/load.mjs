import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { formatSpread, getDifferences } from "../speed/measure.mjs";

export const title = "Import";
export const note = "ms by the clock that `import` takes in a fresh process, beyond those of an empty module.";
export const columns = ["ms"];

const built = (file) => new URL(`../../../dist/${file}`, import.meta.url).href;
const modules = {
  "baseten-fetch": [built("index.js")],
  "baseten-fetch, minified": [built("index.min.js")],
  "eventsource-parser": ["eventsource-parser"],
  "fetch-event-stream": ["fetch-event-stream"],
  openai: ["openai"],
  xsai: ["@xsai/stream-text"],
  ai: ["ai", "@ai-sdk/baseten"],
  "openai-fetch": ["openai-fetch"],
};
const empty = "data:text/javascript,";
const PROCESSES = 15;

export const readers = Object.keys(modules);

/** The ms of one import. Other clients are resolved from the folder where they are installed. @param {string[]} names */
function timeImport(names) {
  const all = names.map((name) => `import(${JSON.stringify(name)})`);
  const script = `const start = performance.now(); await Promise.all([${all}]); console.log(performance.now() - start);`;
  const cwd = fileURLToPath(new URL("../rivals", import.meta.url));
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd }));
}

/** @param {string} reader */
export async function* measure(reader) {
  timeImport(modules[reader]);
  const kept = Array.from({ length: PROCESSES }, () => [timeImport([empty]), timeImport(modules[reader])]);
  yield formatSpread(getDifferences(kept), 1);
}
