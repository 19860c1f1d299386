/** The rivals' own installation, in this folder alone: `npm ci` of its lock file, which holds a Node as well. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => new URL(path, import.meta.url);

/** Installs what `package-lock.json` says, unless it is there. */
export function install() {
  if (existsSync(here("node_modules/.package-lock.json"))) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync(npm, options, { cwd: here("."), stdio: ["ignore", "inherit", "inherit"], shell: npm.endsWith(".cmd") });
}

/**
 * The Node that all clients are run with: the installed one, else the current one (22 or later, as openai and ai want).
 *
 * @returns {string} The path of an executable.
 */
export function runtime() {
  const installed = here(`node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(installed)) return fileURLToPath(installed);
  if (Number.parseInt(process.versions.node, 10) >= 22) return process.execPath;
  throw new Error("Some of the clients need Node 22 or later.");
}

/** The version of that Node. @returns {string} */
export function runtimeVersion() {
  return execFileSync(runtime(), ["--version"], { encoding: "utf8" }).trim().slice(1);
}

/**
 * Names and installed versions of packages, such as `openai 7.57.0`.
 *
 * @param {readonly string[]} packages
 * @returns {string[]}
 */
export function versions(packages) {
  const read = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), "utf8")).version;
  return packages.map((name) => `${name} ${read(name)}`);
}
