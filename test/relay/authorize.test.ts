import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { httpResponse } from "../helpers/http-response.js";
import { flushEventLoop, startLeakCheck } from "../helpers/leak-check.js";
import { REQUEST } from "../helpers/requests.js";
import { startServer } from "../helpers/server.js";
import {
  CALLER_KEY,
  callRelay,
  countedBody,
  createRequest,
  expectError,
  HEADERS,
  OWN_KEY,
  serveRelay,
  toBytes,
} from "./relay-setup.js";

describe("authorize", () => {
  const spend = (authorize: RelayOptions["authorize"]): RelayOptions => ({ apiKey: OWN_KEY, authorize });

  it.each([
    ["true", () => true, 200],
    ["a promise of true", async () => true, 200],
    ["false", () => false, 403],
    ["a promise of false", async () => false, 403],
    ["undefined", () => undefined, 403],
    ["null", () => null, 403],
    ["1", () => 1, 403],
    ["a text", () => "true", 403],
    ["an object", () => ({ ok: true }), 403],
    [
      "a throw",
      () => {
        throw new Error("no database at db.internal");
      },
      500,
    ],
    ["a rejection", () => Promise.reject("no database at db.internal"), 500],
    [
      "a throw of a Response",
      () => {
        throw new Response("in");
      },
      500,
    ],
  ])("that returns %s decides the status", async (_, authorize, status) => {
    for (const init of [{}, { method: "GET", path: "/models" }]) {
      const { response, sent } = await callRelay(createRequest(init), spend(authorize as () => boolean));
      expect(sent.length).toBe(status === 200 ? 1 : 0);
      if (status === 200) expect(response.status).toBe(200);
      else expect(JSON.stringify(await expectError(response, status))).not.toContain("db.internal");
    }
  });

  it("may return the Response to answer with", async () => {
    const own = new Response("pay first", { status: 402, headers: { "x-price": "1", "set-cookie": "a=b" } });
    const { response, sent } = await callRelay(
      createRequest(),
      spend(() => own),
    );
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 402, text: "pay first" });
    expect(Object.fromEntries(response.headers)).toMatchObject({ "x-price": "1", "set-cookie": "a=b" });
    expect(sent).toEqual([]);
  });

  it("is called before anything of the body is read", async () => {
    const { body, seen } = countedBody(toBytes("x"));
    const { response } = await callRelay(
      createRequest({ body, duplex: "half" }),
      spend(() => false),
    );
    await expectError(response, 403);
    expect(seen).toEqual({ read: 0, cancelled: false });
  });

  it.each([
    ["all of the body", async (request: Request) => ((await request.json()) as typeof REQUEST).model === REQUEST.model],
    ["a piece of it", async (request: Request) => (await request.body?.getReader().read())?.done === false],
    ["and overwrite it", async (request: Request) => Boolean((await request.body?.getReader().read())?.value?.fill(0))],
    ["its bytes", async (request: Request) => (await request.arrayBuffer()).byteLength > 0],
    [
      "its bytes, and overwrite them",
      async (request: Request) => Boolean(new Uint8Array(await request.arrayBuffer()).fill(0)),
    ],
    ["a blob of it", async (request: Request) => (await request.blob()).type === "application/json"],
    ["it twice", async (request: Request) => new Set([await request.text(), await request.text()]).size === 1],
    [
      "it by a new Request",
      async (request: Request) => (await new Request("http://x.test/", request.clone()).text()) !== "",
    ],
    ["a copy of it", async (request: Request) => (await request.clone().text()) !== ""],
    ["none of it", () => true],
  ])("may read %s, and the whole body is sent upstream", async (_, authorize) => {
    const { response, sent } = await callRelay(createRequest(), spend(authorize));
    expect(response.status).toBe(200);
    expect(sent[0]?.json).toEqual(REQUEST);
  });

  it.each<[name: string, body: string]>([
    ["is no JSON", "{"],
    ["is empty", ""],
    ["is null", "null"],
  ])("that throws over a body that %s is the caller's error: 400", async (_, body) => {
    const onError = vi.fn();
    const authorize = async (request: Request) => (await request.json()).max_tokens < 100;
    const { response, sent } = await callRelay(createRequest({ body }), { ...spend(authorize), onError });
    expect(await expectError(response, 400)).toMatchObject({ code: "invalid_body" });
    expect([sent, onError.mock.calls]).toEqual([[], []]);
  });

  it("that reads a good body and throws is a 500", async () => {
    const authorize = async (request: Request) => (await request.json()).messages.none.length === 1;
    const { response } = await callRelay(createRequest(), { ...spend(authorize), onError: () => {} });
    await expectError(response, 500);
  });

  it.each(["text", "json", "arrayBuffer", "blob", "formData"] as const)(
    "may start to read it by %s and never wait, although the caller leaves: no rejection is unhandled",
    async (read) => {
      const caller = new AbortController();
      const authorize = (request: Request) => {
        void request[read]();
        return true;
      };
      const leaks = startLeakCheck();
      const init = { body: new ReadableStream(), duplex: "half", signal: caller.signal } as const;
      const pending = relay(spend(authorize))(createRequest(init));
      await flushEventLoop();
      caller.abort();
      await expectError(await pending, 499);
      await leaks.check(caller.signal);
    },
  );

  it("gets the request object that the server made, so that the server recognizes it", async () => {
    const request = createRequest();
    const authorize = vi.fn(() => true);
    await callRelay(request, spend(authorize));
    expect(authorize.mock.calls).toEqual([[request]]);
  });

  it("may read a body whose length is declared, and the whole body is sent upstream", async () => {
    const headers = { "content-length": String(JSON.stringify(REQUEST).length) };
    for (const read of ["text", "json", "arrayBuffer", "blob"] as const) {
      const authorize = async (request: Request) => Boolean(await request[read]());
      const { sent } = await callRelay(createRequest({ headers }), spend(authorize));
      expect(sent[0]?.json).toEqual(REQUEST);
    }
  });

  it("gets the URL, the method and the headers as they came", async () => {
    const seen: unknown[] = [];
    const authorize = ({ url, method, headers }: Request) => {
      seen.push([method, url, headers.get("cookie"), headers.get("authorization")]);
      return true;
    };
    const init = { headers: { cookie: "session=1" }, path: "/v1/models?x=1", method: "GET" };
    await callRelay(createRequest(init), spend(authorize));
    await callRelay(createRequest({ ...init, path: "/v1/chat/completions?x=1", method: "POST" }), spend(authorize));
    expect(seen).toEqual([
      ["GET", "http://relay.test/v1/models?x=1", "session=1", `Bearer ${CALLER_KEY}`],
      ["POST", "http://relay.test/v1/chat/completions?x=1", "session=1", `Bearer ${CALLER_KEY}`],
    ]);
  });

  it("is called once, also if the relay has no key of its own", async () => {
    const authorize = vi.fn(() => false);
    await expectError((await callRelay(createRequest(), { authorize })).response, 403);
    expect(authorize).toHaveBeenCalledTimes(1);
  });

  it("gets the host and the page's origin on a server", async () => {
    const seen: unknown[] = [];
    const authorize = ({ headers }: Request) => {
      seen.push([headers.get("host"), headers.get("origin"), headers.get("sec-fetch-site")]);
      return false;
    };
    const { origin } = await serveRelay([[]], spend(authorize));
    const headers = { ...HEADERS, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    for (const init of [{}, { method: "POST", body: "{}" }]) {
      const path = init.method ? "/v1/chat/completions" : "/v1/models";
      await expectError(await fetch(origin + path, { ...init, headers }), 403);
    }
    const all = [new URL(origin).host, "https://evil.example", expect.any(String)];
    expect(seen).toEqual([all, all]);
  });

  it("gets a signal that is aborted when the caller leaves", async () => {
    const caller = new AbortController();
    const authorize = (request: Request) =>
      new Promise<boolean>((resolve) => {
        request.signal.addEventListener("abort", () => resolve(true));
        caller.abort();
      });
    const { response, sent } = await callRelay(createRequest({ signal: caller.signal }), spend(authorize));
    await expectError(response, 499);
    expect(sent).toEqual([]);
  });
});

it("authorize may return the response of another service, whose fetch has decoded its body", async () => {
  const { gzipSync } = await import("node:zlib");
  const words = "sign in first ".repeat(100);
  const service = await startServer(
    httpResponse(401, gzipSync(words), { "content-encoding": "gzip", "x-service": "1" }),
  );
  onTestFinished(() => service.close());
  const { origin } = await serveRelay([], { authorize: () => fetch(service.origin) });
  const answer = await fetch(`${origin}/v1/models`);
  expect([answer.status, answer.headers.get("x-service"), await answer.text()]).toEqual([401, "1", words]);
});
