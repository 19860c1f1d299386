// @vitest-environment happy-dom

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fetch } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RelayState } from "../../demo/call/form.js";
import { startPlayground } from "../../demo/playground.js";
import { COMPARISON, ENVIRONMENT, KEY, PUBLISHED } from "./fixtures.js";

const html = await readFile(join(import.meta.dirname, "../../demo/index.html"), "utf8");
const body = html.slice(html.indexOf("<body>") + 6, html.indexOf("</body>"));

/** Slow enough to be stopped. */
const SLOW = 20;

function field(name: string): HTMLInputElement {
  const label = [...document.querySelectorAll("label")].find(({ textContent }) => textContent?.trim() === name);
  const found = document.getElementById(label?.htmlFor ?? "") ?? label?.querySelector("input");
  if (!found) throw new Error(`no field is labelled ${name}`);
  return found as HTMLInputElement;
}

function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll("button")].findLast(({ textContent }) => textContent === name);
  if (!found) throw new Error(`no button is named ${name}`);
  return found;
}

const example = (label: string) =>
  [...document.querySelectorAll<HTMLElement>("#examples button")].find(({ textContent }) =>
    textContent?.startsWith(label),
  );

function region(name: string): string {
  const heading = [...document.querySelectorAll("h2")].find(({ textContent }) => textContent === name);
  return document.querySelector(`[aria-labelledby="${heading?.id}"]`)?.textContent ?? "";
}

function fill(name: string, value: string): void {
  field(name).value = value;
  field(name).dispatchEvent(new Event("input"));
}

const textOf = (selector: string) => document.querySelector(selector)?.textContent ?? "";
const metric = (name: string) => textOf(`#metric-${name}`);
const state = () => textOf("#state");
const ended = (outcome: string) =>
  vi.waitFor(() => expect([state(), button("Send").disabled]).toEqual([outcome, false]), { timeout: 10_000 });

async function send(message: string, outcome = "Complete"): Promise<void> {
  fill("Message", message);
  button("Send").click();
  await ended(outcome);
}

function open(relay: RelayState = "passing", tokensPerSecond = ENVIRONMENT.tokensPerSecond): void {
  document.body.innerHTML = body;
  const environment = { ...ENVIRONMENT, relay, tokensPerSecond };
  startPlayground({ environment, published: PUBLISHED, comparison: COMPARISON });
}

/** Replaces the page's own fetch by one that answers as Baseten does at any address. */
function network(fetch: Fetch = emulator()) {
  const mock = vi.fn(fetch);
  vi.stubGlobal("fetch", mock);
  return mock;
}

const chatCalls = ({ mock }: ReturnType<typeof network>) =>
  mock.calls.filter(([url]) => String(url).endsWith("/chat/completions"));

beforeEach(() => open());

describe("the route", () => {
  it("follows what is typed", () => {
    fill("Model", "baseten/abcd1234");
    fill("Environment", "staging");
    expect(region("Route")).toContain("https://model-abcd1234.api.baseten.co/environments/staging/sync/v1");
    const marks = [...document.querySelectorAll(".route mark")].map((mark) => [mark.className, mark.textContent]);
    expect(marks).toContainEqual(["from-model", "abcd1234"]);
    expect(marks).toContainEqual(["from-environment", "staging"]);
  });

  it("shows the client's error for a model that it refuses, and what to do", () => {
    fill("Model", "baseten/");
    expect(region("Route")).toMatch(/model: expected .* got "baseten\/"/);
    expect(region("Route")).toContain("Change the model");
  });

  it.each([
    ["Model API", "Model API"],
    ["Dedicated", "Dedicated"],
    ["Staging", "Dedicated"],
    ["LiteLLM", "LiteLLM proxy"],
  ])("of the example model %s is %s", (name, kind) => {
    button(name).click();
    expect(region("Route")).toContain(kind);
  });

  it("of a LiteLLM proxy selects a custom URL where Baseten was the endpoint", () => {
    fill("Endpoint", "direct");
    button("LiteLLM").click();
    expect(field("Endpoint").value).toBe("custom");
    expect(region("Route")).toContain("http://localhost:4000/chat/completions");
  });

  it("shows HTML in a model as text", () => {
    fill("Model", "<img src=x onerror=alert(1)>/y");
    expect(document.querySelector(".route img")).toBeNull();
  });
});

describe("a message", () => {
  it("is answered by the emulator without a key and without the network", async () => {
    const fetch = network();
    fill("Message", "A message to be quoted");
    button("Send").click();
    expect([button("Send").disabled, button("Stop").disabled]).toEqual([true, false]);
    await ended("Complete");
    expect(region("Answer")).toContain("A message to be quoted");
    expect(region("Answer")).toContain("No model is called");
    expect(metric("first")).toMatch(/^\d+ ms$/);
    expect(metric("attempts")).toBe("1");
    await vi.waitFor(() => expect(metric("cost")).toMatch(/^\$0\.0000\d+$/));
    expect(textOf("#events-summary")).toMatch(/^1 request, \d+ events in/);
    expect(textOf("#status")).toMatch(/^Answer complete: \d+ words in/);
    expect(field("Message").value).toBe("");
    expect(fetch).not.toHaveBeenCalled();
  });

  it("is sent by Enter, but neither by Shift+Enter nor while a word is composed", async () => {
    open("passing", SLOW);
    const press = (init: KeyboardEventInit) =>
      field("Message").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true, ...init }));
    fill("Message", "Hello");
    field("Message").focus();
    press({ shiftKey: true });
    press({ isComposing: true });
    expect(button("Stop").disabled).toBe(true);
    press({});
    expect(button("Stop").disabled).toBe(false);
    expect(document.activeElement).toBe(field("Message"));
    button("Stop").click();
    await ended("Stopped");
  });

  it("that is empty is asked for, and nothing is sent", () => {
    fill("Message", "  \n");
    button("Send").click();
    expect(state()).toBe("Ready");
    expect(textOf("#message-note")).toContain("Write a message first");
    expect(document.activeElement).toBe(field("Message"));
    fill("Message", "Hello");
    expect(field("Message").getAttribute("aria-invalid")).toBeNull();
  });

  it("of several lines is quoted with its lines", async () => {
    await send("One\nTwo\n\nThree");
    const lines = [...document.querySelectorAll(".prose blockquote p")].map(({ innerHTML }) => innerHTML.trim());
    expect(lines).toEqual(["One<br>Two", "Three"]);
  });

  it("that is being written survives an example", async () => {
    fill("Message", "A draft");
    example("List")?.click();
    await ended("Complete");
    expect(field("Message").value).toBe("A draft");
  });
});

describe("a conversation", () => {
  const sentMessages = () => JSON.parse(textOf("#request").split("\n\n")[1] ?? "{}").messages;

  it("carries the earlier turns, and a failed one is shown but not sent", async () => {
    await send("First");
    fill("Scenario", "truncated");
    await send("Second", "Failed");
    expect(textOf(".turn:last-child .end")).toContain("Not completed");
    fill("Scenario", "normal");
    await send("Third");
    expect(document.querySelectorAll(".turn")).toHaveLength(3);
    const contents = sentMessages().map(({ role, content }: { role: string; content: string }) => [role, content]);
    expect(contents).toEqual([
      ["user", "First"],
      ["assistant", expect.stringContaining("No model is called")],
      ["user", "Third"],
    ]);
  });

  it("keeps the partial answer of a turn that is stopped, and carries it", async () => {
    open("passing", SLOW);
    fill("Message", "First");
    button("Send").click();
    await vi.waitFor(() => expect(textOf(".prose")).toMatch(/No model/), { timeout: 5_000 });
    button("Stop").click();
    await ended("Stopped");
    expect(region("Answer")).toContain("The partial answer is kept");
    fill("Message", "And then?");
    await vi.waitFor(() => expect(textOf("#code-typescript")).toContain("And then?"));
    expect(textOf("#code-typescript")).toContain('role: "assistant"');
  });

  it("is emptied by New chat, also while an answer streams", async () => {
    open("passing", SLOW);
    fill("Message", "First");
    button("Send").click();
    await vi.waitFor(() => expect(textOf("#state")).toBe("Streaming"));
    button("New chat").click();
    await vi.waitFor(() => expect(button("Send").disabled).toBe(false));
    expect(document.querySelectorAll(".turn")).toHaveLength(0);
    expect(state()).toBe("Ready");
    expect(button("New chat").disabled).toBe(true);
    expect(textOf("#code-typescript")).not.toContain("First");
  });

  it("moves the focus from the button that is disabled to the one that works", async () => {
    open("passing", SLOW);
    fill("Message", "Hello");
    button("Send").focus();
    button("Send").click();
    expect(document.activeElement).toBe(button("Stop"));
    button("Stop").click();
    await ended("Stopped");
    expect(document.activeElement).toBe(button("Send"));
  });
});

describe("a tool that is offered", () => {
  it("is run by the page, and its result is sent back", async () => {
    example("Tool call")?.click();
    await ended("Complete");
    expect(field("Offer a tool").checked).toBe(true);
    const [args, result] = [...document.querySelectorAll(".tool-card pre")].map(({ textContent }) => textContent);
    expect(JSON.parse(args ?? "")).toEqual({ city: "Lisbon" });
    expect(JSON.parse(result ?? "")).toMatchObject({ city: "Lisbon" });
    expect(textOf(".prose:last-of-type")).not.toContain("No model is called");
    expect(textOf("#events-summary")).toMatch(/^2 requests/);
    expect(metric("attempts")).toBe("1");
  });
});

describe("the scenario", () => {
  it.each<[scenario: string, name: string | undefined, attempts: number]>([
    ["rateLimited", undefined, 2],
    ["overloaded", "InternalServerError", 3],
    ["truncated", "StreamTruncatedError", 1],
    ["reset", "APIConnectionError", 1],
    ["invalidJSON", "InvalidResponseError", 1],
    ["errorEvent", "APIError", 1],
    ["html", "InvalidResponseError", 1],
    ["rejectedKey", "AuthenticationError", 1],
    ["stalled", "TimeoutError", 1],
  ])("%s ends with %s after %d attempts, and says so in its panel", async (scenario, name, attempts) => {
    fill("Scenario", scenario);
    await send("Hello", name ? "Failed" : "Complete");
    expect(textOf(".alert h3")).toBe(name ?? "");
    expect(metric("attempts")).toBe(String(attempts));
    const panel = textOf(".scenario-panel");
    expect(panel).toContain("This client");
    expect(panel).not.toMatch(/error\.(name|attempts)/);
    expect(panel).toContain(name ? `Throws ${name}` : "2 attempts");
    expect(field("Message").value).toBe(name ? "Hello" : "");
  });

  it("coldStart selects a dedicated model, which takes 4 s to start, and a slug does not", async () => {
    fill("Scenario", "coldStart");
    button("Model API").click();
    expect(textOf("#scenario-note")).toContain("Only dedicated deployments have cold starts");
    button("Dedicated").click();
    expect(textOf("#scenario-note")).toContain("needs 4\u00a0s to start");
    expect(field("Model").value).toBe("baseten/abcd1234");
    await send("Hello");
    expect(metric("first")).toMatch(/^4\.\d+ s$/);
  });

  it("with a measured comparison says what other clients do, and when it was measured", async () => {
    fill("Scenario", "truncated");
    await send("Hello", "Failed");
    expect(textOf(".scenario-panel")).toMatch(/Other clients.*alphaEnds as if complete.*Measured on 2026-11-25/s);
  });

  it("cannot be chosen for another endpoint than the emulator, and has no effect there", async () => {
    network();
    fill("Scenario", "truncated");
    fill("API key", KEY);
    expect(field("Scenario").disabled).toBe(true);
    expect(textOf("#scenario-note")).toContain("Only the emulator");
    await send("Hello");
    expect(document.querySelector(".scenario-panel")).toBeNull();
  });
});

describe("an error", () => {
  it("keeps the text before it, and Retry asks again", async () => {
    fill("Scenario", "truncated");
    await send("Why should a web page call a model through a relay?", "Failed");
    expect(textOf(".prose")).toMatch(/\w/);
    button("Retry").click();
    expect(document.querySelectorAll(".turn")).toHaveLength(2);
    await ended("Failed");
    expect(document.querySelectorAll(".alert")).toHaveLength(1);
  });

  it.each(["Model", "Endpoint", "Scenario", "API key"])("disappears when %s changes", async (name) => {
    fill("Scenario", "truncated");
    await send("Hello", "Failed");
    fill(name, { Endpoint: "direct", Scenario: "normal" }[name] ?? "abcd1234");
    expect(document.querySelector(".alert")).toBeNull();
    expect(textOf(".turn .end")).toContain("Not completed");
  });

  it("that has disappeared does not come back when the prices arrive", async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answer = emulator({ faults: ["truncate"] });
    network((url, init) =>
      String(url).endsWith("/models") ? released.then(() => emulator()(url, init)) : answer(url, init),
    );
    fill("Endpoint", "custom");
    fill("URL", "https://late.example/v1");
    await send("Hello", "Failed");
    fill("API key", KEY);
    release();
    await vi.waitFor(() => expect(metric("cost")).toMatch(/^\$0/));
    expect(document.querySelector(".alert")).toBeNull();
  });

  it.each<[server: string, answer: Fetch, text: RegExp]>([
    ["rejects the key", emulator({ apiKeys: ["another"] }), /Check the API key/],
    ["is down", () => Promise.reject(new TypeError("Failed to fetch")), /server runs and allows/],
    ["is no chat endpoint", async () => new Response("<html>"), /not a chat completion/],
    ["redirects", async () => new Response(null, { status: 302 }), /not a chat completion/],
  ])("of a server that %s says what to do next", async (_, answer, text) => {
    network(answer);
    fill("Endpoint", "custom");
    fill("URL", "https://gateway.example/v1");
    fill("API key", KEY);
    await send("Hello", "Failed");
    expect(textOf(".alert .next")).toMatch(text);
    expect(document.documentElement.outerHTML).not.toContain(KEY);
    button("Use the emulator").click();
    await ended("Complete");
    expect(field("Endpoint").value).toBe("emulator");
  });

  it("for a URL that is refused is shown before anything is sent", async () => {
    const fetch = network();
    fill("Endpoint", "custom");
    fill("URL", "localhost:4000");
    await send("Hello", "Failed");
    expect(textOf(".alert")).toMatch(/BadRequestError.*Enter a whole URL/);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("of a browser that blocks Baseten's answer offers the relay, which then answers", async () => {
    const fetch = network((url, init) =>
      String(url).includes("127.0.0.1") ? emulator()(url, init) : Promise.reject(new TypeError("Failed to fetch")),
    );
    fill("Endpoint", "direct");
    expect(textOf("#endpoint-note")).toContain("CORS");
    fill("API key", KEY);
    await send("Hello", "Failed");
    button("Use the relay").click();
    await ended("Complete");
    expect(chatCalls(fetch).at(-1)?.[0]).toBe(`${ENVIRONMENT.relayURL}/chat/completions`);
  });

  it("of a browser that blocks Baseten's answer shows the code of a relay on a page without one", async () => {
    open("none");
    network(() => Promise.reject(new TypeError("Failed to fetch")));
    fill("API key", KEY);
    await send("Hello", "Failed");
    expect(textOf(".relay-help")).toContain(`origins: ["${ENVIRONMENT.origin}"]`);
  });
});

describe("the API key", () => {
  it.each<[relay: RelayState, selected: string]>([
    ["passing", "relay"],
    ["none", "direct"],
  ])("typed while the emulator is selected selects an endpoint that uses it (relay: %s)", (relay, selected) => {
    open(relay);
    fill("API key", KEY);
    expect(field("Endpoint").value).toBe(selected);
    expect(textOf("#endpoint-note")).toContain("Selected for your API key");
    fill("Endpoint", "emulator");
    expect(textOf("#key-note")).toBe("Not used by the emulator");
    expect(textOf("#endpoint-note")).not.toContain("Selected for");
  });

  it("is named as the reason for the endpoint only while that endpoint is selected", () => {
    fill("API key", KEY);
    fill("API key", `${KEY}2`);
    expect(textOf("#endpoint-note")).toContain("Selected for your API key");
    button("LiteLLM").click();
    expect(field("Endpoint").value).toBe("custom");
    expect(textOf("#endpoint-note")).not.toContain("Selected for");
    fill("Endpoint", "relay");
    expect(textOf("#endpoint-note")).not.toContain("Selected for");
  });

  it("is sent in the Authorization header and appears nowhere else", async () => {
    const fetch = network();
    fill("API key", KEY);
    await send("Hello");
    for (const [, init] of fetch.mock.calls)
      expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${KEY}`);
    expect(chatCalls(fetch)).toHaveLength(1);
    expect(textOf("#request")).toContain("Authorization: Bearer ***");
    expect(document.documentElement.outerHTML + location.href + document.cookie).not.toContain(KEY);
    expect(localStorage.length + sessionStorage.length).toBe(0);
  });

  it("is masked in the raw events of a server that quotes it", async () => {
    network(async () => new Response(`data: {"error":{"message":"bad key ${KEY}"}}\n\n`));
    fill("API key", KEY);
    await send("Hello", "Failed");
    for (const row of document.querySelectorAll("#event-list details")) row.dispatchEvent(new Event("toggle"));
    expect(textOf("#event-list")).toContain("bad key ***");
    expect(document.documentElement.outerHTML).not.toContain(KEY);
  });

  it("is not sent to the emulator", async () => {
    fill("API key", KEY);
    fill("Endpoint", "emulator");
    await send("Hello");
    expect(textOf("#request")).not.toContain("Authorization");
  });

  it("that is missing is asked for where Baseten needs it", () => {
    const fetch = network();
    fill("Endpoint", "direct");
    fill("Message", "Hello");
    button("Send").click();
    expect(document.activeElement).toBe(field("API key"));
    expect(textOf("#key-note")).toContain("Paste your API key");
    expect(field("Message").value).toBe("Hello");
    expect(fetch).not.toHaveBeenCalled();
  });

  it("is not needed where the server has one, which selects the relay", () => {
    open("keyed");
    expect(field("Endpoint").value).toBe("relay");
    expect(field("API key").disabled).toBe(true);
    expect(textOf("#key-note")).toBe("Not needed: the server has a key");
    fill("Endpoint", "direct");
    expect(field("API key").disabled).toBe(false);
  });

  it("is hidden until Show is pressed, and its field has no name to be remembered by", () => {
    const { name, type } = field("API key");
    expect([type, name, field("API key").getAttribute("autocomplete")]).toEqual(["password", "", "off"]);
    button("Show").click();
    expect(field("API key").type).toBe("text");
    button("Hide").click();
    expect(field("API key").type).toBe("password");
  });
});

describe("the prices", () => {
  it("are read from the endpoint once, at the first Send", async () => {
    const fetch = network();
    fill("Endpoint", "custom");
    fill("URL", "https://prices.example/v1");
    await vi.waitFor(() => expect(textOf("#request")).toContain("prices.example"));
    expect(fetch).not.toHaveBeenCalled();
    await send("Hello");
    await vi.waitFor(() => expect(metric("cost")).toMatch(/^\$0\.0000/));
    await send("Hello again");
    const lists = fetch.mock.calls.filter(([url]) => String(url).endsWith("/models"));
    expect(lists.map(([url]) => url)).toEqual(["https://prices.example/v1/models"]);
  });

  it("that cannot be read leave the cost unknown and do not disturb the answer", async () => {
    network((url, init) =>
      String(url).endsWith("/models") ? Promise.reject(new TypeError("Failed to fetch")) : emulator()(url, init),
    );
    fill("Endpoint", "custom");
    fill("URL", "https://unpriced.example/v1");
    await send("Hello");
    expect(metric("cost")).toBe("–");
  });
});

describe("the inspector", () => {
  it("lists every event of the last turn with its raw text", async () => {
    await send("Hello");
    expect(document.querySelectorAll("#event-list li").length).toBeGreaterThan(20);
    const row = document.querySelector("#event-list li:nth-child(2) details");
    row?.dispatchEvent(new Event("toggle"));
    expect(row?.querySelector("pre")?.textContent).toContain("HTTP 200");
  });

  it("shows the next request before the first is sent, and then the last", async () => {
    fill("Message", "Bonjour");
    await vi.waitFor(() => expect(textOf("#request")).toContain('"content": "Bonjour"'));
    expect(textOf("#request-note")).toContain("not sent yet");
    await send("Bonjour");
    fill("Message", "Another");
    expect(textOf("#request")).toContain('"content": "Bonjour"');
    expect(textOf("#request-note")).toContain("as it was sent");
  });

  it("shows the call as code, in one language at a time", async () => {
    fill("Message", "Bonjour");
    await vi.waitFor(() => expect(textOf("#code-curl")).toContain('"content": "Bonjour"'));
    const curl = document.getElementById("code-curl");
    expect(curl?.hidden).toBe(true);
    button("curl").click();
    expect(curl?.hidden).toBe(false);
    expect(textOf("#code-typescript")).toContain('content: "Bonjour"');
  });

  it.each<[from: string, key: string, to: string]>([
    ["TypeScript", "ArrowRight", "Script tag"],
    ["curl", "ArrowRight", "TypeScript"],
    ["Deno", "ArrowLeft", "Script tag"],
    ["TypeScript", "ArrowLeft", "curl"],
    ["Deno", "Home", "TypeScript"],
    ["Script tag", "End", "curl"],
    ["Deno", "ArrowDown", "Deno"],
  ])("moves from the tab %s by %s to %s", (from, key, to) => {
    button(from).click();
    button(from).focus();
    const event = new KeyboardEvent("keydown", { key, cancelable: true });
    button(from).dispatchEvent(event);
    expect(document.activeElement).toBe(button(to));
    expect(
      [...document.querySelectorAll("#panel-code pre:not([hidden])")].map(({ id }) => `tab-${id.slice(5)}`),
    ).toEqual([button(to).id]);
    // Home and End would scroll the page.
    expect(event.defaultPrevented).toBe(from !== to);
  });

  it("is empty again after New chat", async () => {
    await send("Hello");
    button("New chat").click();
    expect(document.querySelectorAll("#event-list details")).toHaveLength(0);
    expect(textOf("#events-summary")).toContain("appears here");
    expect(document.querySelector("#strip-marks path[d^=M]")).toBeNull();
    await vi.waitFor(() => expect(textOf("#request-note")).toContain("not sent yet"));
  });
});
