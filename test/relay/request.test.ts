import { describe, expect, it, vi } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { withTimeout } from "../helpers/leak-check.js";
import { REQUEST } from "../helpers/requests.js";
import { ask, CALLER_KEY, expectError, HEADERS, OWN_KEY, pieces, recorder, serveRelay } from "./run.js";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The answer of a relay to one request, and what it has sent on. */
async function answer(request: Request, options: RelayOptions = {}) {
  const { fetch, sent } = recorder();
  return { response: await withTimeout(relay({ fetch, ...options })(request), "an answer"), sent };
}

describe("the path", () => {
  it.each([
    ["POST", "/chat/completions"],
    ["POST", "/v1/chat/completions"],
    ["POST", "/api/ai/v1/chat/completions"],
    ["POST", "/openai/deployments/x/chat/completions?api-version=1"],
    ["POST", "//chat//completions/../../chat/completions"],
    ["POST", "/models/../chat/completions"],
    ["POST", "/models/%2e%2e/chat/completions"],
    ["POST", "/\\chat\\completions"],
    ["GET", "/models"],
    ["GET", "/v1/models?limit=1"],
    ["GET", "/chat/completions/../../models"],
  ])("%s %s is served, and nothing of it goes on", async (method, path) => {
    const { response, sent } = await answer(ask({ method, path }), { baseURL: "https://up.example/base?q=1" });
    expect(response.status).toBe(200);
    const tail = method === "GET" ? "/models" : "/chat/completions";
    expect(sent.map(({ url }) => url)).toEqual([`https://up.example/base${tail}?q=1`]);
  });

  it.each([
    ["POST", "/"],
    ["POST", "/chat/completions/"],
    ["POST", "/v1/completions"],
    ["POST", "/xchat/completions"],
    ["POST", "/chat%2Fcompletions"],
    ["POST", "/chat/completions%00"],
    ["POST", "/chat/completions/.."],
    ["POST", "/chat/completions;x=1"],
    ["POST", "/CHAT/COMPLETIONS"],
    ["POST", "/x?/chat/completions"],
    ["POST", "/v1/embeddings"],
    ["GET", "/v1/models/openai/gpt-oss-120b"],
    ["GET", "/xmodels"],
    ["OPTIONS", "/nowhere"],
  ])("%s %s is a 404", async (method, path) => {
    const { response, sent } = await answer(ask({ method, path }));
    await expectError(response, 404);
    expect(sent).toEqual([]);
  });

  it.each([
    ["GET", "/v1/chat/completions", "POST, OPTIONS"],
    ["HEAD", "/v1/chat/completions", "POST, OPTIONS"],
    ["PUT", "/v1/chat/completions", "POST, OPTIONS"],
    ["DELETE", "/v1/chat/completions", "POST, OPTIONS"],
    ["POST", "/v1/models", "GET, OPTIONS"],
    ["HEAD", "/v1/models", "GET, OPTIONS"],
    ["PATCH", "/v1/models", "GET, OPTIONS"],
  ])("%s %s is a 405 that allows %s", async (method, path, allow) => {
    const { response, sent } = await answer(ask({ method, path }));
    await expectError(response, 405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(sent).toEqual([]);
  });
});

describe("the body", () => {
  it.each(["application/json", "application/json; charset=utf-8", "Application/JSON;x=y", " application/json "])(
    "may be %j",
    async (type) => {
      const { response, sent } = await answer(ask({ headers: { "content-type": type } }));
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
  ])("is no %j: 415", async (type) => {
    const { response, sent } = await answer(ask({ headers: { "content-type": type } }));
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
    const { response, sent } = await answer(ask({ body }));
    await expectError(response, 400);
    expect(sent).toEqual([]);
  });

  it("of a LiteLLM proxy's model is refused whatever the base URL", async () => {
    const { response } = await answer(ask({ json: { model: "litellm_proxy/a" } }), { baseURL: "https://up.example" });
    await expectError(response, 400);
  });

  it("nested too deep for the engine is a 400, and the relay lives on", async () => {
    const deep = `{"model":"a/b","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    expect([200, 400]).toContain((await answer(ask({ body: deep }))).response.status);
    expect((await answer(ask())).response.status).toBe(200);
  });

  it("goes on as it was read and checked: the last of two models is the one", async () => {
    const body = '{"model":"a/allowed","model":"a/other","messages":[]}';
    const { response, sent } = await answer(ask({ body }), { models: ["a/allowed"] });
    await expectError(response, 403);
    expect(sent).toEqual([]);
    const passed = await answer(ask({ body }), { models: ["a/other"] });
    expect(passed.sent[0]?.init.body).toBe('{"model":"a/other","messages":[]}');
  });

  it("keeps fields with names that mean something to JavaScript", async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":1,"model":"a/b"}';
    const { sent } = await answer(ask({ body }), { baseURL: "https://up.example" });
    expect(sent[0]?.init.body).toBe(body);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  it("is UTF-8, wherever its pieces are cut, with a BOM or without", async () => {
    const text = '\uFEFF{"model":"a/b","messages":[{"role":"user","content":"Grüße 👋"}]}';
    const all = bytes(text);
    const body = new ReadableStream({
      start(controller) {
        for (const byte of all) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const { sent } = await answer(ask({ body, duplex: "half" }));
    expect(sent[0]?.init.body).toBe(text.slice(1));
  });
});

describe("the cap on the body", () => {
  const json = { ...REQUEST, pad: "x".repeat(1_000) };
  const length = JSON.stringify(json).length;

  it.each([
    ["declared", { headers: { "content-length": String(length) } }],
    ["unknown", {}],
  ])("holds to the byte for a length that is %s", async (_, init) => {
    expect((await answer(ask({ json, ...init }), { maxBodyBytes: length })).response.status).toBe(200);
    const { response, sent } = await answer(ask({ json, ...init }), { maxBodyBytes: length - 1 });
    await expectError(response, 413);
    expect(sent).toEqual([]);
  });

  it("is 10 MiB by default", async () => {
    const pad = "x".repeat(10 * 2 ** 20 - JSON.stringify({ ...REQUEST, pad: "" }).length);
    expect((await answer(ask({ json: { ...REQUEST, pad } }))).response.status).toBe(200);
    await expectError((await answer(ask({ json: { ...REQUEST, pad: `${pad}x` } }))).response, 413);
  });

  it("of a length that is declared too long is held before anything is read", async () => {
    const { body, seen } = pieces(bytes(" "));
    const headers = { "content-length": "1001" };
    const { response } = await answer(ask({ body, headers, duplex: "half" }), { maxBodyBytes: 1_000 });
    await expectError(response, 413);
    expect(seen.read).toBe(0);
  });

  it.each(["", "12", "1e1", "x", "-1"])("holds against a declared length that is a lie: %j", async (declared) => {
    const { body, seen } = pieces(bytes("x".repeat(100)));
    const headers = { "content-length": declared };
    const { response } = await answer(ask({ body, headers, duplex: "half" }), { maxBodyBytes: 1_000 });
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
    const { body, seen } = pieces(bytes("x".repeat(100)));
    const options = { apiKey: OWN_KEY, authorize, maxBodyBytes: 1_000 };
    const { response, sent } = await answer(ask({ body, duplex: "half" }), options);
    await expectError(response, 413);
    expect(seen).toEqual({ read: 11, cancelled: true });
    expect(sent).toEqual([]);
  });
});

describe("a body that does not come", () => {
  const cancelled: unknown[] = [];
  const never = () => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ cancel: () => void cancelled.push(body) });
    return body;
  };

  it("is a 408 when the time is over", async () => {
    const body = never();
    const { response, sent } = await answer(ask({ body, duplex: "half" }), { timeout: 5 });
    await expectError(response, 408);
    expect(sent).toEqual([]);
    expect(cancelled).toEqual([body]);
  });

  it("is a 499 when the caller goes", async () => {
    const caller = new AbortController();
    const pending = answer(ask({ body: never(), duplex: "half", signal: caller.signal }));
    caller.abort();
    await expectError((await pending).response, 499);
  });

  it("or breaks off is an error, and nothing is sent on", async () => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.error(new Error("socket 10.0.0.1 closed")),
    });
    const { response, sent } = await answer(ask({ body, duplex: "half" }));
    expect(await expectError(response, 400)).not.toMatchObject({ message: expect.stringContaining("10.0.0.1") });
    expect(sent).toEqual([]);
  });

  it("because somebody read it before is told to the developer", async () => {
    const request = ask();
    await request.text();
    const { response } = await answer(request);
    expect(await expectError(response, 500)).toMatchObject({ message: expect.stringContaining("before") });
  });
});

describe("the models that may be called", () => {
  const LIST = ["baseten/openai/gpt-oss-120b", "abcd1234", "zai-org/GLM-5"];
  it.each<[name: string, models: RelayOptions["models"], model: string, status: number]>([
    ["all by default", undefined, "any/model", 200],
    ["listed with the prefix, called with it", LIST, "baseten/openai/gpt-oss-120b", 200],
    ["listed with the prefix, called without", LIST, "openai/gpt-oss-120b", 200],
    ["listed without the prefix, called with it", LIST, "baseten/zai-org/GLM-5", 200],
    ["listed without the prefix, called without", LIST, "zai-org/GLM-5", 200],
    ["a code of the list", LIST, "baseten/abcd1234", 200],
    ["a code in other letters", LIST, "ABCD1234", 403],
    ["not listed", LIST, "openai/gpt-oss-20b", 403],
    ["a longer name", LIST, "openai/gpt-oss-120b-x", 403],
    ["the prefix twice", LIST, "baseten/baseten/abcd1234", 403],
    ["another prefix", LIST, "Baseten/abcd1234", 403],
    ["none by an empty list", [], "zai-org/GLM-5", 403],
    ["a predicate's yes, without the prefix", (model) => model === "zai-org/GLM-5", "baseten/zai-org/GLM-5", 200],
    ["a predicate's no", (model) => model !== "zai-org/GLM-5", "baseten/zai-org/GLM-5", 403],
    ["an async predicate's yes", async () => true, "zai-org/GLM-5", 200],
    ["an async predicate's no", async () => false, "zai-org/GLM-5", 403],
    ["a yes that is no true", (() => 1) as unknown as () => boolean, "zai-org/GLM-5", 403],
  ])("%s", async (_, models, model, status) => {
    const { response, sent } = await answer(ask({ json: { ...REQUEST, model } }), { models });
    if (status === 200) expect(response.status).toBe(200);
    else await expectError(response, status);
    expect(sent.length).toBe(status === 200 ? 1 : 0);
  });

  it("are none when the predicate throws", async () => {
    const models = () => {
      throw new Error("no database");
    };
    const { response, sent } = await answer(ask(), { models });
    expect(await expectError(response, 500)).not.toMatchObject({ message: expect.stringContaining("database") });
    expect(sent).toEqual([]);
  });
});

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
  ])("that gives %s", async (_, authorize, status) => {
    for (const init of [{}, { method: "GET", path: "/models" }]) {
      const { response, sent } = await answer(ask(init), spend(authorize as () => boolean));
      expect(sent.length).toBe(status === 200 ? 1 : 0);
      if (status === 200) expect(response.status).toBe(200);
      else expect(JSON.stringify(await expectError(response, status))).not.toContain("db.internal");
    }
  });

  it("may answer itself", async () => {
    const own = new Response("pay first", { status: 402, headers: { "x-price": "1", "set-cookie": "a=b" } });
    const { response, sent } = await answer(
      ask(),
      spend(() => own),
    );
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 402, text: "pay first" });
    expect(Object.fromEntries(response.headers)).toMatchObject({ "x-price": "1", "set-cookie": "a=b" });
    expect(sent).toEqual([]);
  });

  it("is asked before anything of the body is read", async () => {
    const { body, seen } = pieces(bytes("x"));
    const { response } = await answer(
      ask({ body, duplex: "half" }),
      spend(() => false),
    );
    await expectError(response, 403);
    expect(seen).toEqual({ read: 0, cancelled: false });
  });

  it.each([
    ["all of the body", async (request: Request) => ((await request.json()) as typeof REQUEST).model === REQUEST.model],
    ["a piece of it", async (request: Request) => (await request.body?.getReader().read())?.done === false],
    ["and overwrite it", async (request: Request) => Boolean((await request.body?.getReader().read())?.value?.fill(0))],
    ["a copy of it", async (request: Request) => (await request.clone().text()) !== ""],
    ["none of it", () => true],
  ])("may read %s, and the whole goes on", async (_, authorize) => {
    const { response, sent } = await answer(ask(), spend(authorize));
    expect(response.status).toBe(200);
    expect(sent[0]?.json).toEqual(REQUEST);
  });

  it("sees the request as it came", async () => {
    const seen: unknown[] = [];
    const authorize = ({ url, method, headers }: Request) => {
      seen.push([method, url, headers.get("cookie"), headers.get("authorization")]);
      return true;
    };
    const init = { headers: { cookie: "session=1" }, path: "/v1/models?x=1", method: "GET" };
    await answer(ask(init), spend(authorize));
    await answer(ask({ ...init, path: "/v1/chat/completions?x=1", method: "POST" }), spend(authorize));
    expect(seen).toEqual([
      ["GET", "http://relay.test/v1/models?x=1", "session=1", `Bearer ${CALLER_KEY}`],
      ["POST", "http://relay.test/v1/chat/completions?x=1", "session=1", `Bearer ${CALLER_KEY}`],
    ]);
  });

  it("is asked without a key of the relay's too, once", async () => {
    const authorize = vi.fn(() => false);
    await expectError((await answer(ask(), { authorize })).response, 403);
    expect(authorize).toHaveBeenCalledTimes(1);
  });

  it("sees on a server which host is asked for, and by which page", async () => {
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

  it("hears by the signal that the caller has gone", async () => {
    const caller = new AbortController();
    const authorize = (request: Request) =>
      new Promise<boolean>((resolve) => {
        request.signal.addEventListener("abort", () => resolve(true));
        caller.abort();
      });
    const { response, sent } = await answer(ask({ signal: caller.signal }), spend(authorize));
    await expectError(response, 499);
    expect(sent).toEqual([]);
  });
});
