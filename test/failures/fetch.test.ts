/** What a custom `fetch` can do that no server can: throw anything, give no body, return what is not a response. */

import { describe, expect, it, vi } from "vitest";
import { type BasetenError, collect, completion, type Fetch, type Options, stream, text } from "../../src/index.js";
import { flushEventLoop, startLeakCheck, withTimeout } from "../helpers/leak-check.js";
import { type Responder, recordedFetch, scriptedBody, sseResponse } from "../helpers/recorded-fetch.js";
import { API_KEY, REQUEST } from "../helpers/requests.js";
import {
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
} from "../helpers/wire-chunks.js";
import { catchRejection, type ExpectedError, expectServerError } from "./expect-error.js";

const base = { baseURL: "http://127.0.0.1/v1", apiKey: API_KEY, maxRetries: 0 };
const calls: Record<string, (options: Options) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => readAll(stream(REQUEST, options)),
  collect: (options) => collect(stream(REQUEST, options)),
  text: (options) => readAll(text(stream(REQUEST, options))),
};

async function readAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A response with some of its properties replaced, as other runtimes than Node have them. */
function withProperties(response: Response, changes: Record<string, unknown>): Response {
  for (const [name, value] of Object.entries(changes)) Object.defineProperty(response, name, { value });
  return response;
}

/** A response without `body`, as React Native's own fetch returns it. */
function responseWithoutBody(content: string | (() => Promise<string>), status = 200): Response {
  const read = typeof content === "string" ? async () => content : content;
  return withProperties(new Response(null, { status }), { body: undefined, text: read });
}

describe.each(Object.entries(calls))("%s, if fetch", (kind, call) => {
  const thrown: [string, unknown][] = [
    ["an Error", new TypeError("fetch failed")],
    ["an AbortError without an abort", new DOMException("gone", "AbortError")],
    ["a string", "offline"],
    ["undefined", undefined],
    ["null", null],
    ["a frozen object", Object.freeze({ code: "ECONNRESET" })],
    ["an object with cyclic causes", cyclic()],
    ["an object whose name and code are symbols", Object.freeze({ name: Symbol("a"), code: Symbol("b") })],
  ];

  it.each(thrown)("rejects with %s, rejects with an APIConnectionError that has it as cause", async (_, reason) => {
    const leaks = startLeakCheck();
    const error = await catchRejection(call({ ...base, fetch: recordedFetch(() => Promise.reject(reason)) }));
    expectServerError(error, { name: "APIConnectionError" });
    expect((error as BasetenError).cause).toBe(reason);
    await leaks.check();
  });

  it.each(thrown)(
    "throws %s synchronously, rejects with an APIConnectionError that has it as cause",
    async (_, reason) => {
      const leaks = startLeakCheck();
      const fetch: Fetch = () => {
        throw reason;
      };
      const error = await catchRejection(call({ ...base, fetch }));
      expectServerError(error, { name: "APIConnectionError" });
      expect((error as BasetenError).cause).toBe(reason);
      await leaks.check();
    },
  );

  const unusable: [string, Responder, ExpectedError][] = [
    [
      "returns an opaque redirect",
      () => withProperties(new Response(null), { status: 0, type: "opaqueredirect" }),
      { name: "InvalidResponseError", fields: { status: undefined } },
    ],
    [
      "returns Response.error()",
      () => Response.error(),
      { name: "InvalidResponseError", fields: { status: undefined } },
    ],
    [
      "has followed a redirect",
      () => withProperties(json200(), { redirected: true }),
      { name: "InvalidResponseError" },
    ],
    [
      "returns a body that errors with a string",
      () => new Response(erroringBody("broken")),
      { name: "APIConnectionError", fields: { cause: "broken" } },
    ],
    [
      "returns a body that errors with undefined",
      () => new Response(erroringBody(undefined)),
      { name: "APIConnectionError" },
    ],
    [
      "returns undefined, as an unconfigured mock does",
      () => undefined as unknown as Response,
      { name: "InvalidResponseError", messageIncludes: ["without a response"] },
    ],
    [
      "returns an object without headers, as a hand-written mock does",
      () => ({ ok: true, status: 200, json: async () => ({}) }) as unknown as Response,
      { name: "InvalidResponseError", messageIncludes: ["without a response"] },
    ],
    [
      "returns a response without redirected and with a relative URL",
      () => withProperties(json200(), { redirected: undefined, url: "/elsewhere" }),
      { name: "InvalidResponseError", messageIncludes: ["redirect"] },
    ],
    [
      "returns a body that was already read",
      responseAlreadyRead,
      { name: ["APIConnectionError", "InvalidResponseError"] },
    ],
    [
      "returns a body that is locked by another reader",
      responseWithLockedBody,
      { name: ["APIConnectionError", "InvalidResponseError"] },
    ],
  ];

  it.each(unusable.map((row) => [row[0], namesOf(row[2]), ...row] as const))(
    "%s, rejects with %s",
    async (_, __, ___, respond, expected) => {
      const leaks = startLeakCheck();
      const error = await catchRejection(call({ ...base, fetch: recordedFetch(respond) }));
      expectServerError(error, expected);
      await leaks.check();
    },
  );

  it("has followed a redirect, cancels the body", async () => {
    const unread = scriptedBody(["x", "y"]);
    await catchRejection(
      call({ ...base, fetch: recordedFetch(() => withProperties(new Response(unread.stream), { redirected: true })) }),
    );
    await flushEventLoop();
    expect(unread.state).toBe("cancelled");
  });

  it("is given, calls it without a receiver, with strings for url and body, and adds only two headers", async () => {
    const received: { self: unknown; input: unknown; init: RequestInit }[] = [];
    function fetch(this: unknown, input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
      received.push({ self: this, input, init });
      return Promise.resolve(json200());
    }
    await call({ ...base, fetch, headers: { "x-mine": "1" } });
    const [{ self, input, init } = { self: 0, input: 0, init: {} as RequestInit }] = received;
    expect([self, input, typeof init.body, init.method, init.redirect]).toEqual([
      undefined,
      "http://127.0.0.1/v1/chat/completions",
      "string",
      "POST",
      "manual",
    ]);
    const sent = Object.fromEntries(new Headers(init.headers));
    expect(sent).toEqual({ authorization: `Bearer ${API_KEY}`, "content-type": "application/json", "x-mine": "1" });
  });

  it("is not given, looks up globalThis.fetch at each call", async () => {
    const first = recordedFetch(json200);
    const second = recordedFetch(json200);
    vi.stubGlobal("fetch", first);
    await call(base);
    vi.stubGlobal("fetch", second);
    await call(base);
    expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
  });

  it("returns an error response without a body stream, reports its status and text", async () => {
    const error = await catchRejection(
      call({ ...base, fetch: recordedFetch(() => responseWithoutBody('{"error":"slow down"}', 429)) }),
    );
    expectServerError(error, { name: "RateLimitError", messageIncludes: ["429", "slow down"] });
  });

  it("is given, accepts deeply frozen request and options", async () => {
    const frozen = Object.freeze({
      ...REQUEST,
      messages: Object.freeze(REQUEST.messages.map((message) => Object.freeze({ ...message }))),
    });
    const before = JSON.stringify(frozen);
    const options = Object.freeze({
      ...base,
      fetch: recordedFetch(json200),
      headers: Object.freeze({}),
      timeout: Object.freeze({}),
    });
    await (kind === "completion" ? completion(frozen, options) : collect(stream(frozen, options)));
    expect(JSON.stringify(frozen)).toBe(before);
  });
});

/** "A", or "A or B", for the name of a test. */
function namesOf({ name }: ExpectedError): string {
  return [name].flat().join(" or ");
}

function json200(): Response {
  return new Response(JSON.stringify(completionBody("Hello")));
}

function cyclic(): Error {
  const error = new Error("outer");
  return Object.assign(error, { cause: Object.assign(new Error("inner"), { cause: error }) });
}

function erroringBody(reason: unknown): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.error(reason) });
}

async function responseAlreadyRead(): Promise<Response> {
  const response = json200();
  await response.text();
  return response;
}

function responseWithLockedBody(): Response {
  const response = json200();
  response.body?.getReader();
  return response;
}

describe("a response without redirected (React Native)", () => {
  it.each<[string, string | undefined]>([
    ["the URL that was called", "https://gateway.example/v1/chat/completions"],
    ["the URL that was called, from its root", "/v1/chat/completions"],
    ["no URL", undefined],
    ["an empty URL", ""],
  ])("is no redirect if it has %s", async (_, url) => {
    const fetch = recordedFetch(() => withProperties(json200(), { redirected: undefined, url }));
    const options = { ...base, baseURL: "https://gateway.example/v1", fetch };
    expect(await completion(REQUEST, options)).toEqual(completionBody("Hello"));
  });

  it("does not count as redirected if its URL differs only in the case of the host", async () => {
    const url = "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/chat/completions";
    const fetch = recordedFetch(() => withProperties(json200(), { redirected: undefined, url }));
    const { apiKey } = base;
    expect(await completion({ ...REQUEST, model: "ABCD1234" }, { apiKey, fetch })).toEqual(completionBody("Hello"));
  });
});

describe("a response without body (React Native)", () => {
  it("is read by text() in completion", async () => {
    const { choices } = await completion(REQUEST, {
      ...base,
      fetch: recordedFetch(() => responseWithoutBody(JSON.stringify(completionBody("Hello")))),
    });
    expect(choices[0]?.message.content).toBe("Hello");
  });

  it("makes stream reject with an InvalidResponseError that names expo/fetch", async () => {
    const error = await catchRejection(
      stream(REQUEST, {
        ...base,
        fetch: recordedFetch(() => responseWithoutBody(HELLO_EVENTS + FINISH_EVENTS)),
      }).next(),
    );
    expectServerError(error, { name: "InvalidResponseError", messageIncludes: ["expo/fetch"] });
  });

  it("makes completion reject with a TimeoutError at timeout.idle if text() never settles", async () => {
    const leaks = startLeakCheck();
    const fetch = recordedFetch(() => responseWithoutBody(() => new Promise(() => {})));
    const error = await catchRejection(completion(REQUEST, { ...base, fetch, timeout: { idle: 20 } }));
    expectServerError(error, { name: "TimeoutError", messageIncludes: [/idle/i] });
    await leaks.check();
  });

  it("makes completion reject at once with the abort reason while text() is pending", async () => {
    const caller = new AbortController();
    const pending = catchRejection(
      completion(REQUEST, {
        ...base,
        signal: caller.signal,
        fetch: recordedFetch(() => responseWithoutBody(() => new Promise(() => {}))),
      }),
    );
    await flushEventLoop();
    caller.abort("enough");
    expect(await pending).toBe("enough");
  });

  it("makes completion reject with an APIConnectionError if text() rejects", async () => {
    const fetch = recordedFetch(() => responseWithoutBody(() => Promise.reject(new Error("broken"))));
    expectServerError(await catchRejection(completion(REQUEST, { ...base, fetch })), {
      name: "APIConnectionError",
      cause: true,
    });
  });
});

describe("a response body that", () => {
  it.each([
    ["null", null],
    ["empty", ""],
  ])("is %s makes completion and stream reject", async (_, content) => {
    const fetch = recordedFetch(() => new Response(content));
    expectServerError(await catchRejection(completion(REQUEST, { ...base, fetch })), { name: "InvalidResponseError" });
    expectServerError(await catchRejection(stream(REQUEST, { ...base, fetch }).next()), {
      name: ["InvalidResponseError", "StreamTruncatedError"],
    });
  });

  it("delivers empty reads between others is read to its end", async () => {
    const empty = new Uint8Array(0);
    const fetch = recordedFetch(
      sseResponse([empty, HELLO_EVENTS.slice(0, 9), empty, empty, HELLO_EVENTS.slice(9), FINISH_EVENTS, empty]),
    );
    expect(await readAll(text(stream(REQUEST, { ...base, fetch })))).toEqual(["Hel", "lo"]);
  });

  it("errors after a read of 100 events delivers all of them before the error", async () => {
    const events = Array.from({ length: 100 }, (_, index) => sseEvent(contentChunk(`${index} `))).join("");
    const delivered: string[] = [];
    const read = async () => {
      for await (const piece of text(
        stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse([events, new Error("broken")])) }),
      ))
        delivered.push(piece);
    };
    expectServerError(await catchRejection(read()), { name: "APIConnectionError", cause: true });
    expect(delivered.length).toBe(100);
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("no"))],
    ["never settles", () => new Promise<void>(() => {})],
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
  ])("%s when it is cancelled does not delay return()", async (_, cancel) => {
    const leaks = startLeakCheck();
    const source = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(HELLO_EVENTS)),
      cancel,
    });
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(source)) });
    await chunks.next();
    expect(await withTimeout(chunks.return(undefined), "the end of return()")).toEqual({
      done: true,
      value: undefined,
    });
    await leaks.check();
  });

  it("has many events is read once for each next(), and not before the first", async () => {
    const body = scriptedBody([
      sseEvent(contentChunk("a")),
      sseEvent(contentChunk("b")),
      sseEvent(contentChunk("c")),
      sseEvent(finishChunk()),
      DONE_EVENT,
    ]);
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(body.stream)) });
    await flushEventLoop();
    expect(body.reads).toBe(0);
    for (const reads of [1, 2, 3]) {
      await chunks.next();
      await flushEventLoop();
      expect(body.reads).toBe(reads);
    }
    await chunks.return(undefined);
    expect(body.state).toBe("cancelled");
  });

  it("goes on after [DONE] is read once more, then cancelled", async () => {
    const body = scriptedBody([
      HELLO_EVENTS + sseEvent(finishChunk()) + DONE_EVENT,
      ": more\n\n",
      ": more\n\n",
      ": more\n\n",
    ]);
    await readAll(stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(body.stream)) }));
    await flushEventLoop();
    expect([body.state, body.reads]).toEqual(["cancelled", 2]);
  });
});
