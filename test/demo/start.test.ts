import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const script = join(import.meta.dirname, "../../demo/start.mjs");

/** Runs the start script in a Node that says it has this version. */
async function startWith(version: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const override = `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} })`;
  const args = ["--import", `data:text/javascript,${encodeURIComponent(override)}`, script];
  return promisify(execFile)(process.execPath, args).then(
    (output) => ({ code: 0, ...output }),
    (failure) => failure,
  );
}

describe("npm start", () => {
  it.each(["18.20.8", "20.18.3"])("on Node %s says which Node it needs, and builds nothing", async (version) => {
    const { code, stdout, stderr } = await startWith(version);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `The demo needs Node 20.19 or newer; this is ${version}. Install a newer one from https://nodejs.org.\n`,
    );
  });
});
