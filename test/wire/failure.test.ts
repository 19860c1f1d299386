import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { BasetenError, type BasetenErrorName, completion, type Options, stream } from "../../src/index.js";
import { catchBasetenError } from "../helpers/catch-error.js";
import { clearEnvironment } from "../helpers/environment.js";
import { jsonResponse, type Responder, recordedFetch, scriptedBody, sseResponse } from "../helpers/recorded-fetch.js";
import { DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG, messages, singleAttempt } from "../helpers/requests.js";
import { contentChunk, sseEvent } from "../helpers/wire-chunks.js";

clearEnvironment();

/** The error of a completion that meets this reply. */
function errorOf(answer: Responder, model = MODEL_SLUG, options: Options = {}): Promise<BasetenError> {
  return catchBasetenError(() => completion({ model, messages }, singleAttempt(recordedFetch(answer), options)));
}

/** The error of a stream that meets this reply. */
async function streamErrorOf(answer: Responder, model = MODEL_SLUG, options: Options = {}): Promise<BasetenError> {
  return catchBasetenError(async () => {
    for await (const _ of stream({ model, messages }, singleAttempt(recordedFetch(answer), options)));
  });
}

const both = [
  ["completion", errorOf],
  ["stream", streamErrorOf],
] as const;

/** The five shapes of an error's body; each says "no luck". */
const shapes: [string, unknown, object][] = [
  ["a text", { error: "no luck", error_code: "rate_limited", detail: "more" }, { code: "rate_limited" }],
  [
    "an object with a code that is a text",
    { error: { message: "no luck", type: "invalid", param: "n", code: "bad_n" } },
    { type: "invalid", param: "n", code: "bad_n" },
  ],
  [
    "an object with a code that is a number",
    { error: { message: "no luck", type: "invalid", param: null, code: 4711 } },
    { type: "invalid", code: 4711 },
  ],
  [
    "flat",
    { message: "no luck", type: "Bad Request", code: 400, request_id: "req-1" },
    { type: "Bad Request", code: 400, requestId: "req-1" },
  ],
  [
    "of type error",
    { type: "error", request_id: "req-1", error: { type: "overloaded_error", message: "no luck" } },
    { type: "overloaded_error", requestId: "req-1" },
  ],
  ["plain", "no luck", {}],
];

const statuses: [number, BasetenErrorName][] = [
  [400, "BadRequestError"],
  [401, "AuthenticationError"],
  [402, "PaymentRequiredError"],
  [403, "PermissionDeniedError"],
  [404, "NotFoundError"],
  [405, "BadRequestError"],
  [408, "TimeoutError"],
  [409, "BadRequestError"],
  [413, "BadRequestError"],
  [418, "BadRequestError"],
  [422, "BadRequestError"],
  [429, "RateLimitError"],
  [451, "BadRequestError"],
  [500, "InternalServerError"],
  [501, "InternalServerError"],
  [502, "InternalServerError"],
  [503, "InternalServerError"],
  [504, "TimeoutError"],
  [529, "InternalServerError"],
  [599, "InternalServerError"],
];

describe.each(both)("an error of %s", (_, errorOf) => {
  it.each(
    statuses.flatMap(([status, name]) =>
      shapes.map(([shape, body, fields]) => [status, name, shape, body, fields] as const),
    ),
  )("%i is %s, in a body that is %s", async (status, name, _shape, body, fields) => {
    const error = await errorOf(jsonResponse(body, status));
    expect(error).toMatchObject({ ...fields, name, status, attempts: 1 });
    expect(error.message).toBe(`${status} from inference.baseten.co: no luck`);
    expect(error.body).toBe(typeof body === "string" ? body : JSON.stringify(body));
    expect(error.url).toBe("https://inference.baseten.co/v1/chat/completions");
    expect(error.headers?.get("content-type")).toBe("application/json");
    for (const field of ["code", "type", "param", "requestId"]) {
      expect(Object.hasOwn(error, field)).toBe(Object.hasOwn(fields, field));
    }
  });

  it.each<[string, string | null]>([
    ["an empty body", ""],
    ["no body", null],
    ["blanks", " \n "],
    ["an empty object", "{}"],
    ["a list", "[]"],
    ["null", "null"],
    ["an error that is null", '{"error":null}'],
    ["an error that says nothing", '{"error":{"message":""}}'],
    ["fields of odd types", '{"error":{"message":5,"type":{},"param":[],"code":true}}'],
  ])("with %s still says status and host", async (_, text) => {
    const error = await errorOf(() => new Response(text, { status: 500 }));
    expect(error).toMatchObject({ name: "InternalServerError", status: 500 });
    expect(error.message).toMatch(/^500 from inference\.baseten\.co: ./);
    expect(error.message).not.toMatch(/undefined|\[object/);
    for (const field of ["code", "type", "param"]) expect(Object.hasOwn(error, field)).toBe(false);
  });

  it("whose body breaks off half-way says what came", async () => {
    const error = await errorOf(sseResponse(['{"error":"no l', new TypeError("terminated")], { status: 503 }));
    expect(error).toMatchObject({ name: "InternalServerError", status: 503, body: '{"error":"no l' });
    expect(error.message).toBe('503 from inference.baseten.co: {"error":"no l');
  });

  it("that is a page shows its beginning", async () => {
    const error = await errorOf(jsonResponse("<html><h1>502 Bad Gateway</h1></html>", 502));
    expect(error.message).toBe("502 from inference.baseten.co: <html><h1>502 Bad Gateway</h1></html>");
  });

  it("uses no status text, which HTTP/2 does not have", async () => {
    const error = await errorOf(() => new Response("", { status: 503, statusText: "Out To Lunch" }));
    expect(error.message).not.toContain("Out To Lunch");
  });

  it.each([
    ["please check the api-key you provided", "AuthenticationError"],
    ["Invalid API key", "AuthenticationError"],
    ["invalid_api_key", "AuthenticationError"],
    ["your apikey was revoked", "AuthenticationError"],
    ["you have no access to this model", "PermissionDeniedError"],
    ["", "PermissionDeniedError"],
  ])("403 that says %j is %s", async (words, name) => {
    expect((await errorOf(jsonResponse({ error: words }, 403))).name).toBe(name);
    expect((await errorOf(jsonResponse(words, 403))).name).toBe(name);
  });

  it.each([
    [400, "BadRequestError"],
    [404, "NotFoundError"],
    [429, "RateLimitError"],
    [500, "InternalServerError"],
  ])("%i that says something of an API key keeps its name, %s", async (status, name) => {
    expect((await errorOf(jsonResponse({ error: "no such API key" }, status))).name).toBe(name);
  });

  it.each<[string, string, Options]>([
    ["by its code", DEPLOYMENT_MODEL, {}],
    [
      "by its address",
      MODEL_SLUG,
      { baseURL: "https://model-abcd1234.api.baseten.co/environments/production/sync/v1" },
    ],
  ])("404 of a dedicated deployment says what to check: %s", async (_, model, options) => {
    const error = await errorOf(jsonResponse({ error: "no such model" }, 404), model, options);
    expect(error.name).toBe("NotFoundError");
    expect(error.message).toMatch(/^404 from model-abcd1234\.api\.baseten\.co: /);
    expect(error.message).toMatch(/servedModelName/);
    expect(error.message).toMatch(/\/v1/);
    expect(error.message).toContain("no such model");
  });

  it.each<[string, Options]>([
    [MODEL_SLUG, {}],
    [DEPLOYMENT_MODEL, { baseURL: GATEWAY_URL }],
  ])("404 elsewhere does not: %s with %j", async (model, options) => {
    expect((await errorOf(jsonResponse({ error: "no such model" }, 404), model, options)).message).not.toMatch(
      /servedModelName/,
    );
  });

  it.each<[string, string, string]>([
    ["https://model-abcd1234.api.baseten.co:8443/v1", MODEL_SLUG, "model-abcd1234.api.baseten.co:8443"],
    ["http://localhost:4000/v1", MODEL_SLUG, "localhost:4000"],
  ])("names the host it came from: %s", async (baseURL, model, host) => {
    const error = await errorOf(jsonResponse({ error: "no luck" }, 400), model, { baseURL });
    expect(error.message).toBe(`400 from ${host}: no luck`);
  });
});

describe("the context window", () => {
  const markers = [
    "This request would exceed context limit of the model",
    "This model's maximum context length is 8192 tokens",
    "maximum context limit reached",
    "string too long. Expected a string with maximum length 1048576",
    "The prompt is longer than the model's context length (9 > 8)",
    "input tokens exceed the configured limit of 4096 tokens",
    "`inputs` tokens + `max_new_tokens` must be <= 4096",
    "the request exceeds the available context size",
    "the prompt exceeds the maximum number of tokens allowed",
    "current length is 9001 while limit is 8192",
    "maximum input length is 8192 tokens",
  ];

  it.each(markers.flatMap((words) => [400, 413, 422].map((status) => [status, words] as const)))(
    "%i that says %j is a ContextWindowExceededError, in any case and shape",
    async (status, words) => {
      for (const text of [words, words.toLowerCase(), words.toUpperCase()]) {
        for (const body of [
          text,
          { error: text },
          { error: { message: text } },
          { message: text },
          { error: "x", detail: text },
        ]) {
          expect((await errorOf(jsonResponse(body, status))).name).toBe("ContextWindowExceededError");
        }
      }
    },
  );

  it("is recognised however its JSON is escaped", async () => {
    const body = '{"error":"The prompt is longer than the model\\u0027s context length"}';
    expect((await errorOf(jsonResponse(body, 400))).name).toBe("ContextWindowExceededError");
  });

  it.each([
    [401, "AuthenticationError"],
    [404, "NotFoundError"],
    [429, "RateLimitError"],
    [500, "InternalServerError"],
  ])("is not what %i means, whatever it says: %s", async (status, name) => {
    for (const words of markers) expect((await errorOf(jsonResponse({ error: words }, status))).name).toBe(name);
  });

  it.each([
    "n must be 1",
    "max_tokens must be positive",
    "the context is unclear",
    "string too long",
    "current length is 5",
  ])("is not meant by %j", async (words) => {
    for (const status of [400, 413, 422]) {
      expect((await errorOf(jsonResponse({ error: words }, status))).name).toBe("BadRequestError");
    }
  });
});

describe("an error's fields", () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, "of-the-body"],
    [{ "x-request-id": "plain" }, "plain"],
    [{ "x-baseten-request-id": "baseten", "x-request-id": "plain" }, "baseten"],
    [{ "X-Baseten-Request-Id": "baseten" }, "baseten"],
  ])("requestId, with the headers %j: %s", async (headers, requestId) => {
    expect(await errorOf(jsonResponse({ error: "x", request_id: "of-the-body" }, 400, headers))).toMatchObject({
      requestId,
    });
    if (headers["x-request-id"])
      expect(await errorOf(jsonResponse("<html>", 200, headers))).toMatchObject({ requestId });
  });

  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "120" }, 120_000],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "retry-after": "soon" }, undefined],
  ])("retryAfter, with the headers %j: %s ms", async (headers, retryAfter) => {
    const error = await errorOf(jsonResponse({ error: "busy" }, 429, headers));
    expect(error.retryAfter).toBe(retryAfter);
  });

  it("retryAfter of a date", async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 23), toFake: ["Date"] });
    const headers = { "retry-after": "Mon, 23 Nov 2026 00:00:30 GMT" };
    expect((await errorOf(jsonResponse({ error: "busy" }, 429, headers))).retryAfter).toBe(30_000);
    vi.useRealTimers();
  });

  it("the server's words are cut at 500 characters", async () => {
    const words = "é".repeat(2_000);
    for (const body of [words, { error: words }, { error: { message: words } }]) {
      expect((await errorOf(jsonResponse(body, 400))).message).toBe(
        `400 from inference.baseten.co: ${"é".repeat(500)}`,
      );
    }
    const inside = await errorOf(jsonResponse({ error: words }));
    expect(inside.message).toBe(`200 from inference.baseten.co: ${"é".repeat(500)}`);
  });

  it("so are those of its content type", async () => {
    const error = await errorOf(jsonResponse("<html>", 200, { "content-type": `text/html; a=${"x".repeat(2_000)}` }));
    expect(error.message.length).toBeLessThan(700);
  });

  it("the body is read up to 64 KiB, and then left", async () => {
    const piece = "x".repeat(16_384);
    const endless = scriptedBody(
      (function* () {
        for (;;) yield piece;
      })(),
    );
    const error = await errorOf(() => new Response(endless.stream, { status: 500 }));
    expect(error.body?.length).toBeLessThanOrEqual(65_536);
    expect(error.body?.length).toBeGreaterThan(65_000);
    expect(endless).toMatchObject({ state: "cancelled", reads: 4 });
  });

  it("an error of 64 KiB or less is read whole", async () => {
    const text = JSON.stringify({ error: "no luck", detail: "x".repeat(60_000) });
    expect(await errorOf(jsonResponse(text, 400))).toMatchObject({
      body: text,
      message: "400 from inference.baseten.co: no luck",
    });
  });
});

describe("an error inside a 200", () => {
  it.each<[string, unknown, string, object]>([
    ["a text", { error: "no luck" }, "no luck", {}],
    ["a text beside a code", { error: "no luck", error_code: "busy" }, "no luck", { code: "busy" }],
    [
      "an object",
      { error: { message: "no luck", type: "t", code: 1, param: "p" } },
      "no luck",
      { type: "t", code: 1, param: "p" },
    ],
    [
      "flat",
      { message: "no luck", type: "t", code: 400, request_id: "r" },
      "no luck",
      { type: "t", code: 400, requestId: "r" },
    ],
    ["of type error", { type: "error", error: { message: "no luck" } }, "no luck", {}],
    ["beside choices", { error: "no luck", choices: [] }, "no luck", {}],
    ["an empty object", { error: {} }, "", {}],
  ])("that is %s is an APIError", async (_, body, words, fields) => {
    const answer: Responder[] = [
      jsonResponse(body),
      jsonResponse(body, 200, { "content-type": "text/event-stream" }),
      sseResponse([sseEvent(body)]),
    ];
    const errors = [
      await errorOf(jsonResponse(body)),
      ...(await Promise.all(answer.map((reply) => streamErrorOf(reply)))),
    ];
    for (const error of errors) {
      expect(error).toMatchObject({ ...fields, name: "APIError", status: 200 });
      expect(error.message).toMatch(/^200 from inference\.baseten\.co: ./);
      expect(error.message).toContain(words);
      expect(error.body).toBe(JSON.stringify(body));
    }
  });
});

describe("a fetch that rejects", () => {
  const cause = Object.assign(new TypeError("fetch failed"), { cause: new Error("ECONNREFUSED") });
  const rejects: Responder = () => Promise.reject(cause);

  it.each(both)("is an APIConnectionError of %s with its cause", async (_, errorOf) => {
    const error = await errorOf(rejects);
    expect(error).toMatchObject({ name: "APIConnectionError", attempts: 1 });
    expect(error.message).toMatch(/^inference\.baseten\.co: the request failed: fetch failed/);
    expect(error.message).not.toMatch(/CORS/);
    expect(error.cause).toBe(cause);
    expect([error.status, error.headers, error.body]).toEqual([undefined, undefined, undefined]);
  });

  it("in a page says that CORS may be why, and names the relay", async () => {
    vi.stubGlobal("location", { href: "https://app.example/" });
    const { message } = await errorOf(rejects);
    expect(message).toMatch(/: the request failed: fetch failed .*\(CORS may be why: see baseten-fetch\/relay\)$/);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "offline"],
    ["an object", { code: 5 }],
    ["an object of no prototype", Object.create(null)],
    ["a symbol", Symbol("offline")],
  ])("may reject with %s", async (_, reason) => {
    const error = await errorOf(() => Promise.reject(reason));
    expect(error).toMatchObject({ name: "APIConnectionError", attempts: 1 });
    expect(error.cause).toBe(reason);
    expect(error.message).toMatch(/^inference\.baseten\.co: ./);
  });

  it.each<[string, unknown, string]>([
    ["a text", "offline", "offline"],
    ["the code of a cause", { message: "no", code: 5, cause: { code: "ECONNRESET" } }, "no (ECONNRESET)"],
    ["the words of a cause without a code", { message: "no", cause: { message: "bad port" } }, "no (bad port)"],
    ["the code rather than the words", { message: "no", cause: { message: "bad", code: "EBAD" } }, "no (EBAD)"],
    ["no words that the text has already", { message: "no: bad port", cause: { message: "bad port" } }, "no: bad port"],
    ["no code that the text has already", { message: "ECONNRESET!", code: "ECONNRESET" }, "ECONNRESET!"],
  ])("shows %s", async (_, reason, words) => {
    const { message } = await errorOf(() => Promise.reject(reason));
    expect(message).toBe(`inference.baseten.co: the request failed: ${words}`);
  });

  it("for lack of a connection in time is an APIConnectionError, which is retried", async () => {
    const reason = Object.assign(new Error("timed out"), {
      name: "ConnectTimeoutError",
      code: "UND_ERR_CONNECT_TIMEOUT",
    });
    const error = await errorOf(() => Promise.reject(reason));
    expect(error.name).toBe("APIConnectionError");
    expect(error.message).toBe("inference.baseten.co: the request failed: timed out (UND_ERR_CONNECT_TIMEOUT)");
  });

  const deep = (code: string) =>
    Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("timeout"), { code }) });
  it.each<[string, unknown]>([
    ["UND_ERR_HEADERS_TIMEOUT in a cause", deep("UND_ERR_HEADERS_TIMEOUT")],
    ["UND_ERR_BODY_TIMEOUT in a cause", deep("UND_ERR_BODY_TIMEOUT")],
    ["UND_ERR_BODY_TIMEOUT in the cause of a cause", { cause: deep("UND_ERR_BODY_TIMEOUT") }],
    ["a TimeoutError, as AbortSignal.timeout gives one", new DOMException("too late", "TimeoutError")],
    ["UND_ERR_HEADERS_TIMEOUT itself", Object.assign(new Error("timeout"), { code: "UND_ERR_HEADERS_TIMEOUT" })],
  ])("with %s is a TimeoutError, which is not retried and says what to do", async (_, reason) => {
    const fetch = recordedFetch(() => Promise.reject(reason));
    const error = await catchBasetenError(() =>
      completion({ model: MODEL_SLUG, messages }, singleAttempt(fetch, { maxRetries: 2 })),
    );
    expect(error).toMatchObject({ name: "TimeoutError", attempts: 1 });
    expect(error.message).toMatch(/^inference\.baseten\.co: .*collect\(stream\(request\)\).*wake/);
    expect(error.cause).toBe(reason);
    expect(fetch.calls.length).toBe(1);
  });

  it.each(both)("with a body that ends in UND_ERR_BODY_TIMEOUT is a TimeoutError of %s", async (_, errorOf) => {
    const reason = deep("UND_ERR_BODY_TIMEOUT");
    const error = await errorOf(sseResponse([" ", reason]));
    expect(error).toMatchObject({ name: "TimeoutError", attempts: 1, status: 200, cause: reason });
    expect(error.message).toMatch(/collect\(stream\(request\)\)/);
  });
});

describe("a redirect", () => {
  const odd =
    (fields: object): Responder =>
    () =>
      Object.defineProperties(
        new Response("", { status: 200 }),
        Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value }])),
      );

  it.each<[string, Responder, number | undefined]>([
    ...[300, 301, 302, 303, 304, 307, 308].map((status): [string, Responder, number] => [
      `status ${status}`,
      () => new Response(null, { status, headers: { location: "https://else.example/" } }),
      status,
    ]),
    ["an opaque one", odd({ type: "opaqueredirect", status: 0, ok: false }), undefined],
    ["status 0", odd({ status: 0, ok: false }), undefined],
    ["one that was followed", odd({ redirected: true }), 200],
  ])("is an InvalidResponseError and is not retried: %s", async (_, answer, status) => {
    for (const call of [completion, (...given: Parameters<typeof stream>) => stream(...given).next()]) {
      const fetch = recordedFetch(answer);
      const error = await catchBasetenError(() =>
        call({ model: MODEL_SLUG, messages }, singleAttempt(fetch, { maxRetries: 2 })),
      );
      expect(error).toMatchObject({ name: "InvalidResponseError", attempts: 1 });
      expect(error.status).toBe(status);
      expect(error.message).toContain("inference.baseten.co: ");
      expect(fetch.calls.length).toBe(1);
    }
  });
});

describe("whatever the body holds", () => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const fields = {
    error: value,
    message: value,
    detail: value,
    type: value,
    code: value,
    param: value,
    choices: value,
  };
  const inner = fc.record(fields, { requiredKeys: [] });
  const any = fc.oneof(
    value,
    inner,
    inner.map((error) => ({ error })),
  );

  it("it is an error with status, host and plain fields, or a completion", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(200, 400, 403, 404, 500), any, async (status, body) => {
        const given = JSON.stringify(body);
        const error = await completion(
          { model: DEPLOYMENT_MODEL, messages },
          singleAttempt(recordedFetch(jsonResponse(given, status))),
        ).catch((error) => error);
        if (!(error instanceof BasetenError)) {
          expect([status, error.choices]).toEqual([200, expect.any(Array)]);
          return;
        }
        expect(error.message).toMatch(new RegExp(`^${status} from model-abcd1234\\.api\\.baseten\\.co: .`, "s"));
        expect(error.status).toBe(status);
        for (const name of ["type", "param", "requestId"] as const) expect(typeof (error[name] ?? "")).toBe("string");
        expect(["string", "number"]).toContain(typeof (error.code ?? ""));
        expect(structuredClone(error.toJSON())).toEqual(error.toJSON());
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a BasetenError", () => {
  const cause = new Error("underneath");
  const all = {
    status: 429,
    code: "busy",
    type: "rate",
    param: "n",
    url: "https://inference.baseten.co/v1/chat/completions",
    requestId: "req-1",
    body: "{}",
    retryAfter: 5,
    attempts: 3,
  };

  it("is an Error told apart by its name", () => {
    const error = new BasetenError("RateLimitError", "busy", all);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ ...all, name: "RateLimitError", message: "busy" });
    expect(`${error}`).toBe("RateLimitError: busy");
    expect(error.stack).toContain("RateLimitError: busy");
  });

  it("has no field that nobody set, but for attempts", () => {
    const bare = { name: "APIError", message: "x", attempts: 0 };
    expect(JSON.parse(JSON.stringify(new BasetenError("APIError", "x")))).toEqual(bare);
    expect(
      JSON.parse(JSON.stringify(new BasetenError("APIError", "x", { status: undefined, code: undefined }))),
    ).toEqual(bare);
    expect("cause" in new BasetenError("APIError", "x")).toBe(false);
  });

  it("passes its cause on as it is, not enumerable, and out of its JSON", () => {
    const error = new BasetenError("APIError", "x", { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain("cause");
    expect(error.toJSON()).not.toHaveProperty("cause");
    expect(error.toJSON()).not.toHaveProperty("stack");
  });

  it("gives its plain fields as JSON, which can be cloned and sent", () => {
    const headers = new Headers({ "X-Request-Id": "req-1" });
    const error = new BasetenError("RateLimitError", "busy", { ...all, headers, cause });
    const plain = { name: "RateLimitError", message: "busy", ...all, headers: { "x-request-id": "req-1" } };
    expect(error.toJSON()).toEqual(plain);
    expect(structuredClone(error.toJSON())).toEqual(plain);
    expect(JSON.parse(JSON.stringify(error))).toEqual(plain);
    expect(JSON.parse(JSON.stringify({ nested: [error] }))).toEqual({ nested: [plain] });
    expect(error.headers).toBe(headers);
  });

  it("that came of a call is as plain", async () => {
    const error = await streamErrorOf(sseResponse([sseEvent(contentChunk("Hello")), new TypeError("terminated")]));
    expect(structuredClone(error.toJSON())).toEqual({
      name: "APIConnectionError",
      message: error.message,
      status: 200,
      url: "https://inference.baseten.co/v1/chat/completions",
      headers: { "content-type": "text/event-stream" },
      attempts: 1,
    });
  });
});
