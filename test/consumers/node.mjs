/** The package in Node: by import, and by require from CommonJS. */
import { fileURLToPath } from "node:url";
import { createProject, run } from "./project.mjs";

const call = `
  const request = { model: "baseten/openai/gpt-oss-120b", messages: [{ role: "user", content: "Hello" }] };
  const handler = relay({ apiKey: "key", authorize: () => true, fetch: emulator({ faults: ["503"] }) });
  const fetch = guard({ fetch: (url, init) => handler(new Request(url, init)) });
  completion(request, { baseURL: "http://relay.example/v1", fetch, maxRetries: 0 }).then(
    () => console.log("no error"),
    (error) => console.log(error instanceof BasetenError, error.name, error.status, typeof chatTransport),
  );
`;

const files = {
  "import.mjs": `
import { BasetenError, completion } from "baseten-fetch";
import { chatTransport } from "baseten-fetch/ai-sdk";
import { emulator } from "baseten-fetch/emulator";
import { guard } from "baseten-fetch/guard";
import { relay } from "baseten-fetch/relay";
${call}`,
  "require.cjs": `
const { BasetenError, completion } = require("baseten-fetch");
const { chatTransport } = require("baseten-fetch/ai-sdk");
const { emulator } = require("baseten-fetch/emulator");
const { guard } = require("baseten-fetch/guard");
const { relay } = require("baseten-fetch/relay");
${call}`,
};

let projectFolder;

async function runInNode(major, file) {
  projectFolder ??= createProject("node", files);
  const url = new URL(`../runtimes/node_modules/node${major}-${process.arch}/bin/node`, import.meta.url);
  const output = await run(fileURLToPath(url), [file], { cwd: await projectFolder });
  if (output !== "true InternalServerError 503 function") throw new Error(output);
  return "client, guard, relay and emulator work together, and their errors are of one class";
}

/** @type {import("./checks.mjs").Check[]} */
export const node = [20, 22, 24, 26].flatMap((major) => [
  { name: `import in Node ${major}`, run: () => runInNode(major, "import.mjs") },
  { name: `require in Node ${major}`, run: () => runInNode(major, "require.cjs") },
]);
