// @vitest-environment happy-dom

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fetch } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { prices } from "../../demo/call/prices.js";
import { start } from "../../demo/page.js";
import { KEY, SURROUNDINGS } from "./given.js";

const html = await readFile(join(import.meta.dirname, "../../demo/index.html"), "utf8");
const body = html.slice(html.indexOf("<body>") + 6, html.indexOf("</body>"));
const listed = await prices();

/** An element that a visitor finds by its label, its role or its text. */
const labelled = (name: string) => {
  const label = [...document.querySelectorAll("label")].find(({ textContent }) => textContent?.trim() === name);
  const field = document.getElementById(label?.htmlFor ?? "");
  if (!field) throw new Error(`no field is labelled ${name}`);
  return field as HTMLInputElement;
};
const button = (name: string) => {
  const found = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === name);
  if (!found) throw new Error(`no button says ${name}`);
  return found;
};
const region = (name: string) => {
  const heading = [...document.querySelectorAll("h2")].find(({ textContent }) => textContent === name);
  return document.querySelector(`[aria-labelledby="${heading?.id}"]`)?.textContent ?? "";
};
const fill = (name: string, value: string) => {
  const field = labelled(name);
  field.value = value;
  field.dispatchEvent(new Event("input"));
};
const state = () => document.getElementById("state")?.textContent;
const ended = (outcome: string) => vi.waitFor(() => expect(state()).toBe(outcome), { timeout: 10_000 });

/** Slow enough to be stopped. */
const SLOW = 20;

function open(relay: "none" | "passing" | "keyed" = "passing", tokensPerSecond = SURROUNDINGS.tokensPerSecond): void {
  document.body.innerHTML = body;
  const published = { script: "https://cdn.example/x.js", integrity: "sha384-x" };
  start({ surroundings: { ...SURROUNDINGS, relay, tokensPerSecond }, published, prices: listed });
}

/** A fetch of the page's own, which answers as Baseten does at any address. */
function network(answer: Fetch = emulator()) {
  const fetch = vi.fn(answer);
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

beforeEach(() => open());

describe("the route", () => {
  it("follows what is typed", () => {
    fill("Model", "baseten/abcd1234");
    fill("Environment", "staging");
    expect(region("Route")).toContain("https://model-abcd1234.api.baseten.co/environments/staging/sync/v1");
    const marks = [...document.querySelectorAll("#route mark")].map(({ className, textContent }) => [
      className,
      textContent,
    ]);
    expect(marks).toContainEqual(["from-model", "abcd1234"]);
    expect(marks).toContainEqual(["from-environment", "staging"]);
  });

  it("says in the client's own words why a model is refused, and what to do", () => {
    fill("Model", "baseten/");
    expect(region("Route")).toMatch(/model: expected .* got "baseten\/"/);
    expect(region("Route")).toContain("Change the model");
  });

  it.each([
    ["openai/gpt-oss-120b", "Model API"],
    ["zai-org/GLM-5.3", "Model API"],
    ["abcd1234staging", "Dedicated deployment"],
    ["abcd1234dedicated", "Dedicated deployment"],
    ["litellm_proxy/baseten-model", "LiteLLM proxy"],
  ])("has a preset %s, a %s", (name, kind) => {
    const presets = [...document.querySelectorAll<HTMLElement>("#presets button")];
    presets.find(({ textContent }) => textContent?.startsWith(name))?.click();
    expect(region("Route")).toContain(kind);
  });

  it("sends a proxy's preset to a URL where Baseten was the endpoint", () => {
    fill("Endpoint", "direct");
    [...document.querySelectorAll<HTMLElement>("#presets button")].at(-1)?.click();
    expect(labelled("Endpoint").value).toBe("url");
    expect(region("Route")).toContain("http://localhost:4000/chat/completions");
  });

  it("takes what is typed for text", () => {
    fill("Model", "<img src=x onerror=alert(1)>/y");
    expect(document.querySelector("#route img")).toBeNull();
  });
});

describe("a call", () => {
  it("streams from the emulator with no key and no network", async () => {
    const fetch = network();
    fill("Message", "A message to be quoted");
    button("Send").click();
    expect(button("Send").disabled).toBe(true);
    await ended("Complete");
    expect(region("Answer")).toContain("A message to be quoted");
    expect(region("Answer")).toMatch(/First token\d+ ms/);
    expect(region("Answer")).toMatch(/\$0\.0000\d+/);
    expect(region("Answer")).toMatch(/Attempts1/);
    expect(region("On the wire")).toMatch(/1 request, \d+ events in/);
    expect(document.getElementById("status")?.textContent).toMatch(/^The answer is complete: \d+ words/);
    expect(fetch).not.toHaveBeenCalled();
    expect([button("Send").disabled, button("Stop").disabled]).toEqual([false, true]);
  });

  it("leaves at Enter, but neither with Shift nor while a word is composed", async () => {
    open("passing", SLOW);
    const press = (init: KeyboardEventInit) =>
      labelled("Message").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true, ...init }));
    press({ shiftKey: true });
    press({ isComposing: true });
    expect(state()).toBe("Ready");
    press({});
    expect(button("Stop").disabled).toBe(false);
    button("Stop").click();
    await ended("Stopped");
  });

  it("ends at Stop, and keeps what came and what was typed", async () => {
    open("passing", SLOW);
    fill("Message", "A message to be kept");
    button("Send").click();
    await vi.waitFor(() => expect(document.querySelector(".thoughts")?.textContent).toMatch(/^The user/));
    button("Stop").click();
    await ended("Stopped");
    expect(document.querySelector(".thoughts")?.textContent).toMatch(/^The user/);
    expect(region("Answer")).toContain("Stopped by you");
    expect(labelled("Message").value).toBe("A message to be kept");
  });

  it("takes the focus from the button that goes dead to the one that works", async () => {
    open("passing", SLOW);
    button("Send").focus();
    button("Send").click();
    expect(document.activeElement).toBe(button("Stop"));
    button("Stop").click();
    await ended("Stopped");
    await vi.waitFor(() => expect(document.activeElement).toBe(button("Send")));
  });

  it("shows the tool that the model calls", async () => {
    button("Let it call a tool").click();
    await ended("Complete");
    expect(region("Answer")).toContain("The model calls get_weather");
    expect(JSON.parse(document.querySelector(".call pre")?.textContent ?? "")).toMatchObject({ unit: "celsius" });
  });

  it("lists its raw events once somebody looks", async () => {
    fill("Message", "Hello");
    button("Send").click();
    await ended("Complete");
    expect(document.querySelectorAll("#event-list li")).toHaveLength(1);
    const events = document.getElementById("events") as HTMLDetailsElement;
    events.open = true;
    events.ontoggle?.(new Event("toggle") as ToggleEvent);
    await vi.waitFor(() => expect(document.querySelectorAll("#event-list li").length).toBeGreaterThan(20));
  });
});

describe("a bad day", () => {
  it.each<[fault: string, name: string | undefined, requests: number]>([
    ["busy", undefined, 2],
    ["down", "InternalServerError", 3],
    ["cut", "StreamTruncatedError", 1],
    ["reset", "APIConnectionError", 1],
    ["badJson", "InvalidResponseError", 1],
    ["errorEvent", "APIError", 1],
    ["html", "InvalidResponseError", 1],
    ["refused", "AuthenticationError", 1],
    ["stall", "TimeoutError", 1],
  ])("%s ends in %s after %d attempts", async (fault, name, requests) => {
    fill("What goes wrong", fault);
    fill("Message", "Hello");
    button("Send").click();
    await ended(name ? "Failed" : "Complete");
    expect(document.querySelector(".failure h3")?.textContent).toBe(name);
    expect(region("Answer")).toContain(`Attempts${requests}`);
    expect(labelled("Message").value).toBe("Hello");
    expect(document.querySelector(".failure .next")?.textContent ?? "retry").toMatch(/retry|check|send again/i);
  });

  it("keeps what came before it, and is asked again by Retry", async () => {
    fill("What goes wrong", "cut");
    button("Send").click();
    await ended("Failed");
    expect(document.querySelector(".prose")?.textContent).toMatch(/\w/);
    fill("What goes wrong", "none");
    button("Retry").focus();
    button("Retry").click();
    expect(document.activeElement).toBe(button("Stop"));
    await ended("Complete");
    expect(document.querySelector(".failure")).toBeNull();
  });

  it("is the emulator's alone", () => {
    fill("Endpoint", "direct");
    expect(labelled("What goes wrong").disabled).toBe(true);
  });

  it("of a deployment that slept only makes one wait", async () => {
    fill("Model", "baseten/abcd1234");
    fill("What goes wrong", "cold");
    button("Send").click();
    await ended("Complete");
    expect(region("Answer")).toMatch(/First token4\.\d+ s/);
  });
});

describe("an endpoint", () => {
  it("warns of CORS before and after, with a relay's lines", async () => {
    network(() => Promise.reject(new TypeError("Failed to fetch")));
    fill("Endpoint", "direct");
    expect(document.getElementById("endpoint-note")?.textContent).toContain("CORS");
    expect(document.getElementById("endpoint-relay")?.textContent).toContain("baseten-fetch/relay");
    fill("API key", KEY);
    button("Send").click();
    await ended("Failed");
    expect(document.querySelector(".failure")?.textContent).toContain(`origins: ["${SURROUNDINGS.origin}"]`);
  });

  it("gets the visitor's key in a header, and nothing else does", async () => {
    const fetch = network();
    fill("Endpoint", "relay");
    fill("API key", KEY);
    button("Send").click();
    await ended("Complete");
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(url).toBe(`${SURROUNDINGS.relayURL}/chat/completions`);
    expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${KEY}`);
    expect(document.documentElement.outerHTML + location.href + document.cookie).not.toContain(KEY);
    expect(localStorage.length + sessionStorage.length).toBe(0);
  });

  it.each<[server: string, answer: Fetch, words: RegExp]>([
    ["that refuses the key", emulator({ apiKeys: ["another"] }), /Check the key/],
    ["that is dead", () => Promise.reject(new TypeError("Failed to fetch")), /Is the server running/],
    ["that is no chat endpoint", async () => new Response("<html>"), /no chat endpoint/],
    ["that redirects", async () => new Response(null, { status: 302 }), /no chat endpoint/],
  ])("%s says what to do next", async (_, answer, words) => {
    network(answer);
    fill("Endpoint", "url");
    fill("URL", "https://gateway.example/v1");
    fill("API key", KEY);
    button("Send").click();
    await ended("Failed");
    expect(document.querySelector(".failure .next")?.textContent).toMatch(words);
    expect(document.documentElement.outerHTML).not.toContain(KEY);
  });

  it("with a bad URL is refused before anything is sent", async () => {
    const fetch = network();
    fill("Endpoint", "url");
    fill("URL", "localhost:4000");
    button("Send").click();
    await ended("Failed");
    expect(document.querySelector(".failure")?.textContent).toMatch(/BadRequestError.*field URL/);
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each<[relay: "none" | "passing" | "keyed", endpoint: string, offered: boolean]>([
    ["none", "emulator", false],
    ["passing", "emulator", true],
    ["keyed", "relay", true],
  ])("beside a relay that is %s is %s at first", (relay, endpoint, offered) => {
    open(relay);
    expect(labelled("Endpoint").value).toBe(endpoint);
    expect(document.querySelector<HTMLOptionElement>('option[value="relay"]')?.disabled).toBe(!offered);
  });
});

describe("what is missing", () => {
  it("is a message: it is asked for, and nothing is sent", () => {
    fill("Message", "  \n");
    button("Send").click();
    expect(state()).toBe("Ready");
    expect(document.getElementById("message-problem")?.textContent).toContain("Write a message");
    expect(document.activeElement).toBe(labelled("Message"));
    fill("Message", "Hello");
    expect(labelled("Message").getAttribute("aria-invalid")).toBeNull();
  });

  it("is a key where Baseten is asked", () => {
    const fetch = network();
    fill("Endpoint", "direct");
    button("Send").click();
    expect(document.activeElement).toBe(labelled("API key"));
    expect(document.getElementById("key-problem")?.textContent).toContain("paste yours");
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("the key's field", () => {
  it("is masked until it is asked to show, and has no name to be remembered by", () => {
    const field = labelled("API key");
    expect([field.type, field.name, field.getAttribute("autocomplete")]).toEqual(["password", "", "off"]);
    button("Show").click();
    expect(field.type).toBe("text");
    button("Hide").click();
    expect(field.type).toBe("password");
  });
});

describe("the code", () => {
  it("follows the fields, one language at a time", () => {
    fill("Message", "Bonjour");
    const tab = button("curl");
    tab.click();
    expect(document.getElementById("snippet")?.textContent).toContain('"content": "Bonjour"');
    tab.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    expect(document.activeElement).toBe(button("TypeScript"));
    expect(document.getElementById("snippet")?.textContent).toContain('content: "Bonjour"');
  });
});
