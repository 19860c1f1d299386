/** Installs what suites need beyond the project's own packages, unless it is already installed. */
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

/** Debian's packages, and the file that shows that each is installed. */
const PROGRAMS = {
  chromium: "/usr/bin/chromium",
  "firefox-esr": "/usr/bin/firefox-esr",
  "webkit2gtk-driver": "/usr/bin/WebKitWebDriver",
  xvfb: "/usr/bin/Xvfb",
  xauth: "/usr/bin/xauth",
};

/**
 * Installs the packages of a folder's lock file, unless exactly those are installed.
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
  const isInstalled = await Promise.all(Object.values(PROGRAMS).map(exists));
  const missing = Object.keys(PROGRAMS).filter((_, index) => !isInstalled[index]);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`missing: ${missing.join(" ")} (as root: apt-get install them)`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-q"], { env });
  await run("apt-get", ["install", "-qy", "--no-install-recommends", ...missing], { env, maxBuffer: 1 << 26 });
}
