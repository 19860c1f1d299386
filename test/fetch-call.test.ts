import { describe, expect, it, vi } from "vitest";
import { completion } from "../src/index.js";
import { clearEnvironment } from "./helpers/environment.js";
import { helloFetch, onlyRequest, type RecordedFetch } from "./helpers/recorded-fetch.js";
import { API_KEY, GATEWAY_URL, MODEL_API_URL, MODEL_SLUG, messages } from "./helpers/requests.js";
import { sendCompletion, sendStream } from "./helpers/sent-request.js";

clearEnvironment();

describe("fetch is called", () => {
  it.each([
    ["completion", sendCompletion],
    ["stream", sendStream],
  ])("by %s with the URL and the body as strings, POST, two headers, and redirect: manual", async (_, send) => {
    const { url, init, headers } = await send({});
    expect(url).toBe(MODEL_API_URL);
    expect(init).toMatchObject({ method: "POST", redirect: "manual" });
    expect(typeof init.body).toBe("string");
    expect(init.signal).toBeInstanceOf(AbortSignal);
    expect([...headers]).toEqual([
      ["authorization", `Bearer ${API_KEY}`],
      ["content-type", "application/json"],
    ]);
  });

  it("with the URL as a string even if baseURL is a URL", async () => {
    const fetch = vi.fn(helloFetch());
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, baseURL: new URL(GATEWAY_URL), fetch });
    expect(fetch.mock.calls[0]?.[0]).toBe(`${GATEWAY_URL}/chat/completions`);
  });

  it("as a plain function, without a receiver", async () => {
    const receivers: unknown[] = [];
    const respond = helloFetch();
    const fetch = function (this: unknown, ...call: Parameters<RecordedFetch>): ReturnType<RecordedFetch> {
      receivers.push(this);
      return respond(...call);
    };
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, fetch });
    vi.stubGlobal("fetch", fetch);
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY });
    expect(receivers).toEqual([undefined, undefined]);
  });

  it("as globalThis has it at the time of each call", async () => {
    const fetches = [helloFetch(), helloFetch()];
    for (const fetch of fetches) {
      vi.stubGlobal("fetch", fetch);
      await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY });
    }
    expect(fetches.map(({ calls }) => calls.length)).toEqual([1, 1]);
  });

  it("with an init whose headers a wrapper can spread", async () => {
    const inner = helloFetch();
    const fetch: typeof inner = Object.assign(
      (url: string | URL | Request, init?: RequestInit) =>
        inner(url, { ...init, headers: { ...init?.headers, "x-trace": "1" } }),
      { calls: inner.calls },
    );
    await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, fetch });
    expect(onlyRequest(inner).headers.get("authorization")).toBe(`Bearer ${API_KEY}`);
  });
});

describe("options.headers", () => {
  it.each<[string, HeadersInit]>([
    ["Headers", new Headers({ "X-Session-Affinity": "a", accept: "b" })],
    [
      "an array",
      [
        ["X-Session-Affinity", "a"],
        ["accept", "b"],
      ],
    ],
    ["a record", { "X-Session-Affinity": "a", accept: "b" }],
  ])("as %s are sent beside authorization and content-type", async (_, headers) => {
    const all = {
      accept: "b",
      authorization: `Bearer ${API_KEY}`,
      "content-type": "application/json",
      "x-session-affinity": "a",
    };
    expect(Object.fromEntries((await sendCompletion({}, { headers })).headers)).toEqual(all);
    expect(Object.fromEntries((await sendStream({}, { headers })).headers)).toEqual(all);
  });

  it("may replace the content type", async () => {
    const { headers } = await sendCompletion({}, { headers: { "Content-Type": "application/json; charset=utf-8" } });
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
  });
});
