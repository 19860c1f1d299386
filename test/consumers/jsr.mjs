/** What JSR would say to the sources. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "./project.mjs";

const root = new URL("../../", import.meta.url);
const version = async (file) => JSON.parse(await readFile(new URL(file, root), "utf8")).version;

async function publish() {
  const [jsr, npm] = [await version("jsr.json"), await version("package.json")];
  if (jsr !== npm) throw new Error(`jsr.json says ${jsr}, package.json ${npm}`);
  const deno = new URL(`test/runtimes/node_modules/@deno/linux-${process.arch}-glibc/deno`, root);
  // Without --allow-slow-types, types that are slow to check are errors.
  await run(fileURLToPath(deno), ["publish", "--dry-run", "--allow-dirty"], { cwd: fileURLToPath(root) });
  return "no slow types, nothing to complain of";
}

/** @type {import("./checks.mjs").Check[]} */
export const jsr = [{ name: "deno publish --dry-run", run: publish }];
