import type { BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "./chromium.js";
import { startServers } from "./servers.js";

/** The demo's servers, and Chromium to open its page in. */
export async function openDemo() {
  const [browser, servers] = await Promise.all([launchChromium(), startServers()]);
  return {
    servers,
    /** Opens the page in a new context, and collects what its console says. */
    async open(options: BrowserContextOptions): Promise<{ page: Page; console: string[] }> {
      const context = await browser.newContext(options);
      // Nothing leaves this machine.
      await context.route(/baseten\.co/, (route) => route.abort());
      const page = await context.newPage();
      const lines: string[] = [];
      page.on("console", (message) => lines.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => lines.push(String(error)));
      await page.goto(servers.url);
      await page.locator("#examples button").first().waitFor();
      return { page, console: lines };
    },
    close: () => Promise.all([browser.close(), servers.close()]),
  };
}

export const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
export const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
export const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true }).click();
export const state = (page: Page, text: string) => page.locator("#state", { hasText: text }).waitFor();

/** Sends a message and waits until the call has ended so. */
export async function send(page: Page, outcome = "Complete"): Promise<void> {
  await field(page, "Message").fill("Hello");
  await press(page, "Send");
  await state(page, outcome);
}

/** Sends the example at this index and waits for the whole answer. */
export async function example(page: Page, index: number): Promise<void> {
  await page.locator("#examples button").nth(index).click();
  await state(page, "Complete");
}
