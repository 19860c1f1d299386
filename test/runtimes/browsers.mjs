/** Opens a page in each of three browsers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { chromium } from "playwright-core";

const { resolve } = createRequire(import.meta.url);

/**
 * @typedef {object} Browser
 * @property {string} version
 * @property {(url: string) => Promise<unknown>} open
 * @property {() => Promise<unknown>} close
 */

/** Chromium makes no requests of its own; as root it has no sandbox. */
const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-dev-shm-usage",
];

/** @returns {Promise<Browser>} */
export async function openChromium() {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: CHROMIUM_ARGS });
  const page = await browser.newPage();
  return { version: browser.version(), open: (url) => page.goto(url), close: () => browser.close() };
}

/** @returns {Promise<Browser>} */
export async function openFirefox() {
  const { default: puppeteer } = await import(resolve("puppeteer-core"));
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
  });
  const page = await browser.newPage();
  const version = (await browser.version()).split("/").pop();
  return { version, open: (url) => page.goto(url), close: () => browser.close() };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** WebKitGTK has no driver library; W3C WebDriver is JSON over HTTP. */
function createWebDriver(origin) {
  return async (method, path, body) => {
    const response = await fetch(origin + path, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
}

async function waitUntilReady(send) {
  for (;;) {
    const status = await send("GET", "/status").catch(() => undefined);
    if (status) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @returns {Promise<Browser>} */
export async function openWebKit() {
  const port = await freePort();
  const driver = spawn("xvfb-run", ["-a", "WebKitWebDriver", `--port=${port}`], { stdio: "ignore", detached: true });
  const send = createWebDriver(`http://127.0.0.1:${port}`);
  await waitUntilReady(send);
  const options = { "webkitgtk:browserOptions": { args: ["--automation"] } };
  const { sessionId, capabilities } = await send("POST", "/session", { capabilities: { alwaysMatch: options } });
  return {
    version: capabilities.browserVersion,
    open: (url) => send("POST", `/session/${sessionId}/url`, { url }),
    async close() {
      await send("DELETE", `/session/${sessionId}`);
      process.kill(-driver.pid);
    },
  };
}
