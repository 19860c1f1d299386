import { describe, expect, it } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { ask, OWN_KEY, recorder } from "./relay-setup.js";

const APP = "https://app.example.com";
const ALLOWED = "access-control-allow-origin";

/** The names in a header that is a list. */
const listed = (headers: Headers, name: string) => (headers.get(name) ?? "").split(/\s*,\s*/).filter(Boolean);

const { fetch } = recorder();

describe("who may read the answers", () => {
  it.each<[name: string, origins: RelayOptions["origins"], origin: string | undefined, allowed: string | null]>([
    ["nobody by default", undefined, APP, null],
    ["nobody of an empty list", [], APP, null],
    ["an origin of the list", ["https://other.example", APP], APP, APP],
    ["no other origin", [APP], "https://other.example", null],
    ["no origin that ends alike", [APP], "https://evil-app.example.com", null],
    ["no origin that begins alike", [APP], `${APP}.evil.example`, null],
    ["no origin of another scheme", [APP], "http://app.example.com", null],
    ["no origin of another port", [APP], `${APP}:8443`, null],
    ["no origin with a final dot", [APP], `${APP}.`, null],
    ["no origin with a path", [APP], `${APP}/`, null],
    ["no origin in other letters", [APP], "https://APP.example.com", null],
    ["no two origins", [APP], `${APP}, https://evil.example`, null],
    ["no null by a list without it", [APP], "null", null],
    ["null by a list that holds it", [APP, "null"], "null", "null"],
    ["no null by a predicate", () => true, "null", null],
    ["what a predicate says yes to", (origin) => origin.endsWith(".example.com"), APP, APP],
    ["nothing that it says no to", (origin) => origin.endsWith(".example.org"), APP, null],
    ["what an async predicate says yes to", async () => true, APP, APP],
    ["nothing that an async one says no to", async () => false, APP, null],
    ["nothing for a yes that is no true", (() => "yes") as unknown as () => boolean, APP, null],
    ["all by a star", "*", "https://other.example", "*"],
    ["null too by a star", "*", "null", "*"],
    ["those without an origin, by a star", "*", undefined, "*"],
    ["nobody without an origin, by a list", [APP], undefined, null],
  ])("%s", async (_, origins, origin, allowed) => {
    const headers = origin === undefined ? {} : { origin };
    const handle = relay({ fetch, origins });
    for (const request of [ask({ headers }), ask({ headers, method: "OPTIONS" }), ask({ headers, path: "/nowhere" })]) {
      const answer = await handle(request);
      expect(answer.headers.get(ALLOWED)).toBe(allowed);
      expect(answer.headers.has("access-control-expose-headers")).toBe(allowed !== null);
      expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
      expect(listed(answer.headers, "vary")).toContain("origin");
    }
  });

  it("is nobody if the predicate throws, and nothing is sent on", async () => {
    const { fetch, sent } = recorder();
    const origins = () => {
      throw new Error("no database");
    };
    const answer = await relay({ fetch, origins })(ask({ headers: { origin: APP } }));
    expect(answer.status).toBe(500);
    expect(answer.headers.has(ALLOWED)).toBe(false);
    expect(await answer.text()).not.toContain("database");
    expect(sent).toEqual([]);
  });
});

describe("CORS headers are on every answer", () => {
  const refuses = { apiKey: OWN_KEY, authorize: () => false };
  const throws = {
    apiKey: OWN_KEY,
    authorize: () => {
      throw new Error("no database");
    },
  };
  const own = { apiKey: OWN_KEY, authorize: () => Response.redirect("https://example.com/login") };
  const answering = (answer: () => Response | Promise<Response>) => ({ fetch: recorder(answer).fetch });
  it.each<[status: number, options: RelayOptions, init: Parameters<typeof ask>[0]]>([
    [200, {}, {}],
    [200, {}, { method: "GET", path: "/models" }],
    [204, {}, { method: "OPTIONS" }],
    [302, own, {}],
    [400, {}, { body: "{" }],
    [401, {}, { headers: { authorization: "" } }],
    [403, refuses, {}],
    [403, { models: [] }, {}],
    [404, {}, { path: "/" }],
    [405, {}, { method: "PUT" }],
    [413, { maxBodyBytes: 1 }, {}],
    [415, {}, { headers: { "content-type": "text/plain" } }],
    [429, answering(() => new Response("slow down", { status: 429 })), {}],
    [499, {}, { signal: AbortSignal.abort() }],
    [500, throws, {}],
    [502, answering(() => Promise.reject(new TypeError("fetch failed"))), {}],
    [503, answering(() => new Response(null, { status: 503 })), {}],
    [504, { timeout: 1, ...answering(() => new Promise(() => {})) }, {}],
  ])("%d", async (status, options, init) => {
    const handle = relay({ fetch, origins: [APP], ...options });
    const answer = await handle(ask({ ...init, headers: { origin: APP, ...init?.headers } }));
    expect(answer.status).toBe(status);
    expect(answer.headers.get(ALLOWED)).toBe(APP);
    expect(listed(answer.headers, "vary")).toContain("origin");
    expect(listed(answer.headers, "access-control-expose-headers")).toEqual(
      expect.arrayContaining([
        "retry-after",
        "retry-after-ms",
        "x-request-id",
        "x-baseten-request-id",
        ...["limit", "remaining", "reset"].flatMap((what) => [
          `x-ratelimit-${what}-requests`,
          `x-ratelimit-${what}-tokens`,
        ]),
      ]),
    );
  });

  it("takes the place of the upstream's own, and keeps its vary", async () => {
    const upstream = {
      "access-control-allow-origin": "https://evil.example",
      "access-control-allow-credentials": "true",
      vary: "accept-encoding",
    };
    const handle = relay({ fetch: recorder(() => new Response("{}", { headers: upstream })).fetch, origins: [APP] });
    const { headers } = await handle(ask({ headers: { origin: APP } }));
    expect(headers.get(ALLOWED)).toBe(APP);
    expect(headers.has("access-control-allow-credentials")).toBe(false);
    expect(listed(headers, "vary")).toEqual(["accept-encoding", "origin"]);
  });
});

describe("a preflight", () => {
  const preflight = (names: string | undefined, path?: string) =>
    relay({ fetch, origins: [APP] })(
      ask({
        method: "OPTIONS",
        ...(path && { path }),
        headers: { origin: APP, ...(names !== undefined && { "access-control-request-headers": names }) },
      }),
    );

  it.each([
    ["one", "authorization", ["authorization"]],
    [
      "those of other SDKs",
      "authorization,content-type,x-stainless-os",
      ["authorization", "content-type", "x-stainless-os"],
    ],
    [
      "those of Anthropic's SDK",
      "anthropic-dangerous-direct-browser-access,anthropic-version,authorization,content-type,x-api-key",
      ["anthropic-dangerous-direct-browser-access", "anthropic-version", "authorization", "content-type", "x-api-key"],
    ],
    ["blanks between them", " authorization ,\tcontent-type ", ["authorization", "content-type"]],
    ["all characters of a token", "!#$%&'*+-.^_`|~09az", ["!#$%&'*+-.^_`|~09az"]],
    ["none", undefined, []],
    ["an empty list", "", []],
    ["only what is a name", 'authorization, bad name, x:y, , x;y, "q", x-ok', ["authorization", "x-ok"]],
    ["as many as 4 KiB hold", `${"a".repeat(4_090)},x-z`, ["a".repeat(4_090), "x-z"]],
    ["none of what is longer", `${"a".repeat(4_096)},x-z`, []],
  ])("echoes the header names: %s", async (_, names, echoed) => {
    const { status, headers, body } = await preflight(names);
    expect({ status, body }).toEqual({ status: 204, body: null });
    expect(listed(headers, "access-control-allow-headers")).toEqual(echoed);
    expect(listed(headers, "vary")).toContain("access-control-request-headers");
    expect(Number(headers.get("access-control-max-age"))).toBeGreaterThan(0);
  });

  it.each([
    ["/v1/chat/completions", "POST"],
    ["/v1/models", "GET"],
  ])("of %s allows %s", async (path, method) => {
    const { headers } = await preflight(undefined, path);
    expect(listed(headers, "access-control-allow-methods")).toEqual([method, "OPTIONS"]);
    expect(listed(headers, "allow")).toEqual([method, "OPTIONS"]);
  });

  it("asks neither authorize nor the upstream", async () => {
    const { fetch, sent } = recorder();
    const asked: Request[] = [];
    const authorize = (request: Request) => asked.push(request) > 0;
    await relay({ fetch, apiKey: OWN_KEY, authorize, origins: "*" })(ask({ method: "OPTIONS" }));
    expect({ asked, sent }).toEqual({ asked: [], sent: [] });
  });
});
