import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { emulator } from "baseten-fetch/emulator";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { KEY } from "../fixtures.js";
import { SIZES } from "./layout.js";
import { example, field, openDemo, press, send, state, tab } from "./page.js";
import { answerWith } from "./servers.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const DESKTOP = { viewport: { width: 1_440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };

let demo: Awaited<ReturnType<typeof openDemo>>;

beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());
beforeEach(() => demo.servers.setAnswer(emulator({ tokensPerSecond: 200 })));

const open = (options: BrowserContextOptions = DESKTOP) => demo.open(options);

/** The states that are looked at by axe, each with what leads to it. */
const STATES: [name: string, act: (page: Page) => Promise<unknown>][] = [
  ["ready", async () => {}],
  [
    "while an answer streams",
    async (page) => {
      await page.locator("#examples button").first().click();
      await page.locator(".prose li").first().waitFor();
    },
  ],
  [
    "with a list, the reasoning and a raw event open",
    async (page) => {
      await example(page, 0);
      await page.getByText("Reasoning", { exact: true }).first().click();
      await page.locator("#event-list summary").nth(3).click();
    },
  ],
  ["with a code block", (page) => example(page, 1)],
  ["with a tool call", (page) => example(page, 2)],
  [
    "after a failure in a scenario",
    async (page) => {
      await field(page, "Scenario").selectOption("truncated");
      await send(page, "Failed");
    },
  ],
  [
    "after a blocked request",
    async (page) => {
      await field(page, "Endpoint").selectOption("direct");
      await field(page, "API key").fill(KEY);
      await send(page, "Failed");
    },
  ],
  [
    "with a missing API key",
    async (page) => {
      await field(page, "Endpoint").selectOption("relay");
      await send(page, "Ready");
    },
  ],
  ["with a model that is refused", (page) => field(page, "Model").fill("baseten/ x")],
  ["with the code", (page) => tab(page, "Code")],
  ["with the request", (page) => tab(page, "Request")],
];

describe("accessibility", () => {
  describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
    describe.each([
      ["desktop", DESKTOP],
      ["phone", PHONE],
    ])("on a %s", (_, options) => {
      it.each(STATES)("axe finds no violation %s", async (_name, act) => {
        const { page } = await open({ ...options, colorScheme });
        await act(page);
        await page.mouse.move(0, 0);
        await page.evaluate(axe);
        const results = await page.evaluate<AxeResults>("axe.run()");
        expect(results.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        expect(results.passes.length).toBeGreaterThan(20);
        await page.context().close();
      });
    });
  });

  it("has the field, button, region and tab names that are promised", async () => {
    const { page } = await open();
    await field(page, "Endpoint").selectOption("custom");
    for (const name of ["Model", "Environment", "Endpoint", "URL", "API key", "Scenario", "Message"]) {
      expect([name, await field(page, name).count()]).toEqual([name, 1]);
    }
    await tab(page, "Code");
    for (const name of ["Send", "Stop", "New chat", "Copy"]) {
      expect([name, await page.getByRole("button", { name, exact: true }).count()]).toEqual([name, 1]);
    }
    for (const name of ["Route", "Answer"]) {
      expect([name, await page.getByRole("region", { name, exact: true }).count()]).toEqual([name, 1]);
    }
    for (const name of ["Events", "Code", "Request"]) {
      expect([name, await page.getByRole("tab", { name, exact: true }).count()]).toEqual([name, 1]);
    }
  });

  it("lets the keyboard reach every control in the order of the page", async () => {
    const { page } = await open();
    const focused = () => page.evaluate(() => document.activeElement?.id ?? "");
    const order: string[] = [];
    while (order.length < 40 && order.at(-1) !== "tab-events") {
      await page.keyboard.press("Tab");
      order.push(await focused());
    }
    const ids = [
      "model",
      "environment",
      "endpoint",
      "key",
      "key-show",
      "scenario",
      "thread",
      "message",
      "tool",
      "send",
    ];
    expect(order.filter((id) => ids.includes(id))).toEqual(ids);
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("tab-code");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("panel-code");
  });

  it("announces the end of an answer once, and not its tokens", async () => {
    const { page } = await open();
    await page.evaluate(() => {
      const announced: string[] = [];
      Object.assign(globalThis, { announced });
      for (const region of document.querySelectorAll('[role="status"], [role="alert"], [aria-live]')) {
        const note = () => announced.push(region.textContent?.trim() ?? "");
        new MutationObserver(note).observe(region, { childList: true, subtree: true, characterData: true });
      }
    });
    await example(page, 0);
    expect(await page.evaluate("announced")).toEqual([expect.stringMatching(/^Answer complete: \d+ words/)]);
  });

  it("animates nothing under reduced motion", async () => {
    const { page } = await open({ ...PHONE, reducedMotion: "reduce" });
    await send(page);
    const animations = `document.getAnimations().length + [...document.querySelectorAll("*")]
      .filter((element) => parseFloat(getComputedStyle(element).transitionDuration) > 0).length`;
    expect(await page.evaluate(animations)).toBe(0);
  });
});

describe("the page", () => {
  it.each([320, 390, 768, 1_024, 1_099, 1_100, 1_440, 2_560])("does not scroll sideways at %d px", async (width) => {
    const { page } = await open({ viewport: { width, height: 900 } });
    await field(page, "Scenario").selectOption("truncated");
    await send(page, "Failed");
    for (const name of ["Code", "Request"]) {
      await tab(page, name);
      expect([name, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([name, width]);
    }
    await page.context().close();
  });

  it.each(SIZES)("does not shift while it loads and while an answer streams (%s)", async (_, width, height) => {
    const { page } = await open({ viewport: { width, height } });
    await page.evaluate(() => {
      Object.assign(globalThis, { shift: 0 });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) {
          Object.assign(globalThis, { shift: Reflect.get(globalThis, "shift") + entry.value });
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    expect(await page.evaluate("new Promise((done) => setTimeout(() => done(shift), 300))")).toBeLessThan(0.01);
    await field(page, "Message").fill("Why should a web page call a model through a relay?");
    await press(page, "Send");
    await state(page, "Complete");
    expect(await page.evaluate("shift")).toBeLessThan(0.05);
    await page.context().close();
  });

  it("follows the answer until the visitor scrolls up, and again after the next Send", async () => {
    const { page } = await open(PHONE);
    demo.servers.setAnswer(answerWith("A line of text.\n\n".repeat(200)));
    await field(page, "API key").fill(KEY);
    await send(page);
    const distance = "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(thread)";
    expect(await page.evaluate(distance)).toBeLessThan(2);
    await page.evaluate("thread.scrollTop = 100");
    demo.servers.setAnswer(emulator({ tokensPerSecond: 200 }));
    await field(page, "Message").fill("Hello");
    await press(page, "Send");
    await state(page, "Streaming");
    expect(await page.evaluate(distance)).toBeLessThan(80);
    await page.evaluate("thread.scrollTop = 100");
    await state(page, "Complete");
    expect(await page.evaluate("thread.scrollTop")).toBe(100);
  });

  it("draws at most once a frame, however fast the answer comes", async () => {
    const { page } = await open();
    demo.servers.setAnswer(answerWith("word ".repeat(20_000)));
    await field(page, "API key").fill(KEY);
    await page.evaluate(() => {
      const seen = { frames: 0, writes: 0 };
      Object.assign(globalThis, { seen });
      const count = (): void => {
        seen.frames++;
        requestAnimationFrame(count);
      };
      count();
      const turns = document.getElementById("turns") as HTMLElement;
      new MutationObserver(() => seen.writes++).observe(turns, { childList: true, subtree: true, characterData: true });
    });
    await send(page);
    const { frames, writes } = await page.evaluate<{ frames: number; writes: number }>("seen");
    expect(writes).toBeGreaterThan(0);
    // The turn itself is added when Send is pressed.
    expect(writes).toBeLessThanOrEqual(frames + 2);
    expect((await page.locator(".prose").textContent())?.length).toBeGreaterThan(99_000);
  });

  it("copies the code that is shown", async () => {
    const { page } = await open({ ...DESKTOP, permissions: ["clipboard-read", "clipboard-write"] });
    await tab(page, "Code");
    await tab(page, "curl");
    await press(page, "Copy");
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^# The emulator.*\ncurl --no-buffer/);
  });

  it("keeps the key out of the markup, the address, the storage, the console, Code and Request", async () => {
    const { page, console } = await open();
    await field(page, "API key").fill(KEY);
    await send(page);
    for (const name of ["Code", "Request"]) {
      await tab(page, name);
      expect(await page.content()).not.toContain(KEY);
    }
    expect(console.join("\n")).not.toContain(KEY);
    expect(page.url()).toBe(demo.servers.url);
    expect(await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")).not.toContain(KEY);
    expect(await field(page, "API key").getAttribute("type")).toBe("password");
  });

  it("says nothing on the console, stores nothing, and requests nothing from another host", async () => {
    const { page, console } = await open();
    const origins: string[] = [];
    page.on("request", (request) => origins.push(new URL(request.url()).origin));
    await page.reload();
    await send(page);
    expect(console.filter((line) => !line.includes("not contained in a form"))).toEqual([]);
    expect(new Set(origins)).toEqual(new Set([new URL(demo.servers.url).origin]));
    expect(await page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length")).toBe(0);
  });

  it("has the whole policy as a header, which forbids frames too", async () => {
    const { headers } = await fetch(demo.servers.url);
    const policy = headers.get("content-security-policy");
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(policy).toMatch(/; frame-ancestors 'none'$/);
  });

  it("works from any folder of a static host, where a key selects Baseten itself", async () => {
    const { page } = await open();
    await page.route("**/some/folder/**", async (route) => {
      const file = new URL(route.request().url()).pathname.replace("/some/folder/", "") || "index.html";
      await route.fulfill({ path: new URL(`../../../demo/dist/${file}`, import.meta.url).pathname });
    });
    await page.goto(`${demo.servers.url}some/folder/`);
    expect(await page.locator('option[value="relay"]').isDisabled()).toBe(true);
    await send(page);
    await field(page, "API key").fill(KEY);
    expect(await field(page, "Endpoint").inputValue()).toBe("direct");
  });
});
