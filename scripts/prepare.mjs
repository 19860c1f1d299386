/**
 * Builds `dist` unless it is newer than everything that it is built from. npm runs this after `npm ci`, before it packs,
 * and when the package is installed from git, where nothing is built yet.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const modifiedAt = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const sources = readdirSync(join(root, "src"), { recursive: true }).map((file) => join("src", file));
const inputs = [...sources, "package.json", "tsconfig.json", "rollup.config.mjs"];
// The declarations are what a build writes last.
const builtAt = modifiedAt("dist/ai-sdk.d.ts");

if (inputs.some((path) => modifiedAt(path) > builtAt)) {
  // npm is a script on Windows, which needs a shell. Its output goes to stderr: `npm pack --json` prints to stdout.
  const { status } = spawnSync("npm run build", { cwd: root, shell: true, stdio: ["ignore", 2, 2] });
  process.exitCode = status ?? 1;
}
