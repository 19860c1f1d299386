/**
 * `npm start`: checks the version of Node before anything that needs it is loaded, builds quietly, and serves the demo.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const { engines } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
const required = engines.node.replace(/^\D+/, "");

/** @param {string} version @param {string} minimum */
function isAtLeast(version, minimum) {
  const [major, minor] = version.split(".").map(Number);
  const [minMajor, minMinor] = minimum.split(".").map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}

/** Builds the page; prints its output only if it fails. @returns {Promise<number | null>} the exit code */
function build() {
  const child = spawn("npm run --silent build:demo", { cwd: root, shell: true, stdio: ["ignore", "pipe", "pipe"] });
  const output = [];
  for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (data) => output.push(data));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code);
    });
  });
}

if (!isAtLeast(process.versions.node, required)) {
  console.error(
    `The demo needs Node ${required} or newer; this is ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}
const code = await build();
if (code !== 0) process.exit(code ?? 1);
await import(new URL("build/demo/serve.js", root).href);
