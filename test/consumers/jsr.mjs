/** A dry run of publishing the sources to JSR. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "./project.mjs";

const root = new URL("../../", import.meta.url);
const readVersion = async (file) => JSON.parse(await readFile(new URL(file, root), "utf8")).version;

async function dryRunPublish() {
  const [jsr, npm] = [await readVersion("jsr.json"), await readVersion("package.json")];
  if (jsr !== npm) throw new Error(`version ${jsr} in jsr.json, ${npm} in package.json`);
  const deno = new URL(`test/runtimes/node_modules/@deno/linux-${process.arch}-glibc/deno`, root);
  // Without --allow-slow-types, types that are slow to check are errors.
  await run(fileURLToPath(deno), ["publish", "--dry-run", "--allow-dirty"], { cwd: fileURLToPath(root) });
  return "no slow types, no warnings";
}

/** @type {import("./checks.mjs").Check[]} */
export const jsr = [{ name: "deno publish --dry-run", run: dryRunPublish }];
