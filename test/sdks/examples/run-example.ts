/** Runs an example of a program as its reader would: in a folder with the packages that it names. */

import { spawn } from "node:child_process";
import { copyFile, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "srvx";
import { onTestFinished } from "vitest";

const examples = fileURLToPath(new URL("../../../demo/examples/", import.meta.url));
const packages = fileURLToPath(new URL("../node_modules/", import.meta.url));

/** What a program wrote, and how it ended. */
export interface Result {
  stdout: string;
  stderr: string;
  exitCode: number | null;
}

/** Runs `demo/examples/<name>` with these variables and arguments to its end. */
export async function runExample(name: string, variables: Record<string, string>, ...args: string[]): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "example-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // A module's type, which is the package's in the repository, is written in the name of its file here.
  const file = join(folder, name.replace(/\.js$/, ".mjs"));
  await copyFile(join(examples, name), file);
  await symlink(packages, join(folder, "node_modules"), "junction");
  const child = spawn(process.execPath, [file, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...variables },
  });
  const result: Result = { stdout: "", stderr: "", exitCode: null };
  child.stdout.on("data", (text) => (result.stdout += text));
  child.stderr.on("data", (text) => (result.stderr += text));
  result.exitCode = await new Promise((resolve) => child.once("close", resolve));
  return result;
}

/** Serves a handler on a port of its own, until the test is over. Returns `http://127.0.0.1:<port>`. */
export async function serveHandler(handler: (request: Request) => Response | Promise<Response>): Promise<string> {
  const server = serve({ hostname: "127.0.0.1", port: 0, silent: true, fetch: handler });
  await server.ready();
  onTestFinished(() => server.close(true));
  return server.url?.replace(/\/$/, "") ?? "";
}
