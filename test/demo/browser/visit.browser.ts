import { emulator } from "baseten-fetch/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { KEY } from "../given.js";
import { openChromium } from "./chromium.js";
import { openFirefox } from "./firefox.js";
import { HOSTILE, saying, setStage } from "./stage.js";
import { until, type Visitor } from "./visitor.js";
import { openWebKit } from "./webkit.js";

const BROWSERS: [name: string, open: () => Promise<Visitor>][] = [
  ["Chromium", openChromium],
  ["Firefox", openFirefox],
  ["WebKitGTK", openWebKit],
];

const text = (id: string) => `document.getElementById("${id}").textContent`;
const ended = (outcome: string) => `${text("state")} === "${outcome}"`;

describe.each(BROWSERS)("a visitor with %s", (_, open) => {
  let visitor: Visitor;
  let stage: Awaited<ReturnType<typeof setStage>>;

  beforeAll(async () => {
    stage = await setStage();
    visitor = await open();
  });
  afterAll(async () => {
    await visitor?.close();
    await stage.close();
  });
  beforeEach(async () => {
    stage.answer(emulator({ tokensPerSecond: 200 }));
    await visitor.open(stage.url);
    await until(visitor, 'document.querySelector("#presets button")');
  });

  it("sees where a model goes while it is typed", async () => {
    await visitor.fill("#model", "baseten/abcd1234");
    await visitor.fill("#environment", "staging");
    const url = "https://model-abcd1234.api.baseten.co/environments/staging/sync/v1/chat/completions";
    expect(await visitor.evaluate(text("route"))).toContain(url);
    expect(await visitor.evaluate('document.querySelector("#route .from-environment").textContent')).toBe("staging");
    await visitor.fill("#model", "baseten/ x");
    expect(await visitor.evaluate(text("route"))).toContain("model: expected");
  });

  it("watches an answer stream, and the wire", async () => {
    await visitor.fill("#message", "What a browser says");
    await visitor.enter("#message");
    await until(visitor, ended("Complete"));
    expect(await visitor.evaluate(text("answer"))).toContain("What a browser says");
    expect(await visitor.evaluate(text("metrics"))).toMatch(/First token\d/);
    expect(await visitor.evaluate(text("timeline-summary"))).toMatch(/^1 request, \d+ events in/);
    const lines = await visitor.evaluate<string>('document.querySelector("path[data-kind=content]").getAttribute("d")');
    expect(lines.split("M").length).toBeGreaterThan(10);
    await visitor.click("#events > summary");
    await until(visitor, 'document.querySelectorAll("#event-list li").length > 20');
    await visitor.click("#event-list li:nth-child(2) summary");
    await until(visitor, 'document.querySelector("#event-list li:nth-child(2) pre")?.textContent.includes("HTTP 200")');
  });

  it("stops it", async () => {
    await visitor.click("#send");
    await until(visitor, 'document.querySelector(".prose").textContent');
    await visitor.click("#stop");
    await until(visitor, ended("Stopped"));
    expect(await visitor.evaluate(text("answer"))).toContain("Stopped by you");
  });

  it.each([
    ["cut", "StreamTruncatedError"],
    ["reset", "APIConnectionError"],
    ["html", "InvalidResponseError"],
  ])("chooses a bad day (%s), and reads %s", async (fault, name) => {
    await visitor.choose("#fault", fault);
    await visitor.click("#send");
    await until(visitor, ended("Failed"));
    expect(await visitor.evaluate('document.querySelector(".failure h3").textContent')).toBe(name);
    await visitor.choose("#fault", "none");
    await visitor.click(".failure > button");
    await until(visitor, ended("Complete"));
  });

  it("tests a key through the relay, which alone gets it", async () => {
    await visitor.choose("#endpoint", "relay");
    await visitor.fill("#key", KEY);
    await visitor.fill("#message", "Through the relay");
    await visitor.click("#send");
    await until(visitor, ended("Complete"));
    expect(await visitor.evaluate(text("answer"))).toContain("Through the relay");
    expect(new Headers(stage.seen.calls.at(-1)?.init.headers).get("authorization")).toBe(`Bearer ${KEY}`);
    const kept =
      "document.documentElement.outerHTML + location.href + document.cookie + JSON.stringify([localStorage, sessionStorage])";
    expect(await visitor.evaluate(kept)).not.toContain(KEY);
    await visitor.open(stage.url);
    expect(await visitor.evaluate('document.getElementById("key").value')).toBe("");
  });

  it("is told what CORS did, and gets in where a relay lets the page in", async () => {
    await visitor.choose("#endpoint", "url");
    await visitor.fill("#url", stage.shut);
    await visitor.fill("#key", KEY);
    await visitor.click("#send");
    await until(visitor, ended("Failed"));
    expect(await visitor.evaluate(text("failure"))).toContain("APIConnectionError");
    expect(await visitor.evaluate(text("failure"))).toContain("baseten-fetch/relay");
    await visitor.fill("#url", stage.open);
    await visitor.click("#send");
    await until(visitor, ended("Complete"));
  });

  it("reads Markdown, and nothing that it smuggles in", async () => {
    stage.answer(saying(HOSTILE));
    await visitor.choose("#endpoint", "relay");
    await visitor.fill("#key", KEY);
    await visitor.click("#send");
    await until(visitor, ended("Complete"));
    const count = (selector: string) =>
      visitor.evaluate(`document.querySelectorAll(${JSON.stringify(`.prose ${selector}`)}).length`);
    for (const selector of ["h3", "strong", "table", "pre code", 'a[href="https://example.com/"]']) {
      expect([selector, await count(selector)]).toEqual([selector, 1]);
    }
    for (const selector of ["img", "script", "[onerror]", '[href^="javascript"]']) {
      expect([selector, await count(selector)]).toEqual([selector, 0]);
    }
    expect(await visitor.evaluate("document.title")).toContain("baseten-fetch");
    expect(await visitor.evaluate('document.querySelector(".prose a").rel')).toBe("noopener noreferrer nofollow");
  });
});
