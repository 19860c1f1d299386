import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { emulator } from "baseten-fetch/emulator";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { KEY } from "../given.js";
import { launchChromium } from "./chromium.js";
import { saying, setStage } from "./stage.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Where pictures of the main states are put, for somebody to look at. */
const PICTURES = process.env.DEMO_PICTURES;

const PHONE = { viewport: { width: 390, height: 844 } };
const WIDE = { viewport: { width: 1440, height: 900 } };
const DARK = { colorScheme: "dark" as const };

let browser: Browser;
let stage: Awaited<ReturnType<typeof setStage>>;

beforeAll(async () => {
  [browser, stage] = await Promise.all([launchChromium(), setStage()]);
});
afterAll(async () => {
  await browser.close();
  await stage.close();
});
beforeEach(() => stage.answer(emulator({ tokensPerSecond: 200 })));

/** A page, and all that its console said. */
async function visit(options: BrowserContextOptions = WIDE): Promise<{ page: Page; said: string[] }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said: string[] = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(stage.url);
  await page.getByRole("button", { name: "Watch it stream" }).waitFor();
  return { page, said };
}

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const state = (page: Page, words: string) => page.locator("#state", { hasText: words }).waitFor();

async function fail(page: Page): Promise<void> {
  await field(page, "What goes wrong").selectOption("cut");
  await press(page, "Send");
  await state(page, "Failed");
}

async function finish(page: Page): Promise<void> {
  await press(page, "Send");
  await state(page, "Complete");
  await page.getByText("Raw events").click();
  await page.locator("#event-list li").nth(5).waitFor();
}

async function warn(page: Page): Promise<void> {
  await field(page, "Endpoint").selectOption("direct");
  await press(page, "Send");
}

async function call(page: Page): Promise<void> {
  await press(page, "Let it call a tool");
  await state(page, "Complete");
}

async function refuse(page: Page): Promise<void> {
  await field(page, "Model").fill("baseten/ x");
}

async function watch(page: Page): Promise<void> {
  await press(page, "Send");
  await page.locator(".prose").filter({ hasText: /\w/ }).waitFor();
}

describe("accessibility", () => {
  it.each<[name: string, options: BrowserContextOptions, act: (page: Page) => Promise<void>]>([
    ["ready", WIDE, async () => {}],
    ["ready, dark", { ...WIDE, ...DARK }, async () => {}],
    ["ready, phone", PHONE, async () => {}],
    ["streaming", WIDE, watch],
    ["complete", WIDE, finish],
    ["complete, dark, phone", { ...PHONE, ...DARK }, finish],
    ["failed", WIDE, fail],
    ["failed, dark", { ...WIDE, ...DARK }, fail],
    ["a tool called", WIDE, call],
    ["a warning and a missing key", WIDE, warn],
    ["a warning, dark, phone", { ...PHONE, ...DARK }, warn],
    ["a model refused, dark", { ...WIDE, ...DARK }, refuse],
  ])("axe finds nothing: %s", async (name, options, act) => {
    const { page } = await visit(options);
    await act(page);
    await page.mouse.move(0, 0);
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: name !== "streaming" });
    await page.evaluate(axe);
    const results = await page.evaluate<AxeResults>("axe.run()");
    const found = results.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    expect(found).toEqual([]);
    expect(results.passes.length).toBeGreaterThan(20);
    await page.context().close();
  });

  it("has the names that it promises", async () => {
    const { page } = await visit();
    for (const name of ["Model", "API key", "Message", "Endpoint"])
      await expect(field(page, name).count()).resolves.toBe(1);
    for (const name of ["Send", "Stop"]) {
      await expect(page.getByRole("button", { name }).count()).resolves.toBe(1);
    }
    for (const name of ["Route", "Answer"]) await expect(page.getByRole("region", { name }).count()).resolves.toBe(1);
  });

  it("is used by keyboard alone", async () => {
    const { page } = await visit();
    const focused = () => page.evaluate(() => document.activeElement?.id ?? "");
    const order = [];
    for (let presses = 0; presses < 30 && (await focused()) !== "send"; presses += 1) {
      await page.keyboard.press("Tab");
      order.push(await focused());
    }
    expect(order.filter(Boolean)).toEqual([
      "model",
      "environment",
      "endpoint",
      "key",
      "key-show",
      "fault",
      "message",
      "send",
    ]);
    await page.keyboard.press("Space");
    expect(await focused()).toBe("stop");
    await page.keyboard.press("Space");
    await state(page, "Stopped");
    expect(await focused()).toBe("send");
  });

  it("tells a screen reader that an answer came, and not each token of it", async () => {
    const { page } = await visit();
    await page.evaluate(() => {
      const live = [...document.querySelectorAll('[role="status"], [role="alert"], [aria-live]')];
      const told: string[] = [];
      Object.assign(globalThis, { told });
      for (const region of live) {
        const note = () => told.push(region.textContent?.trim() ?? "");
        new MutationObserver(note).observe(region, { childList: true, subtree: true, characterData: true });
      }
    });
    await finish(page);
    const told = await page.evaluate<string[]>("told");
    expect(told).toEqual([
      "Sent. The answer is on its way.",
      expect.stringMatching(/^The answer is complete: \d+ words/),
    ]);
  });

  it("moves nothing for those who want no motion", async () => {
    const { page } = await visit({ ...PHONE, reducedMotion: "reduce" });
    await press(page, "Send");
    await state(page, "Complete");
    const moving =
      "document.getAnimations().length + [...document.querySelectorAll('*')].filter((element) => parseFloat(getComputedStyle(element).transitionDuration) > 0).length";
    expect(await page.evaluate(moving)).toBe(0);
  });

  it.each([320, 390, 768, 1024, 1440, 2560])("scrolls sideways at no width (%d px)", async (width) => {
    const { page } = await visit({ viewport: { width, height: 900 } });
    await warn(page);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.context().close();
  });
});

describe("manners", () => {
  it("puts everything of a frame into one write, however fast the answer comes", async () => {
    const { page } = await visit();
    stage.answer(saying("word ".repeat(20_000)));
    await field(page, "Endpoint").selectOption("relay");
    await field(page, "API key").fill(KEY);
    await page.evaluate(() => {
      const seen = { frames: 0, writes: 0 };
      Object.assign(globalThis, { seen });
      const count = (): void => {
        seen.frames++;
        requestAnimationFrame(count);
      };
      count();
      const answer = document.getElementById("answer") as HTMLElement;
      new MutationObserver(() => seen.writes++).observe(answer, {
        childList: true,
        subtree: true,
        characterData: true,
      });
    });
    await press(page, "Send");
    await state(page, "Complete");
    const { frames, writes } = await page.evaluate<{ frames: number; writes: number }>("seen");
    expect(writes).toBeGreaterThan(0);
    expect(writes).toBeLessThanOrEqual(frames + 1);
    expect((await page.locator(".prose").textContent())?.length).toBeGreaterThan(99_000);
  });

  it("keeps the key out of the console, the address and the pictures", async () => {
    const { page, said } = await visit();
    await field(page, "Endpoint").selectOption("relay");
    await field(page, "API key").fill(KEY);
    await finish(page);
    expect(said.join("\n")).not.toContain(KEY);
    expect(page.url()).toBe(stage.url);
    expect(await field(page, "API key").getAttribute("type")).toBe("password");
    expect(await page.content()).not.toContain(KEY);
  });

  it("says nothing on the console, and asks nobody else for anything", async () => {
    const { page, said } = await visit();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).origin));
    await page.reload();
    await finish(page);
    expect(said.filter((line) => !line.includes("not contained in a form"))).toEqual([]);
    expect(new Set(asked)).toEqual(new Set([new URL(stage.url).origin]));
    expect(asked.length).toBeLessThan(12);
  });

  it("stands still while it loads", async () => {
    const { page } = await visit();
    const shift = await page.evaluate<number>(
      () =>
        new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
          }).observe({ type: "layout-shift", buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
        }),
    );
    expect(shift).toBeLessThan(0.1);
  });

  it("is small: everything together, compressed", async () => {
    const { page } = await visit();
    const bytes = await page.evaluate<number>(
      "performance.getEntriesByType('resource').reduce((sum, { transferSize }) => sum + transferSize, 0)",
    );
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(80_000);
  });

  it("runs from any folder of a static host, with no relay beside it", async () => {
    const { page } = await visit();
    expect(await page.locator('option[value="relay"]').isEnabled()).toBe(true);
    await page.route("**/some/folder/**", async (route) => {
      const file = new URL(route.request().url()).pathname.replace("/some/folder/", "") || "index.html";
      const path = new URL(`../../../demo/dist/${file}`, import.meta.url);
      await route.fulfill({ path: path.pathname });
    });
    await page.goto(`${stage.url}some/folder/`);
    expect(await page.locator('option[value="relay"]').isDisabled()).toBe(true);
    await finish(page);
  });
});
