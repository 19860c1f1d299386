import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** Runs `npm start` and collects all that it prints. */
function start(env: Record<string, string>) {
  const npm = spawn("npm", ["start"], { cwd: root, env: { ...process.env, ...env }, detached: true });
  let output = "";
  for (const pipe of [npm.stdout, npm.stderr]) {
    pipe.on("data", (data) => {
      output += data;
    });
  }
  const urls = () => output.match(/\bhttps?:\/\/\S+/g) ?? [];
  return {
    npm,
    /** The lines that are not npm's own. */
    lines: () => output.split("\n").filter((line) => line && !line.startsWith(">")),
    url: async () => {
      while (urls().length === 0 && npm.exitCode === null) await sleep(100);
      return urls()[0] ?? output;
    },
  };
}

describe("npm start", () => {
  it("prints one line with the address, serves the page, and stops at Ctrl+C", { timeout: 300_000 }, async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const { npm, url, lines } = start({ PORT: String(port), BASETEN_API_KEY: "" });
    const address = await url();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(new URL(address).port).not.toBe(String(port));
    expect(await (await fetch(address)).text()).toContain('data-relay="passing"');
    expect((await fetch(new URL("demo.js", address))).status).toBe(200);
    const ended = once(npm, "exit");
    // Ctrl+C reaches every process of the terminal's group.
    if (npm.pid) process.kill(-npm.pid, "SIGINT");
    await ended;
    expect(lines()).toEqual([`The playground is at ${address} (press Ctrl+C to stop).`]);
    await expect(fetch(address)).rejects.toThrow();
    taken.close();
  });

  it("tells the page that it has a key, and ends when npm alone is ended", { timeout: 300_000 }, async () => {
    const { npm, url } = start({ PORT: "0", BASETEN_API_KEY: "the-key-of-the-server" });
    const address = await url();
    const page = await (await fetch(address)).text();
    expect(page).toContain('data-relay="keyed"');
    expect(page).not.toContain("the-key-of-the-server");
    npm.kill("SIGTERM");
    await once(npm, "exit");
    let answers = true;
    while (answers) answers = await fetch(address).then(Boolean, () => false);
    expect(answers).toBe(false);
  });

  it("names the variable PORT if its value is not a port", { timeout: 300_000 }, async () => {
    const { npm, lines } = start({ PORT: "many" });
    await once(npm, "exit");
    expect(lines()[0]).toBe('PORT must be a whole number from 0 to 65535, but it is "many".');
  });
});
