/**
 * Takes pictures of the demo in all its states, at many sizes, light, dark and in forced colors, for a person to look at; and the README's.
 *
 *     npm run build:demo && node test/demo/pictures.mjs <folder> [--only <text>]...
 *     npm run build:demo && node test/demo/pictures.mjs --readme        writes docs/demo.png
 */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { emulator } from "baseten-fetch/emulator";
import { chromium } from "playwright-core";
import { serveDemo } from "../../build/demo/server.js";
import { encodePalettePNG } from "./palette-png.mjs";

/** Width and height; `zoom` is 1280x720 at 200%. */
const SIZES = {
  zoom: [640, 360],
  360: [360, 780],
  768: [768, 1024],
  1024: [1024, 768],
  1280: [1280, 720],
  1440: [1440, 900],
  1920: [1920, 1080],
  2560: [2560, 1440],
};
const THEMES = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  forced: { colorScheme: "dark", forcedColors: "active" },
};
const root = new URL("../../", import.meta.url);

/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} name */
const field = (page, name) => page.getByLabel(name, { exact: true });
/** @param {Page} page @param {string} name */
const press = (page, name) => page.getByRole("button", { name, exact: true }).last().click();
/** @param {Page} page @param {string} name */
const tab = (page, name) => page.getByRole("tab", { name, exact: true }).click();
/** @param {Page} page @param {string} words */
const state = (page, words) => page.locator("#state", { hasText: words }).waitFor();

/** @param {Page} page @param {string} question */
async function ask(page, question, ends = "Complete") {
  await field(page, "Message").fill(question);
  await press(page, "Send");
  await state(page, ends);
}

/** @param {Page} page */
async function example(page, text, ends = "Complete") {
  await page.getByRole("button", { name: text }).click();
  await state(page, ends);
}

/** @param {string} id */
const scenario =
  (id, ends = "Failed") =>
  async (page) => {
    await field(page, "Scenario").selectOption(id);
    await ask(page, "Why should a web page call a model through a relay?", ends);
  };

/** The states by name, each with what leads to it. @type {Record<string, (page: Page) => Promise<unknown>>} */
const STATES = {
  ready: async () => {},
  streaming: async (page) => {
    await page.getByRole("button", { name: "Why should" }).click();
    await page.locator(".prose li").nth(1).waitFor();
  },
  list: (page) => example(page, "Why should"),
  code: (page) => example(page, "Write a TypeScript"),
  tool: (page) => example(page, "What is the weather"),
  plain: (page) => ask(page, "Who are you?"),
  turns: async (page) => {
    await example(page, "Why should");
    await ask(page, "And what does a relay cost?");
    await page.getByText("Reasoning", { exact: true }).first().click();
  },
  stopped: async (page) => {
    await page.getByRole("button", { name: "Why should" }).click();
    await page.locator(".prose li").nth(1).waitFor();
    await press(page, "Stop");
    await state(page, "Stopped");
  },
  truncated: scenario("truncated"),
  overloaded: scenario("overloaded"),
  rateLimited: scenario("rateLimited", "Complete"),
  rejectedKey: scenario("rejectedKey"),
  waiting: scenario("coldStart", "Waiting"),
  dedicated: (page) => press(page, "Staging"),
  proxy: (page) => press(page, "LiteLLM"),
  refused: (page) => field(page, "Model").fill("baseten/ x"),
  key: (page) => field(page, "API key").fill("a-key-that-is-typed"),
  unused: async (page) => {
    await field(page, "API key").fill("a-key-that-is-typed");
    await field(page, "Endpoint").selectOption("emulator");
  },
  direct: (page) => field(page, "Endpoint").selectOption("direct"),
  custom: (page) => field(page, "Endpoint").selectOption("custom"),
  blocked: async (page) => {
    await field(page, "Endpoint").selectOption("direct");
    await field(page, "API key").fill("a-key-that-is-typed");
    await ask(page, "Hello", "Failed");
  },
  missing: async (page) => {
    await field(page, "Endpoint").selectOption("relay");
    await ask(page, "Hello", "Ready");
  },
  empty: (page) => press(page, "Send"),
  codeTab: (page) => tab(page, "Code"),
  codeTool: async (page) => {
    await field(page, "Offer a tool").check();
    await tab(page, "Code");
  },
  curl: async (page) => {
    await tab(page, "Code");
    await tab(page, "curl");
  },
  request: async (page) => {
    await ask(page, "Who are you?");
    await tab(page, "Request");
  },
  raw: async (page) => {
    await example(page, "Why should");
    await page.locator("#event-list li").nth(3).click();
  },
};

/** @param {import("playwright-core").Browser} browser @param {string} url @param {object} options */
async function open(browser, url, options) {
  const context = await browser.newContext(options);
  // Nothing leaves this machine.
  await context.route(/baseten\.co/, (route) => route.abort());
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("button", { name: "Why should" }).waitFor();
  return page;
}

/** The pixels of a PNG, read by the browser. @param {Page} page @param {Buffer} png */
async function readPixels(page, png) {
  const empty = await page.context().newPage();
  const { width, height, base64 } = await empty.evaluate(async (data) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data: rgba, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let binary = "";
    for (const byte of rgba) binary += String.fromCharCode(byte);
    return { width, height, base64: btoa(binary) };
  }, png.toString("base64"));
  return { width, height, rgba: Buffer.from(base64, "base64") };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { readme: { type: "boolean" }, only: { type: "string", multiple: true } },
});
const demo = await serveDemo({ folder: fileURLToPath(new URL("demo/dist", root)), port: 0, fetch: emulator() });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

if (values.readme) {
  await mkdir(new URL("docs/", root), { recursive: true });
  const page = await open(browser, demo.url, { viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  await example(page, "Why should");
  await page.mouse.move(0, 0);
  const picture = await readPixels(page, await page.screenshot());
  await writeFile(new URL("docs/demo.png", root), encodePalettePNG(picture));
} else {
  const folder = positionals[0] ?? "pictures";
  await mkdir(folder, { recursive: true });
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    for (const [theme, colors] of Object.entries(THEMES)) {
      for (const [name, act] of Object.entries(STATES)) {
        const file = `${size}-${theme}-${name}`;
        if (values.only && !values.only.every((text) => file.includes(text))) continue;
        const page = await open(browser, demo.url, { viewport: { width, height }, ...colors });
        await act(page);
        await page.mouse.move(0, 0);
        await page.screenshot({ path: `${folder}/${file}.png`, fullPage: width < 1100 });
        await page.context().close();
      }
    }
  }
}
await browser.close();
await demo.close();
