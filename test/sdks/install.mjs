/** The packages of the other SDKs, in this folder alone: `npm ci` of its lock file, which holds a Node as well. */
import { existsSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPackages } from "../runtimes/install.mjs";

const folder = new URL(".", import.meta.url);

/** Installs what `package-lock.json` says, unless it is there, and links this package beside it under its own name. */
export async function install() {
  await installPackages(folder);
  const link = new URL("node_modules/baseten-fetch", folder);
  if (!existsSync(link)) symlinkSync(fileURLToPath(new URL("../..", folder)), fileURLToPath(link), "junction");
}

/**
 * The Node that the SDKs are run with: the current one if it is 22 or later, as `ai` and `openai` want, else the installed
 * one.
 *
 * @returns {string} the path of an executable
 */
export function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= 22) return process.execPath;
  const installed = new URL(`node_modules/node-${process.platform}-${process.arch}/bin/node`, folder);
  if (existsSync(installed)) return fileURLToPath(installed);
  throw new Error("The SDKs need Node 22 or later.");
}
