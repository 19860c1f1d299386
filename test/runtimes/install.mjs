/** What `npm run test:everywhere` needs beside the project's own packages. What is there already is not fetched again. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

/** What Debian's packages are looked for by. */
const programs = {
  chromium: "/usr/bin/chromium",
  "firefox-esr": "/usr/bin/firefox-esr",
  "webkit2gtk-driver": "/usr/bin/WebKitWebDriver",
  xvfb: "/usr/bin/Xvfb",
  xauth: "/usr/bin/xauth",
};

/**
 * Installs what a folder's lock file says, unless it is there.
 *
 * @param {URL} folder one with a `package-lock.json` of its own
 */
export async function installPackages(folder) {
  const lock = await readFile(new URL("package-lock.json", folder));
  const stamp = new URL("node_modules/.installed", folder);
  const hash = createHash("sha256").update(lock).digest("hex");
  if ((await exists(stamp)) && (await readFile(stamp, "utf8")) === hash) return;
  const options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", options, { cwd: fileURLToPath(folder) });
  await writeFile(stamp, hash);
}

/**
 * Installs the browsers from Debian's packages.
 *
 * @throws {Error} that names the packages, where only an administrator may install them
 */
export async function installBrowsers() {
  const there = await Promise.all(Object.values(programs).map(exists));
  const missing = Object.keys(programs).filter((_, at) => !there[at]);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`missing: ${missing.join(" ")} (as root: apt-get install them)`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-q"], { env });
  await run("apt-get", ["install", "-qy", "--no-install-recommends", ...missing], { env, maxBuffer: 1 << 26 });
}
