import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { differences, show } from "../speed/measure.mjs";

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
const processes = 15;

export const readers = Object.keys(modules);

/** The ms of one import. The peers are found from the folder where they are installed. @param {string[]} names */
function time(names) {
  const all = names.map((name) => `import(${JSON.stringify(name)})`);
  const script = `const start = performance.now(); await Promise.all([${all}]); console.log(performance.now() - start);`;
  const cwd = fileURLToPath(new URL("../rivals", import.meta.url));
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd }));
}

/** @param {string} reader */
export async function* measure(reader) {
  time(modules[reader]);
  const kept = Array.from({ length: processes }, () => [time([empty]), time(modules[reader])]);
  yield show(differences(kept), 1);
}
