/**
 * Makes the Python environment of these tests, `.venv` beside this file, with what `requirements.txt` names, and sees to
 * a Chromium. An environment that was made of the same requirements is used as it is.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
const python = here(".venv/bin/python");
const stamp = here(".venv/requirements.sha256");

/** LiteLLM has no use for an older Python; the newest ones have not always the wheels that it needs. */
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

function makeEnvironment() {
  const fits = existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint();
  if (fits && works(python, "--version")) return;
  const base = PYTHONS.find((command) => works(command, "-c", "import venv, ensurepip"));
  if (!base) throw new Error(`expected one of ${PYTHONS.join(", ")}, with its venv`);
  console.error(`Making the Python environment in ${here(".venv")} (a minute or two).`);
  rmSync(here(".venv"), { recursive: true, force: true });
  run(base, "-m", "venv", here(".venv"));
  run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", here("requirements.txt"));
  writeFileSync(stamp, fingerprint());
}

function installChromium() {
  if (existsSync("/usr/bin/chromium")) return;
  console.error("Installing Debian's chromium.");
  run("apt-get", "update", "-qq");
  run("apt-get", "install", "-qq", "--yes", "chromium");
}

makeEnvironment();
installChromium();
