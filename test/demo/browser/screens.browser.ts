import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { example, field, openDemo, press, send, tab } from "./page.js";

let demo: Awaited<ReturnType<typeof openDemo>>;

beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());

const DESKTOP = { viewport: { width: 1_440, height: 900 } };

describe("on a touch screen", () => {
  const SMALL = `[...document.querySelectorAll("button, input, select, textarea, summary, .bar a, .skip, .check")]
    .filter((element) => element.checkVisibility() && element.type !== "checkbox")
    .filter((element) => Math.min(element.offsetWidth, element.offsetHeight) < 44)
    .map((element) => element.id || element.textContent)`;

  it.each([
    ["a phone", 360, 780],
    ["a tablet", 768, 1_024],
    ["a tablet on its side", 1_024, 768],
    ["a large tablet", 1_366, 1_024],
  ])("of %s every target is at least 44 px wide and high", async (_name, width, height) => {
    const { page } = await demo.open({ viewport: { width, height }, hasTouch: true, isMobile: true });
    await example(page, 0);
    await tab(page, "Code");
    expect(await page.evaluate(SMALL)).toEqual([]);
    await page.context().close();
  });

  it("of a tablet setup and chat are on the first screen", async () => {
    const { page } = await demo.open({ viewport: { width: 768, height: 1_024 }, hasTouch: true, isMobile: true });
    expect(await page.evaluate("send.getBoundingClientRect().bottom")).toBeLessThanOrEqual(1_024);
  });
});

describe("at 200% zoom", () => {
  // A zoomed window has half as many CSS pixels.
  it.each([
    [1_280, 720],
    [1_440, 900],
    [1_920, 1_080],
  ])("of a window of %dx%d the end of an answer is in view, and nothing scrolls sideways", async (width, height) => {
    const { page } = await demo.open({ viewport: { width: width / 2, height: height / 2 }, deviceScaleFactor: 2 });
    await example(page, 0);
    const isVisible = `(() => {
      const { top, bottom } = document.querySelector(".prose > :last-child").getBoundingClientRect();
      const view = thread.getBoundingClientRect();
      return top >= Math.max(0, view.top) && bottom <= Math.min(innerHeight, view.bottom);
    })()`;
    expect(await page.evaluate(isVisible)).toBe(true);
    for (const name of ["Code", "Request"]) {
      await tab(page, name);
      expect([name, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([name, width / 2]);
    }
    await page.context().close();
  });
});

/** How many px of an element's content are out of view. */
const hiddenWidth = (page: Page, selector: string) =>
  page.locator(selector).evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);

/** The left, right and top edges of elements, in whole px of the page. */
const edges = (page: Page, ...selectors: string[]) =>
  page.evaluate<{ left: number; right: number; top: number }[]>(`${JSON.stringify(selectors)}.map((selector) => {
    const { left, right, top } = document.querySelector(selector).getBoundingClientRect();
    return { left: Math.round(left), right: Math.round(right), top: Math.round(top + scrollY) };
  })`);

describe("in a window", () => {
  it.each([1_100, 1_279, 1_280, 2_560])("of %d px the metrics stand in one line, inside the chat", async (width) => {
    const { page } = await demo.open({ viewport: { width, height: 720 } });
    await example(page, 1);
    const [first, last] = await edges(page, ".metrics div:first-child", ".metrics div:last-child");
    expect(first?.top).toBe(last?.top);
    expect(await hiddenWidth(page, ".metrics")).toBe(0);
    await page.context().close();
  });

  it.each([1_100, 1_280])("of %d px every language of the code has its tab in view", async (width) => {
    const { page } = await demo.open({ viewport: { width, height: 720 } });
    await tab(page, "Code");
    expect(await hiddenWidth(page, "#panel-code .tabs")).toBe(0);
    await page.context().close();
  });

  it.each([360, 1_100])("of %d px the longest notes leave every box where it is", async (width) => {
    const { page } = await demo.open({ viewport: { width, height: 780 } });
    const boxes = ["#model", ".route", "#key", "#scenario", "#message"];
    const before = await edges(page, ...boxes);
    await press(page, "Dedicated");
    await field(page, "API key").fill("a key");
    expect(await page.locator("#route-kind").textContent()).toBe("Relay, then Dedicated");
    expect(await hiddenWidth(page, "#route-kind")).toBe(0);
    expect(await edges(page, ...boxes)).toEqual(before);
    await page.context().close();
  });

  it.each([1_920, 2_560])("of %d px a line has at most 100 characters, and Message is as wide", async (width) => {
    const { page } = await demo.open({ viewport: { width, height: 1_080 } });
    await example(page, 1);
    const [prose, message, question] = await edges(page, ".prose", "#message", ".question");
    const [left = 0, right = 0] = [prose?.left, prose?.right];
    expect([message?.left, message?.right, question?.right]).toEqual([left, right, right]);
    const size = await page.evaluate<number>("parseFloat(getComputedStyle(document.querySelector('.prose')).fontSize)");
    // A character is about half as wide as it is high.
    expect((right - left) / (size / 2)).toBeLessThan(100);
    await page.context().close();
  });
});

describe("in forced colors", () => {
  const styleOf = (selector: string, property: string) =>
    `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`;

  it("every box has a border, and the selected tab, the focus and a problem can be seen", async () => {
    const { page } = await demo.open({ ...DESKTOP, forcedColors: "active" });
    await field(page, "Scenario").selectOption("truncated");
    await send(page, "Failed");
    for (const box of [".route", ".question", ".strip", ".alert", ".scenario-panel", "#message", "#send", "#state"]) {
      expect([box, await page.evaluate(styleOf(box, "borderLeftWidth"))]).not.toEqual([box, "0px"]);
    }
    const color = (selector: string) => page.evaluate(styleOf(selector, "borderBottomColor"));
    expect(await color('[aria-selected="true"]')).not.toBe(await color('[aria-selected="false"]'));
    expect(await page.evaluate(styleOf(".legend li", "color"))).not.toBe(
      await page.evaluate('getComputedStyle(document.querySelector(".legend li"), "::before").backgroundColor'),
    );
    await page.keyboard.press("Tab");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await field(page, "Message").fill("");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(styleOf("#message", "borderLeftWidth"))).toBe("2px");
  });

  it("the parts of the route and the kinds of events keep colors of their own", async () => {
    const { page } = await demo.open({ ...DESKTOP, forcedColors: "active" });
    await press(page, "Staging");
    expect(await page.evaluate(styleOf(".from-model", "backgroundColor"))).not.toBe(
      await page.evaluate(styleOf(".from-environment", "backgroundColor")),
    );
    const squares = `[...document.querySelectorAll(".legend li")]
      .map((item) => getComputedStyle(item, "::before").backgroundColor)`;
    expect(new Set(await page.evaluate<string[]>(squares)).size).toBe(6);
  });
});
