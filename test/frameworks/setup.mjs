/** Installs the frameworks in this folder alone, by its lock file, and builds the example for Next, once for all tests. */
import { execFile } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installPackages } from "../runtimes/install.mjs";

const run = promisify(execFile);
const folder = new URL(".", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, folder));

/** Installs what `package-lock.json` says, unless it is there, and links this package beside it under its own name. */
async function install() {
  await installPackages(folder);
  if (!existsSync(path("node_modules/baseten-fetch"))) {
    symlinkSync(path("../.."), path("node_modules/baseten-fetch"), "junction");
  }
}

/** Builds an application with one route. It stands beside the packages: Next finds none behind a link. */
async function buildNextApp() {
  await mkdir(path("build/next/app/ai/v1/[...path]"), { recursive: true });
  await copyFile(path("../../demo/examples/next-route.js"), path("build/next/app/ai/v1/[...path]/route.js"));
  const program = [path("node_modules/next/dist/bin/next"), "build", path("build/next"), "--webpack"];
  const env = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
  await run(process.execPath, program, { env });
}

export default async function setup() {
  await install();
  await buildNextApp();
}
