import { describe, expect, it } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { createRequest, OWN_KEY, recordUpstream } from "./relay-setup.js";

const APP = "https://app.example.com";
const ALLOWED = "access-control-allow-origin";

/** The names in a header that is a list. */
const listed = (headers: Headers, name: string) => (headers.get(name) ?? "").split(/\s*,\s*/).filter(Boolean);

const { fetch } = recordUpstream();

describe("access-control-allow-origin", () => {
  it.each<[name: string, origins: RelayOptions["origins"], origin: string | undefined, allowed: string | null]>([
    ["is absent by default", undefined, APP, null],
    ["is absent for an empty list", [], APP, null],
    ["is an origin of the list", ["https://other.example", APP], APP, APP],
    ["is absent for an origin that is not listed", [APP], "https://other.example", null],
    ["is absent for an origin with the same end", [APP], "https://evil-app.example.com", null],
    ["is absent for an origin with the same beginning", [APP], `${APP}.evil.example`, null],
    ["is absent for another scheme", [APP], "http://app.example.com", null],
    ["is absent for another port", [APP], `${APP}:8443`, null],
    ["is absent for a final dot", [APP], `${APP}.`, null],
    ["is absent for a path", [APP], `${APP}/`, null],
    ["is absent for other letters", [APP], "https://APP.example.com", null],
    ["is absent for two origins in one header", [APP], `${APP}, https://evil.example`, null],
    ["is absent for null unless it is listed", [APP], "null", null],
    ["is null if it is listed", [APP, "null"], "null", "null"],
    ["is absent for null whatever a predicate returns", () => true, "null", null],
    ["is what a predicate returns true for", (origin) => origin.endsWith(".example.com"), APP, APP],
    ["is absent if a predicate returns false", (origin) => origin.endsWith(".example.org"), APP, null],
    ["is what an async predicate resolves true for", async () => true, APP, APP],
    ["is absent if an async predicate resolves false", async () => false, APP, null],
    [
      "is absent if a predicate returns a truthy value that is not true",
      (() => "yes") as unknown as () => boolean,
      APP,
      null,
    ],
    ["is * for any origin with *", "*", "https://other.example", "*"],
    ["is * for null with *", "*", "null", "*"],
    ["is * without an origin with *", "*", undefined, "*"],
    ["is absent without an origin for a list", [APP], undefined, null],
  ])("%s", async (_, origins, origin, allowed) => {
    const headers = origin === undefined ? {} : { origin };
    const handle = relay({ fetch, origins });
    for (const request of [
      createRequest({ headers }),
      createRequest({ headers, method: "OPTIONS" }),
      createRequest({ headers, path: "/nowhere" }),
    ]) {
      const answer = await handle(request);
      expect(answer.headers.get(ALLOWED)).toBe(allowed);
      expect(answer.headers.has("access-control-expose-headers")).toBe(allowed !== null);
      expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
      expect(listed(answer.headers, "vary")).toContain("origin");
    }
  });

  it("is absent if the predicate throws, and nothing is sent upstream", async () => {
    const { fetch, sent } = recordUpstream();
    const origins = () => {
      throw new Error("no database");
    };
    const answer = await relay({ fetch, origins })(createRequest({ headers: { origin: APP } }));
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
  const answering = (answer: () => Response | Promise<Response>) => ({ fetch: recordUpstream(answer).fetch });
  it.each<[status: number, options: RelayOptions, init: Parameters<typeof createRequest>[0]]>([
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
    const answer = await handle(createRequest({ ...init, headers: { origin: APP, ...init?.headers } }));
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

  it("replace the upstream's own, and keep its vary", async () => {
    const upstream = {
      "access-control-allow-origin": "https://evil.example",
      "access-control-allow-credentials": "true",
      vary: "accept-encoding",
    };
    const handle = relay({
      fetch: recordUpstream(() => new Response("{}", { headers: upstream })).fetch,
      origins: [APP],
    });
    const { headers } = await handle(createRequest({ headers: { origin: APP } }));
    expect(headers.get(ALLOWED)).toBe(APP);
    expect(headers.has("access-control-allow-credentials")).toBe(false);
    expect(listed(headers, "vary")).toEqual(["accept-encoding", "origin"]);
  });
});

describe("a preflight", () => {
  const preflight = (names: string | undefined, path?: string) =>
    relay({ fetch, origins: [APP] })(
      createRequest({
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
  ])("allows the header names that the page asks for: %s", async (_, names, echoed) => {
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

  it("calls neither authorize nor the upstream", async () => {
    const { fetch, sent } = recordUpstream();
    const asked: Request[] = [];
    const authorize = (request: Request) => asked.push(request) > 0;
    await relay({ fetch, apiKey: OWN_KEY, authorize, origins: "*" })(createRequest({ method: "OPTIONS" }));
    expect({ asked, sent }).toEqual({ asked: [], sent: [] });
  });
});
