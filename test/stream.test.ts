import { describe, expect, it } from "vitest";
import { type Options, stream } from "../src/index.js";
import { catchBasetenError, catchError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { joinContent, readStream } from "./helpers/read-stream.js";
import {
  onlyRequest,
  type RecordedFetch,
  recordedFetch,
  replayFetch,
  type ScriptedBody,
  scriptedBody,
} from "./helpers/recorded-fetch.js";
import { GATEWAY_URL, MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { contentChunk, FINISH_EVENTS, finishChunk, HELLO_EVENTS, sseEvent } from "./helpers/wire-chunks.js";

clearEnvironment();

const FINISH_EVENT = sseEvent(finishChunk());

/** A fetch whose response has this body. */
function fetchOf(body: ScriptedBody): RecordedFetch {
  return recordedFetch(() => new Response(body.stream));
}

describe("stream", () => {
  const done = { done: true, value: undefined };

  it("reads request and options at the first next(), not before", async () => {
    const fetch = replayFetch([HELLO_EVENTS, FINISH_EVENTS]);
    const request = { model: "", messages };
    const options: Options = { baseURL: "nowhere" };
    const chunks = stream(request, options);
    Object.assign(request, { model: MODEL_SLUG });
    Object.assign(options, singleAttempt(fetch), { baseURL: GATEWAY_URL });
    expect((await chunks.next()).done).toBe(false);
    expect(onlyRequest(fetch)).toMatchObject({
      url: `${GATEWAY_URL}/chat/completions`,
      body: { model: "openai/gpt-oss-120b" },
    });
  });

  it("does not throw: the first next() rejects, then it is done", async () => {
    const chunks = stream({ model: "", messages });
    expect(await catchError(() => chunks.next())).toMatchObject({ name: "BadRequestError" });
    expect(await chunks.next()).toEqual(done);
  });

  it("reads the body once for each next()", async () => {
    const source = scriptedBody([
      sseEvent(contentChunk("a")),
      sseEvent(contentChunk("b")),
      sseEvent(contentChunk("c")),
      FINISH_EVENTS,
    ]);
    const chunks = stream({ model: MODEL_SLUG, messages }, singleAttempt(fetchOf(source)));
    for (const reads of [1, 2, 3]) {
      await chunks.next();
      expect(source.reads).toBe(reads);
    }
    await chunks.return(undefined);
    expect(source.state).toBe("cancelled");
  });

  it("delivers the events of one read without reading again", async () => {
    const source = scriptedBody([
      sseEvent(contentChunk("a")) + sseEvent(contentChunk("b")) + sseEvent(contentChunk("c")),
      FINISH_EVENTS,
    ]);
    const chunks = stream({ model: MODEL_SLUG, messages }, singleAttempt(fetchOf(source)));
    for (let count = 0; count < 3; count++) await chunks.next();
    expect(source.reads).toBe(1);
    await chunks.return(undefined);
  });

  it("reads the end of the body after [DONE], so that it is not cancelled", async () => {
    const source = scriptedBody([HELLO_EVENTS, FINISH_EVENTS]);
    for await (const _ of stream({ model: MODEL_SLUG, messages }, singleAttempt(fetchOf(source))));
    expect(source.state).toBe("ended");
  });

  it("reads once after [DONE], then cancels a body that goes on", async () => {
    const source = scriptedBody([HELLO_EVENTS, FINISH_EVENTS, ": more\n\n", ": more\n\n"]);
    for await (const _ of stream({ model: MODEL_SLUG, messages }, singleAttempt(fetchOf(source))));
    expect(source).toMatchObject({ state: "cancelled", reads: 3 });
  });

  it("cancels a body that stays open after [DONE], without waiting for timeout.idle", async () => {
    const source = scriptedBody([HELLO_EVENTS, FINISH_EVENTS, new Promise(() => {})]);
    const options = { timeout: { idle: 3_600_000 } };
    for await (const _ of stream({ model: MODEL_SLUG, messages }, singleAttempt(fetchOf(source), options)));
    expect(source.state).toBe("cancelled");
  });

  it("succeeds if timeout.idle expires after finish_reason, and rejects with TimeoutError before", async () => {
    expect(await readStream([HELLO_EVENTS, FINISH_EVENT, new Promise(() => {})], { timeout: { idle: 20 } })).toEqual({
      chunks: expect.any(Array),
    });
    expect((await readStream([HELLO_EVENTS, new Promise(() => {})], { timeout: { idle: 20 } })).error).toMatchObject({
      name: "TimeoutError",
      message: expect.stringContaining("idle"),
    });
  });

  it("rejects with the abort reason even after finish_reason, then is done", async () => {
    const controller = new AbortController();
    const fetch = replayFetch([HELLO_EVENTS + FINISH_EVENT, new Promise(() => {})]);
    const chunks = stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch, { signal: controller.signal }));
    for (let count = 0; count < 3; count++) await chunks.next();
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await catchError(() => chunks.next())).toBe(reason);
    expect(await chunks.next()).toEqual(done);
  });

  it("drops undelivered chunks on abort", async () => {
    const controller = new AbortController();
    const chunks = stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(replayFetch([HELLO_EVENTS + FINISH_EVENTS]), { signal: controller.signal }),
    );
    await chunks.next();
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await catchError(() => chunks.next())).toBe(reason);
  });

  it.each([
    ["no body", undefined],
    ["a body that is not a ReadableStream", { pipe: () => {} }],
  ])("rejects with an InvalidResponseError that names expo/fetch if the response has %s", async (_, value) => {
    const unreadable = () => Object.defineProperty(new Response(HELLO_EVENTS + FINISH_EVENTS), "body", { value });
    const error = await catchBasetenError(() =>
      stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(unreadable))).next(),
    );
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200 });
    expect(error.message).toContain("expo/fetch");
  });

  it("treats a null body as empty", async () => {
    const error = await catchBasetenError(() =>
      stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(() => new Response(null)))).next(),
    );
    expect(error.name).toBe("StreamTruncatedError");
  });

  it("works without TextDecoderStream, AbortSignal.any, AbortSignal.timeout and an iterable ReadableStream", async () => {
    const removed: [object, PropertyKey][] = [
      [globalThis, "TextDecoderStream"],
      [AbortSignal, "any"],
      [AbortSignal, "timeout"],
      [ReadableStream.prototype, Symbol.asyncIterator],
      [ReadableStream.prototype, "values"],
      [ReadableStream, "from"],
    ];
    const descriptors = removed.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
    for (const [owner, name] of removed) Reflect.deleteProperty(owner, name);
    try {
      expect(joinContent((await readStream([HELLO_EVENTS, FINISH_EVENTS])).chunks)).toBe("Hello");
    } finally {
      for (const [index, [owner, name]] of removed.entries())
        Object.defineProperty(owner, name, descriptors[index] ?? {});
    }
  });

  it("has the interface of an AsyncGenerator, and Symbol.asyncDispose", () => {
    const chunks = stream({ model: MODEL_SLUG, messages });
    expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
    expect(chunks).toMatchObject({
      next: expect.any(Function),
      return: expect.any(Function),
      throw: expect.any(Function),
    });
    expect(Reflect.get(chunks, Reflect.get(Symbol, "asyncDispose") as symbol)).toBeTypeOf("function");
  });
});
