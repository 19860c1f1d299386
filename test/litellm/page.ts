/** A browser page that has loaded this library, on an origin of its own. */

import { readFile } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { serve } from "srvx/node";

const dist = new URL("../../dist/", import.meta.url);

const HTML = `<!doctype html><title>A page</title><script type="module">
  import * as library from "./index.js";
  globalThis.library = library;
</script>`;

/** The global that a script in the page uses. */
export interface Library {
  library: typeof import("../../src/index.js");
}

/** A page of the browser. */
export interface OpenPage {
  page: Page;
  close(): Promise<void>;
}

async function respondWithFile(pathname: string): Promise<Response> {
  if (pathname === "/") return new Response(HTML, { headers: { "content-type": "text/html" } });
  if (!/^[\w/.-]+\.js$/.test(pathname)) return new Response(null, { status: 404 });
  const script = await readFile(new URL(`.${pathname}`, dist));
  return new Response(script, { headers: { "content-type": "text/javascript" } });
}

async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** Opens a page whose `globalThis.library` is the built library. */
export async function openPage(): Promise<OpenPage> {
  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    silent: true,
    fetch: ({ url }) => respondWithFile(new URL(url).pathname),
  });
  await server.ready();
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(server.url ?? "");
  await page.waitForFunction(() => "library" in globalThis);
  return {
    page,
    async close() {
      await browser.close();
      await server.close(true);
    },
  };
}
