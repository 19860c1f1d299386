import { afterEach, describe, expect, it, vi } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { endBody, resetSocket, responseHead, stall } from "../helpers/http-response.js";
import { createDeferred } from "../helpers/latch.js";
import { flushEventLoop, startLeakCheck } from "../helpers/leak-check.js";
import { scriptedBody } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import {
  CALLER_KEY,
  callRelay,
  createRequest,
  expectError,
  HEADERS,
  OWN_KEY,
  recordUpstream,
  relayTo,
  WITH_OWN_KEY,
} from "./relay-setup.js";

/** The answer of a relay to one request, and what it has sent on first, and how often. */
async function callOnce(request: Request, options: RelayOptions = {}) {
  const { response, sent } = await callRelay(request, options);
  return { response, sent: sent[0], times: sent.length };
}

describe("the upstream's address", () => {
  const production = "environments/production/sync/v1";
  it.each<[model: string, options: RelayOptions, url: string, sent: string]>([
    ["openai/gpt-oss-120b", {}, "https://inference.baseten.co/v1", "openai/gpt-oss-120b"],
    ["baseten/openai/gpt-oss-120b", {}, "https://inference.baseten.co/v1", "openai/gpt-oss-120b"],
    ["abcd1234", {}, `https://model-abcd1234.api.baseten.co/${production}`, "abcd1234"],
    ["baseten/abcd1234", {}, `https://model-abcd1234.api.baseten.co/${production}`, "abcd1234"],
    ["any", { baseURL: "https://up.example/v1/" }, "https://up.example/v1", "any"],
    ["baseten/any", { baseURL: "https://up.example/v1/chat/completions" }, "https://up.example/v1", "any"],
    ["any", { deployment: { modelId: "wxyz9876" } }, `https://model-wxyz9876.api.baseten.co/${production}`, "any"],
    [
      "abcd1234",
      { deployment: { environment: "development" } },
      "https://model-abcd1234.api.baseten.co/development/sync/v1",
      "abcd1234",
    ],
  ])("for %s with %o", async (model, options, url, name) => {
    const { sent } = await callOnce(createRequest({ json: { ...REQUEST, model } }), options);
    expect(sent?.url).toBe(`${url}/chat/completions`);
    expect(sent?.json).toEqual({ ...REQUEST, model: name });
  });

  it.each<[options: RelayOptions, url: string]>([
    [{}, "https://inference.baseten.co/v1/models"],
    [{ baseURL: "https://up.example/v1?k=v" }, "https://up.example/v1/models?k=v"],
    [
      { deployment: { modelId: "abcd1234" } },
      "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/models",
    ],
  ])("of the list of models with %o", async (options, url) => {
    const { sent } = await callOnce(createRequest({ method: "GET", path: "/v1/models?x=1" }), options);
    expect(sent).toMatchObject({ url, init: { method: "GET" } });
    expect(sent?.init.body).toBeUndefined();
  });

  it("of the list of models does not exist where the deployment depends on the model: 404", async () => {
    const options = { deployment: { environment: "development" } };
    const { response, times } = await callOnce(createRequest({ method: "GET", path: "/models" }), options);
    await expectError(response, 404);
    expect(times).toBe(0);
  });

  it("is the environment's base URL, whose key is not sent", async () => {
    vi.stubEnv("BASETEN_BASE_URL", "https://up.example/env");
    vi.stubEnv("BASETEN_API_KEY", OWN_KEY);
    const { sent } = await callOnce(createRequest());
    expect(sent?.url).toBe("https://up.example/env/chat/completions");
    const without = await callOnce(createRequest({ headers: { authorization: "" } }));
    await expectError(without.response, 401);
    expect(without.times).toBe(0);
  });
});

it("a base URL of the environment that has become unusable is not shown to the caller", async () => {
  const { fetch, sent } = recordUpstream();
  const handle = relay({ fetch });
  vi.stubEnv("BASETEN_BASE_URL", "ftp://db.internal/secret");
  for (const init of [{}, { method: "GET", path: "/models" }]) {
    const answer = await handle(createRequest(init));
    expect(JSON.stringify(await expectError(answer, 500))).not.toContain("internal");
  }
  expect(sent).toEqual([]);
});

describe("what is sent upstream", () => {
  it("is mapped toward Baseten", async () => {
    const messages = [{ role: "developer", content: "x" }];
    const { sent } = await callOnce(
      createRequest({ json: { ...REQUEST, messages, max_completion_tokens: 5, top_k: 3 } }),
    );
    expect(sent?.json).toEqual({
      ...REQUEST,
      messages: [{ role: "system", content: "x" }],
      max_tokens: 5,
      top_k: 3,
    });
  });

  it("is the request as it is toward all others, and nothing is added", async () => {
    const json = { ...REQUEST, max_completion_tokens: 5, stream: true, num_retries: 1 };
    const { sent } = await callOnce(createRequest({ json }), { baseURL: "https://up.example" });
    expect(sent?.json).toEqual(json);
  });

  it("is fetched as the client fetches: URL and body as strings, a signal, no redirect", async () => {
    const fetch = vi.fn(async (..._: Parameters<typeof globalThis.fetch>) => new Response("{}"));
    await relay({ fetch })(createRequest());
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect([typeof url, typeof init?.body, init?.redirect]).toEqual(["string", "string", "manual"]);
    expect(init?.signal).toBeInstanceOf(AbortSignal);
    expect(fetch.mock.contexts).toEqual([undefined]);
  });

  it("uses the runtime's fetch as it is at each call", async () => {
    const { fetch, sent } = recordUpstream();
    const handle = relay();
    vi.stubGlobal("fetch", fetch);
    await handle(createRequest());
    expect(sent.length).toBe(1);
  });

  it.each(["/v1/responses", "/v1/messages", "/v1/embeddings"])(
    "is the request as it is at %s, but for the model",
    async (path) => {
      const json = {
        model: "baseten/openai/gpt-oss-120b",
        max_completion_tokens: 5,
        messages: [{ role: "developer" }],
      };
      const { sent } = await callOnce(createRequest({ path, json }));
      expect(sent?.url).toBe(`https://inference.baseten.co${path}`);
      expect(sent?.json).toEqual({ ...json, model: "openai/gpt-oss-120b" });
    },
  );

  const smuggled = {
    cookie: "session=1",
    host: "evil.example",
    connection: "keep-alive, x-evil",
    "x-forwarded-for": "127.0.0.1",
    "x-http-method-override": "DELETE",
    "transfer-encoding": "chunked",
    te: "trailers",
    "proxy-authorization": "Basic eDp5",
    "api-key": "x",
    "x-api-key": "x",
    "user-agent": "evil/1.0",
    "accept-encoding": "gzip",
    "openai-organization": "x",
    origin: "https://evil.example",
    referer: "https://evil.example/secret",
  };
  const passed = {
    accept: "text/event-stream",
    "x-session-affinity": "user-1",
    "x-baseten-server-tools": "true",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "tools",
  };

  it.each<[name: string, options: RelayOptions, authorization: string]>([
    ["with a key of the relay's", WITH_OWN_KEY, `Bearer ${OWN_KEY}`],
    ["without one", {}, `Bearer ${CALLER_KEY}`],
  ])("has of the request's headers only those of a list, %s", async (_, options, authorization) => {
    const post = await callOnce(createRequest({ headers: { ...smuggled, ...passed } }), options);
    expect(post.sent?.headers).toEqual({ authorization, "content-type": "application/json", ...passed });
    const get = await callOnce(
      createRequest({ method: "GET", path: "/models", headers: { ...smuggled, ...passed } }),
      options,
    );
    expect(get.sent?.headers).toEqual({ authorization, ...passed });
    const bare = await callOnce(createRequest(), options);
    expect(bare.sent?.headers).toEqual({ authorization, "content-type": "application/json" });
  });

  it("has the headers of passHeaders, whatever their case", async () => {
    const headers = { "x-tenant": "t-1", "if-none-match": '"1"', cookie: "session=1" };
    const { sent } = await callOnce(createRequest({ headers }), {
      ...WITH_OWN_KEY,
      passHeaders: ["X-Tenant", "If-None-Match", "x-absent"],
    });
    const { cookie: _, ...further } = headers;
    expect(sent?.headers).toEqual({
      authorization: `Bearer ${OWN_KEY}`,
      "content-type": "application/json",
      ...further,
    });
  });

  it("may have another scheme than Bearer, since Baseten takes Api-Key", async () => {
    const { sent } = await callOnce(createRequest({ headers: { authorization: `Api-Key ${CALLER_KEY}` } }));
    expect(sent?.headers.authorization).toBe(`Api-Key ${CALLER_KEY}`);
  });

  it("reaches a real server with no more than its fetch adds", async () => {
    const { upstream, handle } = await relayTo([[responseHead(200, { "content-length": "2" }), "{}"]], WITH_OWN_KEY);
    await (await handle(createRequest({ headers: { ...smuggled, ...passed } }))).text();
    const { method, url, headers, json } = upstream.requests[0] ?? {};
    expect({ method, url, json }).toEqual({ method: "POST", url: "/v1/chat/completions", json: REQUEST });
    const { host, connection, "user-agent": agent, "content-length": length, ...rest } = headers ?? {};
    expect([`http://${host}`, connection, agent]).toEqual([upstream.origin, "keep-alive", "node"]);
    expect(length).toBe(String(JSON.stringify(REQUEST).length));
    expect(rest).toEqual({
      ...passed,
      authorization: `Bearer ${OWN_KEY}`,
      "content-type": "application/json",
      "accept-encoding": "gzip, deflate",
      "accept-language": "*",
      "sec-fetch-mode": "cors",
    });
  });
});

describe("the relay's key", () => {
  it.each<[name: string, apiKey: RelayOptions["apiKey"], sent: string]>([
    ["a text", OWN_KEY, OWN_KEY],
    ["a text with blanks around it", ` ${OWN_KEY}\n`, OWN_KEY],
    ["a function", () => OWN_KEY, OWN_KEY],
    ["a function that promises", async () => `${OWN_KEY}\n`, OWN_KEY],
  ])("%s", async (_, apiKey, sent) => {
    const { fetch, sent: all } = recordUpstream();
    await relay({ fetch, apiKey, authorize: () => true })(createRequest());
    expect(all[0]?.headers.authorization).toBe(`Bearer ${sent}`);
  });

  it("is resolved for each request, and not for one that is refused", async () => {
    const apiKey = vi.fn(() => OWN_KEY);
    const handle = relay({ fetch: recordUpstream().fetch, apiKey, authorize: () => true, models: ["a/b"] });
    await handle(createRequest({ json: { model: "a/b" } }));
    await handle(createRequest({ json: { model: "a/b" } }));
    await handle(createRequest({ json: { model: "a/c" } }));
    await handle(createRequest({ body: "{" }));
    expect(apiKey).toHaveBeenCalledTimes(2);
  });

  it.each<[name: string, options: RelayOptions, authorization: string, status: number]>([
    ["none on either side", {}, "", 401],
    ["none on either side, of which the caller's client sends the scheme", {}, "Bearer ", 401],
    ["a function that gives none", { apiKey: () => undefined, authorize: () => true }, "", 500],
    ["a function that gives none, the caller has one", { apiKey: () => "", authorize: () => true }, "Bearer x", 500],
    [
      "a function that throws",
      {
        apiKey: () => {
          throw new Error(OWN_KEY);
        },
        authorize: () => true,
      },
      "",
      500,
    ],
    ["a function that rejects", { apiKey: () => Promise.reject(OWN_KEY), authorize: () => true }, "", 500],
    ["a key with a line in it", { apiKey: () => `${OWN_KEY}\r\nx: y`, authorize: () => true }, "", 500],
    ["a key that is no text", { apiKey: (() => 42) as never, authorize: () => true }, "", 500],
  ])("that is %s is an error, and nothing is sent upstream", async (_, options, authorization, status) => {
    for (const init of [{}, { method: "GET", path: "/models" }]) {
      const { response, times } = await callOnce(createRequest({ ...init, headers: { authorization } }), options);
      expect(JSON.stringify(await expectError(response, status))).not.toContain(OWN_KEY);
      expect(times).toBe(0);
    }
  });
});

describe("an upstream that does not answer", () => {
  const oddly = Object.defineProperties(new Response(), { status: { value: 999 }, ok: { value: false } });
  afterEach(() => vi.useRealTimers());

  it.each<[name: string, answer: () => Promise<Response>, status: number]>([
    ["cannot be reached", () => Promise.reject(new TypeError("fetch failed")), 502],
    ["resets", () => Promise.reject(new Error("ECONNRESET")), 502],
    ["throws nothing", () => Promise.reject(), 502],
    ["is given up by the runtime", () => Promise.reject({ cause: { code: "UND_ERR_HEADERS_TIMEOUT" } }), 504],
    ["redirects", async () => new Response(null, { status: 307, headers: { location: "https://evil.example" } }), 502],
    ["was redirected", async () => Object.defineProperty(new Response("{}"), "redirected", { value: true }), 502],
    ["has no status", async () => Response.error(), 502],
    ["has a status of its own", async () => oddly, 502],
  ])("%s", async (_, answer, status) => {
    const { fetch, sent } = recordUpstream(answer);
    const response = await relay({ fetch, baseURL: "https://up.example:8443" })(createRequest());
    const error = await expectError(response, status);
    expect(JSON.stringify([error, [...response.headers]])).not.toMatch(/example|fetch failed|ECONNRESET/);
    expect(sent.length).toBe(1);
  });

  it("is not there: 502", async () => {
    const { upstream, handle } = await relayTo([[]]);
    await upstream.close();
    const error = await expectError(await handle(createRequest()), 502);
    expect(error.message).not.toContain(new URL(upstream.origin).port);
  });

  it("resets the connection: 502, after one request", async () => {
    const { upstream, handle } = await relayTo([[resetSocket]]);
    await expectError(await handle(createRequest()), 502);
    expect(upstream.requests.length).toBe(1);
  });

  it("redirects: 502, and it is not followed", async () => {
    const { upstream, handle } = await relayTo([
      [responseHead(302, { location: "/elsewhere", "content-length": "0" })],
    ]);
    const response = await handle(createRequest());
    await expectError(response, 502);
    expect(response.headers.has("location")).toBe(false);
    expect(upstream.requests.length).toBe(1);
  });

  it("within timeout: 504, and its connection is closed", async () => {
    const { upstream, handle } = await relayTo([[stall]], { timeout: 50 });
    await expectError(await handle(createRequest()), 504);
    await upstream.requests[0]?.closed;
  });

  it.each([
    ["openai/gpt-oss-120b", {}, 600_000],
    ["abcd1234", {}, 1_260_000],
    ["any", { baseURL: "https://up.example" }, 1_260_000],
    ["openai/gpt-oss-120b", { timeout: 1_000 }, 1_000],
  ])("to %s with %o within %d ms: 504", async (model, options, ms) => {
    vi.useFakeTimers();
    const { fetch } = recordUpstream(() => new Promise(() => {}));
    const done = vi.fn();
    const pending = relay({ fetch, ...options })(createRequest({ json: { ...REQUEST, model } }));
    void pending.then(done);
    await vi.advanceTimersByTimeAsync(ms - 10);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(20);
    await expectError(await pending, 504);
  });

  it("because apiKey hangs: 504", async () => {
    const options: RelayOptions = { apiKey: () => new Promise(() => {}), authorize: () => true, timeout: 5 };
    const { response, times } = await callOnce(createRequest(), options);
    await expectError(response, 504);
    expect(times).toBe(0);
  });

  it.each([408, 429, 500, 503])("well, with %d, gets no second request", async (status) => {
    const { upstream, handle } = await relayTo([[responseHead(status, { "retry-after": "0", "content-length": "0" })]]);
    await expectError(await handle(createRequest()), status);
    expect(upstream.requests.length).toBe(1);
  });
});

describe("a caller who leaves", () => {
  it("before anything was sent: 499, and nothing is sent", async () => {
    const { response, times } = await callOnce(createRequest({ signal: AbortSignal.abort() }));
    await expectError(response, 499);
    expect(times).toBe(0);
  });

  it("before the upstream's headers: 499, and its connection is closed", async () => {
    const { upstream, handle } = await relayTo([[stall]]);
    const caller = new AbortController();
    const pending = handle(createRequest({ signal: caller.signal }));
    await upstream.waitFor("request 1");
    caller.abort(new Error("closed the tab"));
    expect(JSON.stringify(await expectError(await pending, 499))).not.toContain("tab");
    await upstream.requests[0]?.closed;
  });

  it("before the response of a fetch that ignores its signal: 499, and the late body is cancelled", async () => {
    const caller = new AbortController();
    const body = scriptedBody(["late", new Promise(() => {})]);
    const upstream = createDeferred<Response>();
    const pending = relay({ fetch: () => upstream.promise })(createRequest({ signal: caller.signal }));
    await flushEventLoop();
    caller.abort();
    await expectError(await pending, 499);
    upstream.resolve(new Response(body.stream));
    await flushEventLoop();
    expect(body.state).toBe("cancelled");
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 8, 12])(
    "%i microtasks after the response of a fetch that ignores its signal: its body is cancelled",
    async (turns) => {
      const caller = new AbortController();
      const body = scriptedBody(["late", new Promise(() => {})]);
      const upstream = createDeferred<Response>();
      const pending = relay({ fetch: () => upstream.promise })(createRequest({ signal: caller.signal }));
      await flushEventLoop();
      upstream.resolve(new Response(body.stream));
      for (let left = turns; left > 0; left--) await undefined;
      caller.abort();
      await pending;
      await flushEventLoop();
      expect(body.state).toBe("cancelled");
    },
  );

  it("while the key is resolved: 499, and nothing is sent", async () => {
    const caller = new AbortController();
    const apiKey = async () => {
      caller.abort();
      return OWN_KEY;
    };
    const { response, times } = await callOnce(createRequest({ signal: caller.signal }), {
      apiKey,
      authorize: () => true,
    });
    await expectError(response, 499);
    expect(times).toBe(0);
  });

  it.each(["POST", "OPTIONS"])("while origins decides on a %s: 499, and authorize is not called", async (method) => {
    const caller = new AbortController();
    const origins = vi.fn(() => new Promise<boolean>(() => {}));
    const authorize = vi.fn(() => true);
    const init = { method, headers: { origin: "https://app.example" }, signal: caller.signal };
    const pending = callOnce(createRequest(init), { apiKey: OWN_KEY, authorize, origins });
    await vi.waitFor(() => expect(origins).toHaveBeenCalled());
    caller.abort();
    const { response, times } = await pending;
    await expectError(response, 499);
    expect([times, authorize.mock.calls]).toEqual([0, []]);
  });

  it("while origins decides, which then allows: authorize is not called", async () => {
    const caller = new AbortController();
    const authorize = vi.fn(() => true);
    const origins = async () => {
      caller.abort();
      return true;
    };
    const request = createRequest({ headers: { origin: "https://app.example" }, signal: caller.signal });
    const { response } = await callOnce(request, { apiKey: OWN_KEY, authorize, origins });
    await expectError(response, 499);
    await flushEventLoop();
    expect(authorize).not.toHaveBeenCalled();
  });

  it("while an error's body is read: 499", async () => {
    const { upstream, handle } = await relayTo([[responseHead(500), "half", stall]]);
    const caller = new AbortController();
    const pending = handle(createRequest({ signal: caller.signal }));
    await upstream.waitFor("request 1");
    caller.abort();
    await expectError(await pending, 499);
    await upstream.requests[0]?.closed;
  });
});

it("a request leaves no timer and no unhandled rejection, and a listener on the signal only beside a body", async () => {
  const { handle } = await relayTo([
    [responseHead(200, { "transfer-encoding": "chunked" }), "{}", endBody],
    [responseHead(204)],
    [responseHead(429, { "content-length": "4" }), "slow"],
    [resetSocket],
    [responseHead(200, { "transfer-encoding": "chunked" }), "half", resetSocket],
    [stall],
  ]);
  const leaks = startLeakCheck();
  try {
    const { signal } = new AbortController();
    const requests = Array.from({ length: 5 }, () => createRequest({ signal }));
    for (const request of requests) await (await handle(request)).text().catch(() => {});
    const caller = new AbortController();
    const pending = handle(new Request("http://relay.test/models", { headers: HEADERS, signal: caller.signal }));
    setImmediate(() => caller.abort());
    await pending;
    // The body may still be read after the answer, so that the signal has to reach it.
    const [, noContent, tooMany, reset] = requests;
    const withoutBody = [noContent, tooMany, reset].flatMap((request) => request?.signal ?? []);
    await leaks.check(...withoutBody, caller.signal);
  } finally {
    leaks.stop();
  }
});
