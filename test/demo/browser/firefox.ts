import { createRequire } from "node:module";
import { join } from "node:path";
import { installPackages } from "../../runtimes/install.mjs";
import type { Visitor } from "./visitor.js";

/** As much of puppeteer-core as is used here. */
interface Page {
  goto(url: string): Promise<unknown>;
  setViewport(size: { width: number; height: number }): Promise<void>;
  locator(selector: string): { fill(text: string): Promise<void>; click(): Promise<void> };
  select(selector: string, value: string): Promise<unknown>;
  focus(selector: string): Promise<void>;
  keyboard: { press(key: string): Promise<void> };
  evaluate<T>(expression: string): Promise<T>;
}

interface Puppeteer {
  launch(options: object): Promise<{
    newPage(): Promise<Page>;
    version(): Promise<string>;
    close(): Promise<void>;
  }>;
}

/** Installed with the runtimes that the library is tested in, since nothing else needs it. */
function puppeteer(): Puppeteer {
  const require = createRequire(join(import.meta.dirname, "../../runtimes/package.json"));
  const { default: found } = require("puppeteer-core") as { default: Puppeteer };
  return found;
}

/** Debian's firefox-esr, by puppeteer over WebDriver BiDi. */
export async function openFirefox(): Promise<Visitor> {
  await installPackages(new URL("../../runtimes/", import.meta.url));
  const browser = await puppeteer().launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr" });
  const page = await browser.newPage();
  return {
    browser: await browser.version(),
    resize: (width, height) => page.setViewport({ width, height }),
    open: async (url) => void (await page.goto(url)),
    fill: (selector, text) => page.locator(selector).fill(text),
    choose: async (selector, value) => void (await page.select(selector, value)),
    click: (selector) => page.locator(selector).click(),
    enter: async (selector) => {
      await page.focus(selector);
      await page.keyboard.press("Enter");
    },
    evaluate: (expression) => page.evaluate(expression),
    close: () => browser.close(),
  };
}
