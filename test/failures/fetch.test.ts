/** What a `fetch` can do that no server can: throw what is no error, give no body, lie about what it did. */

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
import { catchRejection, type ExpectedError, expectError } from "./expect-error.js";

const base = { baseURL: "http://127.0.0.1/v1", apiKey: API_KEY, maxRetries: 0 };
const calls: Record<string, (options: Options) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => drained(stream(REQUEST, options)),
  collect: (options) => collect(stream(REQUEST, options)),
  text: (options) => drained(text(stream(REQUEST, options))),
};

async function drained<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A response with some of its properties changed, as runtimes have them that are not Node. */
function altered(response: Response, changes: Record<string, unknown>): Response {
  for (const [name, value] of Object.entries(changes)) Object.defineProperty(response, name, { value });
  return response;
}

/** A response as React Native's own fetch gives it. */
function bodiless(content: string | (() => Promise<string>), status = 200): Response {
  const read = typeof content === "string" ? async () => content : content;
  return altered(new Response(null, { status }), { body: undefined, text: read });
}

describe.each(Object.entries(calls))("%s, when fetch", (kind, call) => {
  const thrown: [string, unknown][] = [
    ["an Error", new TypeError("fetch failed")],
    ["an AbortError that nobody asked for", new DOMException("gone", "AbortError")],
    ["a string", "offline"],
    ["undefined", undefined],
    ["null", null],
    ["a frozen object", Object.freeze({ code: "ECONNRESET" })],
    ["an object with cyclic causes", cyclic()],
  ];

  it.each(thrown)("rejects with %s: an APIConnectionError with that cause", async (_, reason) => {
    const leaks = startLeakCheck();
    const error = await catchRejection(call({ ...base, fetch: recordedFetch(() => Promise.reject(reason)) }));
    expectError(error, { name: "APIConnectionError", attempts: 1 }, 1);
    expect((error as BasetenError).cause).toBe(reason);
    await leaks.check();
  });

  it.each(thrown)("throws %s at once: the same", async (_, reason) => {
    const leaks = startLeakCheck();
    const fetch: Fetch = () => {
      throw reason;
    };
    const error = await catchRejection(call({ ...base, fetch }));
    expectError(error, { name: "APIConnectionError", attempts: 1 }, 1);
    expect((error as BasetenError).cause).toBe(reason);
    await leaks.check();
  });

  const odd: [string, Responder, ExpectedError][] = [
    [
      "gives an opaque redirect",
      () => altered(new Response(null), { status: 0, type: "opaqueredirect" }),
      { name: "InvalidResponseError", fields: { status: undefined } },
    ],
    [
      "gives a network error as a response",
      () => Response.error(),
      { name: "InvalidResponseError", fields: { status: undefined } },
    ],
    ["has followed a redirect", () => altered(json200(), { redirected: true }), { name: "InvalidResponseError" }],
    [
      "gives a body that breaks with a string",
      () => new Response(breaking("broken")),
      { name: "APIConnectionError", fields: { cause: "broken" } },
    ],
    [
      "gives a body that breaks with undefined",
      () => new Response(breaking(undefined)),
      { name: "APIConnectionError" },
    ],
    [
      "gives nothing, as a mock does that nobody told what to give",
      () => undefined as unknown as Response,
      { name: "InvalidResponseError", messageIncludes: ["fetch gave no response"] },
    ],
    ["gives a body that was read already", used, { name: ["APIConnectionError", "InvalidResponseError"] }],
    ["gives a body that somebody else is reading", locked, { name: ["APIConnectionError", "InvalidResponseError"] }],
  ];

  it.each(odd)("%s", async (_, give, failure) => {
    const leaks = startLeakCheck();
    expectError(await catchRejection(call({ ...base, fetch: recordedFetch(give) })), { attempts: 1, ...failure }, 1);
    await leaks.check();
  });

  it("has followed a redirect, the body is dropped", async () => {
    const unread = scriptedBody(["x", "y"]);
    await catchRejection(
      call({ ...base, fetch: recordedFetch(() => altered(new Response(unread.stream), { redirected: true })) }),
    );
    await flushEventLoop();
    expect(unread.state).toBe("cancelled");
  });

  it("is called as a plain function with a string, a string and no header of ours but two", async () => {
    const seen: { self: unknown; input: unknown; init: RequestInit }[] = [];
    function fetch(this: unknown, input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
      seen.push({ self: this, input, init });
      return Promise.resolve(json200());
    }
    await call({ ...base, fetch, headers: { "x-mine": "1" } });
    const [{ self, input, init } = { self: 0, input: 0, init: {} as RequestInit }] = seen;
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

  it("is the global one, it is looked up at each call", async () => {
    const first = recordedFetch(json200);
    const second = recordedFetch(json200);
    vi.stubGlobal("fetch", first);
    await call(base);
    vi.stubGlobal("fetch", second);
    await call(base);
    expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
  });

  it("gives no body in an error, the status is told all the same", async () => {
    const error = await catchRejection(
      call({ ...base, fetch: recordedFetch(() => bodiless('{"error":"slow down"}', 429)) }),
    );
    expectError(error, { name: "RateLimitError", messageIncludes: ["429", "slow down"], attempts: 1 }, 1);
  });

  it("answers a request that is frozen through and through", async () => {
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

function json200(): Response {
  return new Response(JSON.stringify(completionBody("Hello")));
}

function cyclic(): Error {
  const error = new Error("round");
  return Object.assign(error, { cause: Object.assign(new Error("and round"), { cause: error }) });
}

function breaking(reason: unknown): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.error(reason) });
}

async function used(): Promise<Response> {
  const response = json200();
  await response.text();
  return response;
}

function locked(): Response {
  const response = json200();
  response.body?.getReader();
  return response;
}

describe("a fetch that gives no body (React Native)", () => {
  it("serves completion by text()", async () => {
    const { choices } = await completion(REQUEST, {
      ...base,
      fetch: recordedFetch(() => bodiless(JSON.stringify(completionBody("Hello")))),
    });
    expect(choices[0]?.message.content).toBe("Hello");
  });

  it("cannot serve stream, whose error names expo/fetch", async () => {
    const error = await catchRejection(
      stream(REQUEST, { ...base, fetch: recordedFetch(() => bodiless(HELLO_EVENTS + FINISH_EVENTS)) }).next(),
    );
    expectError(error, { name: "InvalidResponseError", messageIncludes: ["expo/fetch"], attempts: 1 }, 1);
  });

  it("times out if its text() never settles", async () => {
    const leaks = startLeakCheck();
    const fetch = recordedFetch(() => bodiless(() => new Promise(() => {})));
    const error = await catchRejection(completion(REQUEST, { ...base, fetch, timeout: { idle: 20 } }));
    expectError(error, { name: "TimeoutError", messageIncludes: [/idle/i], attempts: 1 }, 1);
    await leaks.check();
  });

  it("is left at once by an abort while its text() is waited for", async () => {
    const caller = new AbortController();
    const pending = catchRejection(
      completion(REQUEST, {
        ...base,
        signal: caller.signal,
        fetch: recordedFetch(() => bodiless(() => new Promise(() => {}))),
      }),
    );
    await flushEventLoop();
    caller.abort("enough");
    expect(await pending).toBe("enough");
  });

  it("whose text() rejects is an APIConnectionError", async () => {
    const fetch = recordedFetch(() => bodiless(() => Promise.reject(new Error("broken"))));
    expectError(
      await catchRejection(completion(REQUEST, { ...base, fetch })),
      { name: "APIConnectionError", cause: true, attempts: 1 },
      1,
    );
  });
});

describe("a fetch whose body", () => {
  it.each([
    ["null", null],
    ["empty", ""],
  ])("is %s is no completion, and a stream cut short", async (_, content) => {
    const fetch = recordedFetch(() => new Response(content));
    expectError(
      await catchRejection(completion(REQUEST, { ...base, fetch })),
      { name: "InvalidResponseError", attempts: 1 },
      1,
    );
    expectError(
      await catchRejection(stream(REQUEST, { ...base, fetch }).next()),
      { name: ["InvalidResponseError", "StreamTruncatedError"], attempts: 1 },
      1,
    );
  });

  it("comes in reads of nothing between reads of something", async () => {
    const none = new Uint8Array(0);
    const fetch = recordedFetch(
      sseResponse([none, HELLO_EVENTS.slice(0, 9), none, none, HELLO_EVENTS.slice(9), FINISH_EVENTS, none]),
    );
    expect(await drained(text(stream(REQUEST, { ...base, fetch })))).toEqual(["Hel", "lo"]);
  });

  it("holds events and then breaks delivers them first, though they came in one read", async () => {
    const many = Array.from({ length: 100 }, (_, index) => sseEvent(contentChunk(`${index} `))).join("");
    const seen: string[] = [];
    const read = async () => {
      for await (const word of text(
        stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse([many, new Error("broken")])) }),
      ))
        seen.push(word);
    };
    expectError(await catchRejection(read()), { name: "APIConnectionError", cause: true, attempts: 1 }, 1);
    expect(seen.length).toBe(100);
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
  ])("%s when it is cancelled keeps nobody who leaves", async (_, cancel) => {
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

  it("is not read before it is asked for, nor further than asked", async () => {
    const answer = scriptedBody([
      sseEvent(contentChunk("a")),
      sseEvent(contentChunk("b")),
      sseEvent(contentChunk("c")),
      sseEvent(finishChunk()),
      DONE_EVENT,
    ]);
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(answer.stream)) });
    await flushEventLoop();
    expect(answer.reads).toBe(0);
    for (const reads of [1, 2, 3]) {
      await chunks.next();
      await flushEventLoop();
      expect(answer.reads).toBe(reads);
    }
    await chunks.return(undefined);
    expect(answer.state).toBe("cancelled");
  });

  it("goes on after [DONE] is asked once more, and cancelled", async () => {
    const answer = scriptedBody([
      HELLO_EVENTS + sseEvent(finishChunk()) + DONE_EVENT,
      ": more\n\n",
      ": more\n\n",
      ": more\n\n",
    ]);
    await drained(stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(answer.stream)) }));
    await flushEventLoop();
    expect([answer.state, answer.reads]).toEqual(["cancelled", 2]);
  });
});
