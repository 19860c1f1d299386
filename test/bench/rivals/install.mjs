/** The rivals' own installation, in this folder alone: `npm ci` of its lock file, which holds a Node as well. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => new URL(path, import.meta.url);
const stamp = here("node_modules/.installed");

/** Installs what `package-lock.json` says, unless exactly that is installed. */
export function install() {
  const hash = createHash("sha256")
    .update(readFileSync(here("package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync(npm, options, { cwd: here("."), stdio: ["ignore", "inherit", "inherit"], shell: npm.endsWith(".cmd") });
  writeFileSync(stamp, hash);
}

/**
 * The Node that all clients run on: the installed one, else the current one (22 or later, as openai and ai require).
 *
 * @returns {string} The path of an executable.
 */
export function findNode() {
  const installed = here(`node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(installed)) return fileURLToPath(installed);
  if (Number.parseInt(process.versions.node, 10) >= 22) return process.execPath;
  throw new Error("Some of the clients need Node 22 or later.");
}

/** The version of that Node. @returns {string} */
export function nodeVersion() {
  return execFileSync(findNode(), ["--version"], { encoding: "utf8" }).trim().slice(1);
}

/** The installed version of a package. @param {string} name @returns {string} */
export function packageVersion(name) {
  return JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), "utf8")).version;
}
