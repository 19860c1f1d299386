import { emulator } from "baseten-fetch/emulator";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { KEY } from "../fixtures.js";
import { openChromium } from "./chromium.js";
import { openFirefox } from "./firefox.js";
import { BOXES, type Box, DESKTOP_WIDTH, MISPLACED, overlaps, SIZES } from "./layout.js";
import { answerWith, HOSTILE_ANSWER, startServers } from "./servers.js";
import { until, type Visitor } from "./visitor.js";
import { openWebKit } from "./webkit.js";

const BROWSERS: [name: string, open: () => Promise<Visitor>][] = [
  ["Chromium", openChromium],
  ["Firefox", openFirefox],
  ["WebKitGTK", openWebKit],
];

const textOf = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).textContent`;
const hasEnded = (outcome: string) =>
  `${textOf("#state")} === "${outcome}" && !document.querySelector("#send").disabled`;

describe.each(BROWSERS)("in %s", (_, open) => {
  let visitor: Visitor;
  let servers: Awaited<ReturnType<typeof startServers>>;

  beforeAll(async () => {
    servers = await startServers();
    visitor = await open();
  });
  afterAll(async () => {
    await visitor?.close();
    await servers.close();
  });

  async function load(): Promise<void> {
    servers.setAnswer(emulator({ tokensPerSecond: 200 }));
    await visitor.open(servers.url);
    await until(visitor, 'document.querySelector("#examples button")');
  }

  async function send(message: string, outcome = "Complete"): Promise<void> {
    await visitor.fill("#message", message);
    await visitor.click("#send");
    await until(visitor, hasEnded(outcome));
  }

  const boxes = () => visitor.evaluate<Box[]>(BOXES);
  const boxesOf = async (...ids: string[]) => (await boxes()).filter(({ id }) => ids.includes(id));

  describe.each(SIZES)("at %s a visitor", (_size, width, height) => {
    beforeEach(async () => {
      await visitor.resize(width, height);
      await load();
    });

    it("sees the route while typing a model, and the boxes stay where they are", async () => {
      const ids = ["#model", ".route", "#endpoint", "#message"];
      const before = await boxesOf(...ids);
      for (const model of ["baseten/abcd1234", "litellm_proxy/x", "baseten/ x", "a/".repeat(90)]) {
        await visitor.fill("#model", model);
        expect([model, await boxesOf(...ids)]).toEqual([model, before]);
      }
      await visitor.fill("#model", "baseten/abcd1234");
      await visitor.fill("#environment", "staging");
      const url = "https://model-abcd1234.api.baseten.co/environments/staging/sync/v1/chat/completions";
      expect(await visitor.evaluate(textOf(".route"))).toContain(url);
      await visitor.choose("#endpoint", "direct");
      await visitor.choose("#endpoint", "custom");
      expect(await boxesOf("#model", ".route", "#message")).toEqual(before.filter(({ id }) => id !== "#endpoint"));
    });

    it("finds everything that is needed on the first screen, and nothing that overlaps or is cut off", async () => {
      const bottoms = Object.fromEntries((await boxes()).map(({ id, bottom }) => [id, bottom]));
      const screens = width < 768 ? 2 : 1;
      expect(bottoms["#send"]).toBeLessThanOrEqual(screens * height);
      expect(bottoms["#scenario-note"]).toBeLessThanOrEqual(height);
      expect(overlaps(await boxes())).toEqual([]);
      expect(await visitor.evaluate(MISPLACED)).toEqual([]);
      expect(await visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      if (width < DESKTOP_WIDTH) return;
      expect(await visitor.evaluate("document.documentElement.scrollHeight <= innerHeight")).toBe(true);
      const setup =
        "(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.querySelector('.setup'))";
      expect(await visitor.evaluate(setup)).toBe(0);
    });

    it("sends with Enter, sees the newest text without scrolling, and keeps the focus in the message", async () => {
      const before = await boxesOf("#model", ".route", "#endpoint", "#message");
      await visitor.fill("#message", "Why should a web page call a model through a relay?");
      await visitor.enter("#message");
      await until(visitor, hasEnded("Complete"));
      const visible = `(() => {
        const { bottom, top } = document.querySelector(".prose > :last-child").getBoundingClientRect();
        const thread = document.querySelector("#thread").getBoundingClientRect();
        return top >= Math.max(0, thread.top) && bottom <= Math.min(innerHeight, thread.bottom);
      })()`;
      expect(await visitor.evaluate(visible)).toBe(true);
      expect(await visitor.evaluate("document.activeElement.id")).toBe("message");
      expect(await boxesOf("#model", ".route", "#endpoint", "#message")).toEqual(before);
      expect(await visitor.evaluate(textOf(".metrics"))).toMatch(/First token\d/);
      expect(await visitor.evaluate(textOf("#events-summary"))).toMatch(/^1 request, \d+ events in/);
      await visitor.click("#event-list li:nth-child(2) summary");
      await until(visitor, 'document.querySelector("#event-list pre")?.textContent.includes("HTTP 200")');
    });

    it("goes on with a conversation after a failure and a stop, and finds every earlier turn", async () => {
      await visitor.choose("#scenario", "truncated");
      await send("First", "Failed");
      expect(await visitor.evaluate(textOf(".alert h3"))).toBe("StreamTruncatedError");
      expect(await visitor.evaluate(textOf(".scenario-panel"))).toContain("Other clients");
      expect(await visitor.evaluate('document.querySelector("#message").value')).toBe("First");
      await visitor.choose("#scenario", "normal");
      expect(await visitor.evaluate('document.querySelector(".alert")')).toBe(null);
      await visitor.fill("#message", "Second");
      // Inside the page: the answer could be complete before a driver's click arrives.
      const stopAtFirstText = `void new MutationObserver((_, observer) => {
        if (!document.querySelector(".turn:last-child .prose")?.textContent || document.querySelector("#stop").disabled) return;
        observer.disconnect();
        document.querySelector("#stop").click();
      }).observe(document.body, { childList: true, characterData: true, subtree: true })`;
      await visitor.evaluate(stopAtFirstText);
      await visitor.click("#send");
      await until(visitor, hasEnded("Stopped"));
      await send("Third");
      expect(await visitor.evaluate('document.querySelectorAll(".turn").length')).toBe(3);
      const { messages } = JSON.parse((await visitor.evaluate<string>(textOf("#request"))).split("\n\n")[1] ?? "");
      expect(messages.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant", "user"]);
      expect(overlaps(await boxes())).toEqual([]);
      await visitor.click("#new-chat");
      expect(await visitor.evaluate('document.querySelectorAll(".turn").length')).toBe(0);
    });

    it("types an API key, which selects the relay, is sent in a header and is kept nowhere", async () => {
      await visitor.fill("#key", KEY);
      expect(await visitor.evaluate('document.querySelector("#endpoint").value')).toBe("relay");
      await send("Through the relay");
      const { url, init } = servers.upstream.calls.findLast((call) => call.url.endsWith("/chat/completions")) ?? {};
      expect(url).toBe("https://inference.baseten.co/v1/chat/completions");
      expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${KEY}`);
      expect(await visitor.evaluate(textOf("#request"))).toContain("Authorization: Bearer ***");
      const traces =
        "document.documentElement.outerHTML + location.href + document.cookie + JSON.stringify([localStorage, sessionStorage])";
      expect(await visitor.evaluate(traces)).not.toContain(KEY);
      await load();
      expect(await visitor.evaluate('document.querySelector("#key").value')).toBe("");
    });
  });

  describe("a visitor", () => {
    beforeEach(async () => {
      await visitor.resize(1_280, 720);
      await load();
    });

    it("offers a tool, which the page runs", async () => {
      await visitor.click("#examples button:nth-child(3)");
      await until(visitor, hasEnded("Complete"));
      expect(await visitor.evaluate('document.querySelectorAll(".tool-card pre").length')).toBe(2);
      expect(await visitor.evaluate(textOf(".step:last-child .prose"))).toContain("Lisbon");
    });

    it("is told what to do when CORS blocks the answer, and gets one from a relay that allows the page", async () => {
      await visitor.choose("#endpoint", "custom");
      await visitor.fill("#url", servers.blockingRelay);
      await visitor.fill("#key", KEY);
      await send("Hello", "Failed");
      expect(await visitor.evaluate(textOf(".alert"))).toMatch(/APIConnectionError.*CORS.*Use the relay/s);
      await visitor.fill("#url", servers.allowingRelay);
      await send("Hello");
    });

    it("reads an answer as Markdown, without anything that could run or load", async () => {
      servers.setAnswer(answerWith(HOSTILE_ANSWER));
      await visitor.fill("#key", KEY);
      await send("Hello");
      const count = (selector: string) =>
        visitor.evaluate(`document.querySelectorAll(${JSON.stringify(`.prose ${selector}`)}).length`);
      for (const selector of ["h3", "strong", "table", "pre code", 'a[href="https://example.com/"]']) {
        expect([selector, await count(selector)]).toEqual([selector, 1]);
      }
      for (const selector of ["img", "script", "[onerror]", '[href^="javascript"]']) {
        expect([selector, await count(selector)]).toEqual([selector, 0]);
      }
      expect(await visitor.evaluate("document.title")).toContain("baseten-fetch");
    });
  });
});
