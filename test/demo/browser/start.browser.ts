import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** `npm start`, and all that it prints. */
function start(env: Record<string, string>) {
  const npm = spawn("npm", ["start"], { cwd: root, env: { ...process.env, ...env }, detached: true });
  let printed = "";
  npm.stdout.on("data", (data) => {
    printed += data;
  });
  npm.stderr.on("data", (data) => {
    printed += data;
  });
  const addresses = () => printed.match(/\bhttps?:\/\/\S+/g) ?? [];
  return {
    npm,
    addresses,
    address: async () => {
      while (addresses().length === 0 && npm.exitCode === null) await wait(100);
      return addresses()[0] ?? printed;
    },
  };
}

describe("npm start", () => {
  it("builds, prints one address, serves the page, and ends at Ctrl-C", { timeout: 300_000 }, async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { npm, address, addresses } = start({ PORT: String(port), BASETEN_API_KEY: "" });
    const url = await address();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(new URL(url).port).not.toBe(String(port));
    const page = await (await fetch(url)).text();
    expect(page).toContain('data-relay="passing"');
    expect((await fetch(new URL("demo.js", url))).status).toBe(200);
    const ended = once(npm, "exit");
    // Ctrl-C reaches every process of the terminal's group.
    if (npm.pid) process.kill(-npm.pid, "SIGINT");
    await ended;
    expect(addresses()).toEqual([url]);
    await expect(fetch(url)).rejects.toThrow();
    taken.close();
  });

  it("tells the page of its key, and ends when npm alone is ended", { timeout: 300_000 }, async () => {
    const { npm, address } = start({ PORT: "0", BASETEN_API_KEY: "the-key-of-the-server" });
    const url = await address();
    const page = await (await fetch(url)).text();
    expect(page).toContain('data-relay="keyed"');
    expect(page).not.toContain("the-key-of-the-server");
    npm.kill("SIGTERM");
    await once(npm, "exit");
    let answers = true;
    while (answers) answers = await fetch(url).then(Boolean, () => false);
    expect(answers).toBe(false);
  });
});
