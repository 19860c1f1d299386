/** The packages of the frameworks, in this folder alone: `npm ci` of its lock file. */
import { existsSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPackages } from "../runtimes/install.mjs";

const folder = new URL(".", import.meta.url);

/** Installs what `package-lock.json` says, unless it is there, and links this package beside it under its own name. */
export default async function install() {
  await installPackages(folder);
  const link = new URL("node_modules/baseten-fetch", folder);
  if (!existsSync(link)) symlinkSync(fileURLToPath(new URL("../..", folder)), fileURLToPath(link), "junction");
}
