import { once } from "node:events";
import { type ServerMiddleware, serve } from "srvx";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { REQUEST } from "../helpers/requests.js";
import { callRelay, countedBody, createRequest, expectError, HEADERS, OWN_KEY, toBytes } from "./relay-setup.js";

describe("the request's body", () => {
  it.each(["application/json", "application/json; charset=utf-8", "Application/JSON;x=y", " application/json "])(
    "may have the content type %j",
    async (type) => {
      const { response, sent } = await callRelay(createRequest({ headers: { "content-type": type } }));
      expect(response.status).toBe(200);
      expect(sent[0]?.headers["content-type"]).toBe("application/json");
    },
  );

  it.each([
    "text/plain",
    "text/plain; application/json",
    "application/json, text/plain",
    "application/jsonp",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
  ])("with the content type %j is a 415", async (type) => {
    const { response, sent } = await callRelay(createRequest({ headers: { "content-type": type } }));
    await expectError(response, 415);
    expect(sent).toEqual([]);
  });

  it.each([
    ["nothing", ""],
    ["half of JSON", '{"model": "a/b"'],
    ["a list", "[]"],
    ["a text", '"a/b"'],
    ["null", "null"],
    ["a number", "1"],
    ["two objects", '{"model":"a/b"}{"model":"a/b"}'],
    ["no model", "{}"],
    ["a model that is null", '{"model": null}'],
    ["a model that is a list", '{"model": ["a/b"]}'],
    ["a model that is empty", '{"model": ""}'],
    ["a model that is its prefix", '{"model": "baseten/"}'],
    ["a model with a line in it", '{"model": "a/b\\r\\nhost: x"}'],
    ["a model that is no ASCII", '{"model": "ａbcd1234"}'],
    ["a model of a LiteLLM proxy", '{"model": "litellm_proxy/a"}'],
  ])("%s is a 400", async (_, body) => {
    const { response, sent } = await callRelay(createRequest({ body }));
    await expectError(response, 400);
    expect(sent).toEqual([]);
  });

  it("that is empty is a 400 that says so", async () => {
    const { response } = await callRelay(createRequest({ body: "" }));
    expect(await expectError(response, 400)).toMatchObject({ message: expect.stringContaining("empty body") });
  });

  it("with a LiteLLM proxy's model is refused whatever the base URL", async () => {
    const { response } = await callRelay(createRequest({ json: { model: "litellm_proxy/a" } }), {
      baseURL: "https://up.example",
    });
    await expectError(response, 400);
  });

  it("nested too deep for the engine is a 400 or sent upstream, and never ends the relay", async () => {
    const deep = `{"model":"a/b","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    expect([200, 400]).toContain((await callRelay(createRequest({ body: deep }))).response.status);
    expect((await callRelay(createRequest())).response.status).toBe(200);
  });

  it("is sent as it was checked: the last of two models counts", async () => {
    const body = '{"model":"a/allowed","model":"a/other","messages":[]}';
    const { response, sent } = await callRelay(createRequest({ body }), { models: ["a/allowed"] });
    await expectError(response, 403);
    expect(sent).toEqual([]);
    const passed = await callRelay(createRequest({ body }), { models: ["a/other"] });
    expect(passed.sent[0]?.init.body).toBe('{"model":"a/other","messages":[]}');
  });

  it("keeps fields named __proto__ and constructor", async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":1,"model":"a/b"}';
    const { sent } = await callRelay(createRequest({ body }), { baseURL: "https://up.example" });
    expect(sent[0]?.init.body).toBe(body);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  it("is decoded as UTF-8, wherever its chunks are cut, with or without a BOM", async () => {
    const text = '\uFEFF{"model":"a/b","messages":[{"role":"user","content":"Grüße 👋"}]}';
    const all = toBytes(text);
    const body = new ReadableStream({
      start(controller) {
        for (const byte of all) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const { sent } = await callRelay(createRequest({ body, duplex: "half" }));
    expect(sent[0]?.init.body).toBe(text.slice(1));
  });
});

describe("maxBodyBytes", () => {
  const json = { ...REQUEST, pad: "x".repeat(1_000) };
  const length = JSON.stringify(json).length;

  it.each([
    ["declared", { headers: { "content-length": String(length) } }],
    ["unknown", {}],
  ])("holds to the byte for a body whose length is %s", async (_, init) => {
    expect((await callRelay(createRequest({ json, ...init }), { maxBodyBytes: length })).response.status).toBe(200);
    const { response, sent } = await callRelay(createRequest({ json, ...init }), { maxBodyBytes: length - 1 });
    await expectError(response, 413);
    expect(sent).toEqual([]);
  });

  it("is 10 MiB by default", async () => {
    const pad = "x".repeat(10 * 2 ** 20 - JSON.stringify({ ...REQUEST, pad: "" }).length);
    expect((await callRelay(createRequest({ json: { ...REQUEST, pad } }))).response.status).toBe(200);
    await expectError((await callRelay(createRequest({ json: { ...REQUEST, pad: `${pad}x` } }))).response, 413);
  });

  it("refuses a declared length that is too long before anything is read", async () => {
    const { body, seen } = countedBody(toBytes(" "));
    const headers = { "content-length": "1001" };
    const { response } = await callRelay(createRequest({ body, headers, duplex: "half" }), { maxBodyBytes: 1_000 });
    await expectError(response, 413);
    expect(seen.read).toBe(0);
  });

  it("holds if a body is longer than its declared length, which no server lets through", async () => {
    const { body } = countedBody(toBytes("x".repeat(100)), 20);
    const headers = { "content-length": "12" };
    const { response, sent } = await callRelay(createRequest({ body, headers, duplex: "half" }), {
      maxBodyBytes: 1_000,
    });
    await expectError(response, 413);
    expect(sent).toEqual([]);
  });

  it("counts bytes, not characters, where the length is declared", async () => {
    const json = { ...REQUEST, pad: "é".repeat(500) };
    const size = toBytes(JSON.stringify(json)).length;
    const headers = { "content-length": "12" };
    expect((await callRelay(createRequest({ json, headers }), { maxBodyBytes: size })).response.status).toBe(200);
    await expectError((await callRelay(createRequest({ json, headers }), { maxBodyBytes: size - 1 })).response, 413);
  });

  it.each(["", "1e1", "x", "-1", "12, 12"])("holds if content-length is not a number: %j", async (declared) => {
    const { body, seen } = countedBody(toBytes("x".repeat(100)));
    const headers = { "content-length": declared };
    const { response } = await callRelay(createRequest({ body, headers, duplex: "half" }), { maxBodyBytes: 1_000 });
    await expectError(response, 413);
    expect(seen).toEqual({ read: 11, cancelled: true });
  });

  it.each<[name: string, authorize: (request: Request) => Promise<boolean>]>([
    ["reads it all", async (request) => (await request.text()) !== ""],
    [
      "reads it all and does not mind",
      async (request) =>
        request.text().then(
          () => true,
          () => true,
        ),
    ],
    ["reads a piece", async (request) => (await request.body?.getReader().read()) !== undefined],
  ])("holds while authorize %s", async (_, authorize) => {
    const { body, seen } = countedBody(toBytes("x".repeat(100)));
    const options = { apiKey: OWN_KEY, authorize, maxBodyBytes: 1_000 };
    const { response, sent } = await callRelay(createRequest({ body, duplex: "half" }), options);
    await expectError(response, 413);
    expect(seen).toEqual({ read: 11, cancelled: true });
    expect(sent).toEqual([]);
  });
});

describe("a request's body that does not come", () => {
  const cancelled: unknown[] = [];
  const never = () => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ cancel: () => void cancelled.push(body) });
    return body;
  };

  it("is a 408 after timeout", async () => {
    const body = never();
    const { response, sent } = await callRelay(createRequest({ body, duplex: "half" }), { timeout: 5 });
    await expectError(response, 408);
    expect(sent).toEqual([]);
    expect(cancelled).toEqual([body]);
  });

  it.each<[name: string, authorize: (request: Request) => Promise<boolean>]>([
    ["as text", async (request) => (await request.text()) !== ""],
    ["as JSON, and swallows the error", (request) => request.json().then(Boolean, () => true)],
    ["by a reader", async (request) => (await request.body?.getReader().read()) !== undefined],
    ["by a clone", async (request) => (await request.clone().text()) !== ""],
  ])("is a 408 after timeout while authorize reads it %s", async (_, authorize) => {
    const body = never();
    const { response, sent } = await callRelay(createRequest({ body, duplex: "half" }), {
      timeout: 5,
      apiKey: OWN_KEY,
      authorize,
    });
    expect(await expectError(response, 408)).toMatchObject({ code: "body_timeout" });
    expect(sent).toEqual([]);
    expect(cancelled.at(-1)).toBe(body);
  });

  it("is a 408 after timeout although it comes byte by byte, while authorize reads it", async () => {
    vi.useFakeTimers();
    try {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (controller) =>
          new Promise((resolve) => {
            setTimeout(() => {
              controller.enqueue(toBytes(" "));
              resolve();
            }, 900);
          }),
      });
      const options = { timeout: 1_000, apiKey: OWN_KEY, authorize: async (request: Request) => request.json() };
      const pending = relay(options)(createRequest({ body, duplex: "half" }));
      await vi.advanceTimersByTimeAsync(1_100);
      await expectError(await pending, 408);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each<[name: string, options: RelayOptions]>([
    ["authorize", { authorize: (request) => request.text().then(() => new Promise(() => {})) }],
    ["models", { authorize: () => true, models: () => new Promise(() => {}) }],
  ])("is not a 408 if it came in time and %s hangs", async (_, options) => {
    vi.useFakeTimers();
    try {
      const done = vi.fn();
      const caller = new AbortController();
      const pending = relay({ timeout: 1_000, apiKey: OWN_KEY, ...options })(createRequest({ signal: caller.signal }));
      void pending.then(done);
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(done).not.toHaveBeenCalled();
      caller.abort();
      await expectError(await pending, 499);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is a 499 when the caller leaves", async () => {
    const caller = new AbortController();
    const pending = callRelay(createRequest({ body: never(), duplex: "half", signal: caller.signal }));
    caller.abort();
    await expectError((await pending).response, 499);
  });

  it("completely, because it breaks off, is a 400, and nothing is sent upstream", async () => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.error(new Error("socket 10.0.0.1 closed")),
    });
    const { response, sent } = await callRelay(createRequest({ body, duplex: "half" }));
    expect(await expectError(response, 400)).not.toMatchObject({ message: expect.stringContaining("10.0.0.1") });
    expect(sent).toEqual([]);
  });

  it("although its length is declared is a 408 as well", async () => {
    const init = { body: never(), headers: { "content-length": "100" } };
    const { response } = await callRelay(createRequest({ ...init, duplex: "half" }), { timeout: 5 });
    await expectError(response, 408);
  });
});

describe("a request's body that was read before it came to the relay is a 500 that says so:", () => {
  const used = createRequest();
  const empty = { body: "", headers: { "content-length": "20" } };
  const authorize = async (request: Request) => (await request.text()) === "";

  it.each<[name: string, request: Request, options?: RelayOptions]>([
    ["bodyUsed is true", used],
    ["it is empty, although its length is declared", createRequest(empty)],
    ["it is empty, and authorize reads it", createRequest(empty), { authorize }],
  ])("%s", async (_, request, options) => {
    if (request === used) await request.text();
    const onError = vi.fn();
    const { response, sent } = await callRelay(request, { onError, ...options });
    expect(await expectError(response, 500)).toMatchObject({ code: "body_used", message: /before it came/ });
    expect(sent).toEqual([]);
    expect(onError.mock.calls[0]?.[0].cause).toMatchObject({ message: expect.stringContaining("express.json()") });
  });

  it.each<[name: string, body: BodyInit]>([
    ["of a declared length", "{}"],
    ["of unknown length", new Blob(["{}"]).stream()],
  ])("a parser of Node's server has read one %s", async (_, body) => {
    const onError = vi.fn();
    const parse: ServerMiddleware = async ({ runtime }, next) => {
      const incoming = runtime?.node?.req.resume();
      if (incoming) await once(incoming, "end");
      return next();
    };
    const server = serve({
      hostname: "127.0.0.1",
      port: 0,
      silent: true,
      middleware: [parse],
      fetch: relay({ onError }),
    });
    onTestFinished(() => server.close(true));
    const { url } = await server.ready();
    const init = { method: "POST", headers: HEADERS, body, duplex: "half" };
    expect(await expectError(await fetch(`${url}v1/messages`, init), 500)).toMatchObject({ code: "body_used" });
    expect(onError).toHaveBeenCalledOnce();
  });
});
