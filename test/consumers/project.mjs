/** New projects with the package installed from its tarball, as users have it. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const exec = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "consumers-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Runs a program; if it fails, its output is the error. @returns {Promise<string>} its output */
export async function run(program, args, options) {
  try {
    return (await exec(program, args, options)).stdout.trim();
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}\n${error.stdout ?? ""}${error.stderr ?? error.message}`);
  }
}

async function pack() {
  await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: root });
  const file = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  return join(folder, file);
}

let packedFile;

/** Packs the package, once. @returns {Promise<string>} the path of the tarball */
export function packTarball() {
  packedFile ??= pack();
  return packedFile;
}

/**
 * Creates a project of these files, with the package installed and nothing else.
 *
 * @param {string} name
 * @param {Record<string, string>} files
 * @param {object} [manifest] more of its package.json
 * @returns {Promise<string>} its folder
 */
export async function createProject(name, files, manifest) {
  const projectFolder = join(folder, name);
  const all = { "package.json": JSON.stringify({ name, private: true, type: "module", ...manifest }), ...files };
  for (const [file, text] of Object.entries(all)) {
    await mkdir(dirname(join(projectFolder, file)), { recursive: true });
    await writeFile(join(projectFolder, file), text);
  }
  const options = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["install", ...options, await packTarball()], { cwd: projectFolder });
  return projectFolder;
}
