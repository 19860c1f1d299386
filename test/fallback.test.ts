import { describe, expect, it, vi } from "vitest";
import {
  BasetenError,
  type BasetenErrorName,
  type ChatCompletionChunk,
  type ChatStream,
  collect,
  completion,
  fallback,
  runTools,
  stream,
  text,
} from "../src/index.js";
import { catchError, expectRefusal } from "./helpers/catch-error.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import {
  jsonResponse,
  type RecordedFetch,
  type Responder,
  recordedFetch,
  scriptedBody,
  sseResponse,
} from "./helpers/recorded-fetch.js";
import { messages, singleAttempt } from "./helpers/requests.js";
import {
  chunk,
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
  usageChunk,
} from "./helpers/wire-chunks.js";

const models = ["first/model", "second/model", "third/model"];

/** The models that a fetch was called for. */
const calledModels = (fetch: RecordedFetch) => fetch.calls.map(({ init }) => JSON.parse(String(init.body)).model);

const streamWith = (fetch: RecordedFetch) => (model: string) => stream({ model, messages }, singleAttempt(fetch));
const completeWith = (fetch: RecordedFetch) => (model: string) => completion({ model, messages }, singleAttempt(fetch));

const hello = sseResponse([HELLO_EVENTS + FINISH_EVENTS]);
const preamble = sseEvent(chunk([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]));

async function readText(chunks: AsyncIterable<ChatCompletionChunk>): Promise<string> {
  let answer = "";
  for await (const piece of text(chunks)) answer += piece;
  return answer;
}

describe("what falls back to the next model", () => {
  const errors: Record<BasetenErrorName, boolean> = {
    BadRequestError: false,
    AuthenticationError: false,
    PaymentRequiredError: false,
    PermissionDeniedError: false,
    ContextWindowExceededError: true,
    NotFoundError: true,
    RateLimitError: true,
    InternalServerError: true,
    TimeoutError: true,
    APIConnectionError: true,
    APIError: true,
    StreamTruncatedError: true,
    InvalidResponseError: true,
  };

  it.each(Object.entries(errors) as [BasetenErrorName, boolean][])("%s: %s", async (name, fallsBack) => {
    const error = new BasetenError(name, "failed");
    const call = vi.fn(async (model: string) => {
      if (model === models[0]) throw error;
      return model;
    });
    const onFallback = vi.fn();
    const answer = fallback(models, call, onFallback);
    if (fallsBack) expect(await answer).toBe(models[1]);
    else expect(await catchError(() => answer)).toBe(error);
    expect(onFallback.mock.calls).toEqual(fallsBack ? [[error, models[0]]] : []);
  });

  it.each<[string, unknown]>([
    ["an AbortError", new DOMException("stop", "AbortError")],
    ["the TimeoutError of AbortSignal.timeout", new DOMException("late", "TimeoutError")],
    ["any other reason of a signal", "stop"],
    ["an error of the caller's own code", new TypeError("x is not a function")],
  ])("not %s", async (_, reason) => {
    const call = vi.fn(() => Promise.reject(reason));
    expect(await catchError(() => fallback(models, call))).toBe(reason);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it("not what call itself throws, even if it is a BasetenError", async () => {
    const error = new BasetenError("InternalServerError", "thrown");
    const call = vi.fn((): never => {
      throw error;
    });
    expect(await catchError(() => fallback(models, call))).toBe(error);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it("not an abort of the request under way", async () => {
    const caller = new AbortController();
    const reason = new Error("stop");
    const fetch = recordedFetch(({ signal }) => {
      caller.abort(reason);
      return Promise.reject(signal?.reason);
    });
    const call = (model: string) => completion({ model, messages }, { ...singleAttempt(fetch), signal: caller.signal });
    expect(await catchError(() => fallback(models, call))).toBe(reason);
    expect(fetch.calls.length).toBe(1);
  });
});

describe("fallback with a promise", () => {
  it("gives the first model's answer and tries no other", async () => {
    const fetch = recordedFetch(jsonResponse(completionBody("Hello")));
    const answer = await fallback(models, completeWith(fetch));
    expect(answer.choices[0]?.message.content).toBe("Hello");
    expect(calledModels(fetch)).toEqual(["first/model"]);
  });

  it("tries the models in order, and reports each that failed with another left", async () => {
    const fetch = recordedFetch(
      jsonResponse("busy", 503),
      jsonResponse("gone", 404),
      jsonResponse(completionBody("Hello")),
    );
    const onFallback = vi.fn();
    await fallback(models, completeWith(fetch), onFallback);
    expect(calledModels(fetch)).toEqual(models);
    expect(onFallback.mock.calls).toMatchObject([
      [{ name: "InternalServerError" }, "first/model"],
      [{ name: "NotFoundError" }, "second/model"],
    ]);
  });

  it("throws the last error, which is not reported", async () => {
    const fetch = recordedFetch(jsonResponse("busy", 503), jsonResponse("busy", 503), jsonResponse("slow down", 429));
    const onFallback = vi.fn();
    const error = await catchError(() => fallback(models, completeWith(fetch), onFallback));
    expect(error).toMatchObject({ name: "RateLimitError" });
    expect(onFallback.mock.calls.map(([, model]) => model)).toEqual(["first/model", "second/model"]);
  });

  it("gives a value that is not a promise, and a ReadableStream, unchanged", async () => {
    const readable = new ReadableStream();
    expect(await fallback(models, () => 5)).toBe(5);
    expect(await fallback(models, async () => readable)).toBe(readable);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["rejects", () => Promise.reject(new Error("mine"))],
  ])("ends with the error of an onFallback that %s", async (_, onFallback) => {
    const leaks = startLeakCheck();
    const fetch = recordedFetch(jsonResponse("busy", 503));
    expect(await catchError(() => fallback(models, completeWith(fetch), onFallback))).toMatchObject({
      message: "mine",
    });
    expect(fetch.calls.length).toBe(1);
    await leaks.check();
  });
});

describe("fallback with a stream", () => {
  it.each<[string, Responder]>([
    ["an error status", jsonResponse("busy", 503)],
    ["an error event", sseResponse([preamble, sseEvent({ error: "out of memory" })])],
    ["a cut after its preamble", sseResponse([preamble])],
    ["a body that breaks off after its preamble", sseResponse([preamble, new Error("reset")])],
    ["HTML", () => new Response("<html>")],
  ])("falls back after %s, and delivers nothing of that model", async (_, response) => {
    const fetch = recordedFetch(response, hello);
    const chunks = await fallback(models, streamWith(fetch));
    const seen: ChatCompletionChunk[] = [];
    for await (const item of chunks) seen.push(item);
    expect((await collect(seen)).choices[0]?.message.content).toBe("Hello");
    expect(seen.length).toBe(4);
    expect(calledModels(fetch)).toEqual(["first/model", "second/model"]);
  });

  it("falls back after a stall that follows the preamble", async () => {
    const stalled = scriptedBody([preamble, new Promise(() => {})]);
    const fetch = recordedFetch(() => new Response(stalled.stream), hello);
    const call = (model: string) => stream({ model, messages }, { ...singleAttempt(fetch), timeout: { idle: 20 } });
    expect(await readText(await fallback(models, call))).toBe("Hello");
    expect(stalled.state).toBe("cancelled");
  });

  it.each<[string, object]>([
    ["content", { content: "x" }],
    ["reasoning_content", { reasoning_content: "x" }],
    ["reasoning", { reasoning: "x" }],
    ["a refusal", { refusal: "x" }],
    ["a tool call", { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "" } }] }],
  ])("does not fall back once %s has come: the failure is thrown by the stream", async (_, delta) => {
    const begun = sseEvent(chunk([{ index: 0, delta, finish_reason: null }]));
    const fetch = recordedFetch(sseResponse([preamble, begun]), hello);
    const chunks = await fallback(models, streamWith(fetch));
    expect((await chunks.next()).value).toMatchObject({ choices: [{ delta: { role: "assistant" } }] });
    expect((await chunks.next()).value).toMatchObject({ choices: [{ delta }] });
    expect(await catchError(() => chunks.next())).toMatchObject({ name: "StreamTruncatedError" });
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    expect(fetch.calls.length).toBe(1);
  });

  it.each<[string, object]>([
    ["an empty delta", {}],
    ["a role", { role: "assistant" }],
    [
      "empty content, no reasoning and an empty list of tool calls",
      { content: "", reasoning_content: null, tool_calls: [] },
    ],
  ])("takes %s for a preamble", async (_, delta) => {
    const fetch = recordedFetch(sseResponse([sseEvent(chunk([{ index: 0, delta, finish_reason: null }]))]), hello);
    expect(await readText(await fallback(models, streamWith(fetch)))).toBe("Hello");
  });

  it("gives a complete answer without any output as it is", async () => {
    const empty = sseEvent(finishChunk()) + sseEvent(usageChunk(0)) + DONE_EVENT;
    const fetch = recordedFetch(sseResponse([preamble, empty]), hello);
    const { choices, usage } = await collect(await fallback(models, streamWith(fetch)));
    expect([choices[0]?.finish_reason, usage?.completion_tokens]).toEqual(["stop", 0]);
    expect(fetch.calls.length).toBe(1);
  });

  it("takes a promise of a stream", async () => {
    const fetch = recordedFetch(jsonResponse("busy", 503), hello);
    expect(await readText(await fallback(models, async (model) => streamWith(fetch)(model)))).toBe("Hello");
  });

  it("takes the pieces of text, and the events of runTools", async () => {
    const fetch = recordedFetch(jsonResponse("busy", 503), hello);
    let answer = "";
    for await (const piece of await fallback(models, (model) => text(streamWith(fetch)(model)))) answer += piece;
    expect(answer).toBe("Hello");
    const other = recordedFetch(sseResponse([preamble]), hello);
    const run = (model: string) => runTools({ model, messages }, {}, singleAttempt(other));
    const types: string[] = [];
    for await (const { type } of await fallback(models, run)) types.push(type);
    expect(types).toEqual(["chunk", "chunk", "chunk", "chunk", "finish"]);
  });

  it("is left by break: the body is cancelled", async () => {
    const leaks = startLeakCheck();
    const body = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    for await (const _ of await fallback(models, streamWith(recordedFetch(() => new Response(body.stream))))) break;
    await flushEventLoop();
    expect(body.state).toBe("cancelled");
    await leaks.check();
  });

  it.each<[string, (chunks: ChatStream) => unknown]>([
    ["return()", (chunks) => chunks.return(undefined)],
    ["throw()", (chunks) => chunks.throw(new Error("left"))],
  ])("is left by %s before any next(): the body is cancelled", async (_, leave) => {
    const leaks = startLeakCheck();
    const body = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const chunks = await fallback(models, streamWith(recordedFetch(() => new Response(body.stream))));
    await Promise.resolve(leave(chunks)).catch(() => {});
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    await flushEventLoop();
    expect(body.state).toBe("cancelled");
    await leaks.check();
  });

  it("is left by return() at once, though the stream is slow to close", async () => {
    const close = vi.fn(() => new Promise<never>(() => {}));
    const items = [contentChunk("a")].values();
    const slow = {
      next: async () => (items.next().value ? { done: false, value: contentChunk("a") } : new Promise<never>(() => {})),
      return: close,
      [Symbol.asyncIterator]: () => slow,
    };
    const chunks = (await fallback(models, () => slow)) as unknown as AsyncGenerator;
    await chunks.next();
    const pending = chunks.next();
    expect(await chunks.return(undefined)).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe("bad input is a BadRequestError", () => {
  const call = vi.fn();

  it.each<[string, unknown[]]>([
    ["models", [[], call]],
    ["models", ["baseten/openai/gpt-oss-120b", call]],
    ["models", [undefined, call]],
    ["models", [["a/b", 5], call]],
    ["call", [models, undefined]],
    ["onFallback", [models, call, "log"]],
  ])("%s", async (field, parameters) => {
    await expectRefusal(() => fallback(...(parameters as Parameters<typeof fallback>)), field);
    expect(call).not.toHaveBeenCalled();
  });
});
