/**
 * Creates the Python environment of these tests, `.venv` beside this file, with what `requirements.txt` names, and installs
 * Chromium. An environment that was created from the same requirements is kept. As root on Debian it installs Python too.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
const python = here(".venv/bin/python");
const stamp = here(".venv/requirements.sha256");

/** LiteLLM needs 3.10; the newest versions do not always have the wheels that it needs. */
const PYTHONS = ["python3.11", "python3.12", "python3.13", "python3.10", "python3"];

function works(command, ...args) {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function fingerprint() {
  const files = ["requirements.txt", "constraints.txt"].map((name) => readFileSync(here(name)));
  return createHash("sha256").update(Buffer.concat(files)).digest("hex");
}

function installDebianPackages(...names) {
  console.error(`Installing Debian's ${names.join(", ")}.`);
  run("apt-get", "update", "-qq");
  run("apt-get", "install", "-qq", "--yes", "--no-install-recommends", ...names);
}

const findPython = () => PYTHONS.find((command) => works(command, "-c", "import venv, ensurepip"));

function createEnvironment() {
  const isCurrent = existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint();
  if (isCurrent && works(python, "--version")) return;
  if (!findPython() && process.getuid?.() === 0) installDebianPackages("python3", "python3-venv");
  const base = findPython();
  if (!base) throw new Error(`expected one of ${PYTHONS.join(", ")}, with its venv`);
  console.error(`Creating the Python environment in ${here(".venv")} (a minute or two).`);
  rmSync(here(".venv"), { recursive: true, force: true });
  run(base, "-m", "venv", here(".venv"));
  run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", here("requirements.txt"));
  writeFileSync(stamp, fingerprint());
}

function installChromium() {
  if (existsSync("/usr/bin/chromium")) return;
  installDebianPackages("chromium");
}

createEnvironment();
installChromium();
