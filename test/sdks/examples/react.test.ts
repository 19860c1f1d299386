/** The React examples as their reader runs them: built by Vite, served with the relay, loaded into a page. */

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type EmulatorOptions, emulator } from "baseten-fetch/emulator";
import { serve } from "srvx";
import { build, preview } from "vite";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { installDOM } from "../dom.js";
import { examplePackages } from "./packages.js";

const root = fileURLToPath(new URL("../../../demo/examples/react/", import.meta.url));
const configFile = join(root, "vite.config.js");
let outDir = "";

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), "react-example-"));
  const options = { outDir, emptyOutDir: true, minify: false };
  await build({ root, configFile, logLevel: "error", plugins: [examplePackages], build: options });
});
afterAll(() => rm(outDir, { recursive: true, force: true }));

/** Serves the built pages, with the relay in front of this emulator. Returns where they are. */
async function servePages(options: EmulatorOptions): Promise<string> {
  const upstream = serve({ hostname: "127.0.0.1", port: 0, silent: true, fetch: emulator(options) });
  await upstream.ready();
  vi.stubEnv("BASETEN_BASE_URL", `${upstream.url}v1`);
  vi.stubEnv("BASETEN_API_KEY", "server-key-0123456789");
  const host = "127.0.0.1";
  const server = await preview({ root, configFile, build: { outDir }, preview: { host, port: 0, strictPort: false } });
  onTestFinished(async () => {
    await server.close();
    await upstream.close(true);
  });
  return server.resolvedUrls?.local[0] ?? "";
}

/** Opens a page: its script runs here, in a DOM. */
async function openPage(name: string, options: EmulatorOptions) {
  const document = installDOM(`${await servePages(options)}${name}.html`);
  document.body.innerHTML = '<main id="root"></main>';
  const assets = join(outDir, "assets");
  const file = (await readdir(assets)).find((each) => each.startsWith(name) && each.endsWith(".js")) ?? "";
  await import(/* @vite-ignore */ `${pathToFileURL(join(assets, file))}?${crypto.randomUUID()}`);
  await vi.waitUntil(() => document.querySelector("form"));
  const messages = () => [...document.querySelectorAll("section")].map((each) => each.textContent?.trim() ?? "");
  const button = (label: string) =>
    [...document.querySelectorAll("button")].find((each) => each.textContent?.trim() === label);
  function send(text: string): void {
    const input = document.querySelector("input");
    if (input) input.value = text;
    const { Event } = document.defaultView ?? globalThis;
    document.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  }
  return { document, messages, send, button, alert: () => document.querySelector("[role=alert]")?.textContent ?? "" };
}

const timeout = 30_000;

describe.each(["use-chat", "collect"])("the page %s.html", (name) => {
  it("shows the turns of a chat", async () => {
    const { messages, send } = await openPage(name, {
      reply: ({ messages: [...sent] }) => `Answer to ${sent.at(-1)?.content}`,
    });
    send("One");
    await vi.waitUntil(() => messages().length === 2 && messages()[1] === "Answer to One", { timeout });
    send("Two");
    await vi.waitUntil(() => messages()[3] === "Answer to Two", { timeout });
    expect(messages()).toEqual(["One", "Answer to One", "Two", "Answer to Two"]);
  });

  it("shows an error, and keeps what came before it", async () => {
    const reply = () => "One two three four five six seven eight nine ten";
    const { messages, send, alert } = await openPage(name, { reply, faults: ["truncate"] });
    send("Count");
    await vi.waitUntil(alert, { timeout });
    expect(messages()[1]).toMatch(/^One/);
  });

  it("stops an answer, and goes on with the next message", async () => {
    const reply: EmulatorOptions["reply"] = ({ messages: [...sent] }) =>
      sent.at(-1)?.content === "Count" ? "word ".repeat(1_000) : "Done.";
    const { messages, send, button, alert } = await openPage(name, { reply, tokensPerSecond: 50 });
    send("Count");
    await vi.waitUntil(() => messages()[1]?.startsWith("word"), { timeout });
    button("Stop")?.click();
    send("Again");
    await vi.waitUntil(() => messages().at(-1) === "Done.", { timeout });
    expect(alert()).toBe("");
  });
});

describe("the page use-chat.html", () => {
  it("answers the model's question for the time zone by itself", async () => {
    const reply: EmulatorOptions["reply"] = ({ messages: [...sent] }) => {
      const last = sent.at(-1);
      if (last?.role === "tool") return `You are in ${last.content}.`;
      return { tool_calls: [{ name: "time_zone", arguments: {} }] };
    };
    const { messages, send } = await openPage("use-chat", { reply });
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    send("Where am I?");
    await vi.waitUntil(() => messages()[1]?.includes(`You are in ${timeZone}.`), { timeout });
    expect(messages()).toEqual(["Where am I?", `Time zone: ${timeZone}You are in ${timeZone}.`]);
  });
});
