import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completion } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Demo, type DemoOptions, serveDemo } from "../../demo/server.js";
import { recordedFetch } from "../helpers/recorded-fetch.js";
import { KEY } from "./fixtures.js";

const OWN_KEY = "the-key-of-the-server";
const POLICY = "default-src 'none'; script-src 'self'";
const CALL = { model: "baseten/openai/gpt-oss-120b", messages: [{ role: "user" as const, content: "Hello" }] };

let folder: string;
const running: Demo[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "demo-"));
  await writeFile(
    join(folder, "index.html"),
    `<html data-relay="none"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><title>demo</title>`,
  );
  await writeFile(join(folder, "demo.js"), "export {};");
});
afterEach(() => Promise.all(running.splice(0).map((demo) => demo.close())));
afterAll(() => rm(folder, { recursive: true }));

async function serve(options: Partial<DemoOptions> = {}) {
  const upstream = recordedFetch(({ url, init }) => emulator()(url, init));
  const demo = await serveDemo({ folder, port: 0, fetch: upstream, ...options });
  running.push(demo);
  return { ...demo, upstream, baseURL: `${demo.url}v1` };
}

function authorizations({ calls }: ReturnType<typeof recordedFetch>): unknown[] {
  return calls.map(({ init }) => new Headers(init.headers).get("authorization"));
}

/** `fetch` would not let a test choose these headers. */
function raw(url: string, headers: Record<string, string>, method = "POST"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { "content-type": "application/json", ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end(method === "POST" ? JSON.stringify(CALL) : undefined);
  });
}

describe("the demo's server", () => {
  it("serves the page on 127.0.0.1 alone, and tells it whether the relay has a key", async () => {
    const { url } = await serve();
    const keyed = await serve({ apiKey: OWN_KEY });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await (await fetch(url)).text()).toContain('data-relay="passing"');
    const page = await (await fetch(keyed.url)).text();
    expect(page).toContain('data-relay="keyed"');
    expect(page).not.toContain(OWN_KEY);
    expect((await fetch(`${url}demo.js`)).headers.get("content-type")).toMatch("text/javascript");
    expect((await fetch(`${url}nothing`)).status).toBe(404);
  });

  it("sends the whole policy of the page as a header, which forbids frames too", async () => {
    const { headers } = await fetch((await serve()).url);
    expect(headers.get("content-security-policy")).toBe(`${POLICY}; frame-ancestors 'none'`);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it.each<[way: string, options: Partial<DemoOptions>, sent: string]>([
    ["sends its own key", { apiKey: OWN_KEY }, `Bearer ${OWN_KEY}`],
    ["sends the visitor's key on", {}, `Bearer ${KEY}`],
  ])("relays to Baseten and %s", async (_, options, sent) => {
    const { baseURL, upstream } = await serve(options);
    const reply = await completion(CALL, { baseURL, apiKey: KEY });
    expect(reply.choices[0]?.message.content).toContain("Hello");
    expect(upstream.calls[0]?.url).toBe("https://inference.baseten.co/v1/chat/completions");
    expect(authorizations(upstream)).toEqual([sent]);
  });

  it.each<[who: string, headers: (url: URL) => Record<string, string>, status: number]>([
    ["the page", ({ origin }) => ({ origin, "sec-fetch-site": "same-origin" }), 200],
    [
      "the page by its other name",
      ({ port }) => ({ host: `localhost:${port}`, origin: `http://localhost:${port}` }),
      200,
    ],
    ["a program on this machine", () => ({}), 200],
    ["a page whose own name resolves to this machine", ({ port }) => ({ host: `evil.example:${port}` }), 403],
    ["a page elsewhere", () => ({ origin: "https://evil.example" }), 403],
    ["a page on another port", () => ({ origin: "http://127.0.0.1:1" }), 403],
    ["a sandboxed frame", () => ({ origin: "null" }), 403],
    ["a page of the same site, but another origin", () => ({ "sec-fetch-site": "same-site" }), 403],
    ["a page whose Origin is not its Host", ({ origin, port }) => ({ host: `localhost:${port}`, origin }), 403],
    ["a page without a port", () => ({ host: "127.0.0.1" }), 403],
  ])("lets %s use the key, or answers 403", async (_, headers, status) => {
    const { url, upstream } = await serve({ apiKey: OWN_KEY });
    expect(await raw(`${url}v1/chat/completions`, headers(new URL(url)))).toBe(status);
    expect(upstream.calls).toHaveLength(status === 200 ? 1 : 0);
  });

  it("takes a free port if the preferred one is taken", async () => {
    const first = await serve();
    const second = await serve({ port: Number(new URL(first.url).port) });
    expect(second.url).not.toBe(first.url);
    expect((await fetch(second.url)).status).toBe(200);
  });

  it("closes at once, streams that are in progress included", async () => {
    const { baseURL, close, upstream } = await serve({ fetch: emulator({ faults: ["stall"] }) });
    const body = JSON.stringify({ ...CALL, stream: true });
    const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };
    const response = await fetch(`${baseURL}/chat/completions`, { method: "POST", headers, body });
    const reading = response.text();
    await Promise.all([expect(reading).rejects.toThrow(), close()]);
    running.length = 0;
    expect(upstream.calls).toEqual([]);
  });
});
