import { type Browser, chromium, type Page } from "playwright-core";
import type { Visitor } from "./visitor.js";

/** Root may not sandbox; nothing may call home. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Debian's Chromium. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });
}

/** A playwright page as a visitor. */
export function visitorOf(page: Page, browser: Browser): Visitor {
  return {
    browser: `Chromium ${browser.version()}`,
    resize: (width, height) => page.setViewportSize({ width, height }),
    open: async (url) => void (await page.goto(url)),
    fill: (selector, text) => page.fill(selector, text),
    choose: async (selector, value) => void (await page.selectOption(selector, value)),
    click: (selector) => page.click(selector),
    enter: (selector) => page.press(selector, "Enter"),
    evaluate: (expression) => page.evaluate(expression),
    close: () => browser.close(),
  };
}

/** Chromium, by playwright. */
export async function openChromium(): Promise<Visitor> {
  const browser = await launchChromium();
  return visitorOf(await browser.newPage(), browser);
}
