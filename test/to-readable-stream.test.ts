import OpenAI from "openai";
import { describe, expect, it, vi } from "vitest";
import { BasetenError, type ChatCompletionChunk, collect, stream, toReadableStream } from "../src/index.js";
import { catchBasetenError, catchError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import { jsonResponse, recordedFetch, scriptedBody, sseResponse } from "./helpers/recorded-fetch.js";
import { API_KEY, GATEWAY_URL, MODEL_SLUG, messages, REQUEST, singleAttempt } from "./helpers/requests.js";
import { contentChunk, DONE_EVENT, FINISH_EVENTS, finishChunk, HELLO_EVENTS, sseEvent } from "./helpers/wire-chunks.js";

clearEnvironment();

const hello = [contentChunk("Hel"), contentChunk("lo"), finishChunk()] as ChatCompletionChunk[];

async function* yieldChunks(chunks: object[], error?: unknown): AsyncGenerator<ChatCompletionChunk> {
  yield* chunks as ChatCompletionChunk[];
  if (error) throw error;
}

const readAll = (body: ReadableStream<Uint8Array>) => new Response(body).text();

/** The error that the last event reports. */
async function reportedError(error: unknown): Promise<unknown> {
  const text = await readAll(toReadableStream(yieldChunks(hello, error)));
  const events = text.trimEnd().split("\n\n");
  expect(events.slice(0, -1)).toEqual(hello.map((chunk) => sseEvent(chunk).trimEnd()));
  return JSON.parse(events.at(-1)?.slice("data: ".length) ?? "").error;
}

describe("toReadableStream", () => {
  it("writes each chunk as a server-sent event, and [DONE] at the end", async () => {
    expect(await readAll(toReadableStream(yieldChunks(hello)))).toBe(hello.map(sseEvent).join("") + DONE_EVENT);
  });

  it("is read by stream as the same chunks", async () => {
    const upstream = recordedFetch(sseResponse([HELLO_EVENTS + FINISH_EVENTS]));
    const passedOn = async () =>
      new Response(toReadableStream(stream({ model: MODEL_SLUG, messages }, singleAttempt(upstream))));
    const direct = await collect(stream({ model: MODEL_SLUG, messages }, singleAttempt(upstream)));
    expect(await collect(stream(REQUEST, { baseURL: GATEWAY_URL, fetch: passedOn }))).toEqual(direct);
  });

  it("is read by OpenAI's SDK, an error of the model too", async () => {
    const error = new BasetenError("APIError", "200 from inference.baseten.co: out of memory", {
      url: "https://inference.baseten.co/v1/chat/completions",
      status: 200,
    });
    for (const failure of [undefined, error]) {
      const fetch = async () =>
        new Response(toReadableStream(yieldChunks(hello, failure)), {
          headers: { "content-type": "text/event-stream" },
        });
      const client = new OpenAI({ apiKey: "x", baseURL: GATEWAY_URL, fetch, maxRetries: 0 });
      let text = "";
      const read = async () => {
        const chunks = await client.chat.completions.create({ model: "x", messages, stream: true });
        for await (const { choices } of chunks) text += choices[0]?.delta.content ?? "";
      };
      if (failure) expect(await catchError(read)).toMatchObject({ message: expect.stringContaining("out of memory") });
      else await read();
      expect(text).toBe("Hello");
    }
  });

  it("reads nothing before it is read, and no chunk ahead", async () => {
    const next = vi.fn(async () => ({ done: false, value: hello[0] as ChatCompletionChunk }));
    const body = toReadableStream({ [Symbol.asyncIterator]: () => ({ next }) });
    await flushEventLoop();
    expect(next).not.toHaveBeenCalled();
    const reader = body.getReader();
    await reader.read();
    await flushEventLoop();
    expect(next).toHaveBeenCalledTimes(1);
    await reader.cancel();
  });

  it("closes the chunks when it is cancelled, though a chunk is waited for", async () => {
    const leaks = startLeakCheck();
    const source = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const chunks = stream(REQUEST, {
      ...singleAttempt(recordedFetch(() => new Response(source.stream))),
      baseURL: GATEWAY_URL,
    });
    const reader = toReadableStream(chunks).getReader();
    await reader.read();
    await reader.read();
    const pending = reader.read();
    await flushEventLoop();
    await reader.cancel();
    expect(await pending).toEqual({ done: true, value: undefined });
    await flushEventLoop();
    expect(source.state).toBe("cancelled");
    await leaks.check();
  });

  it("can be cancelled where the chunks cannot be closed, or refuse to", async () => {
    const leaks = startLeakCheck();
    const next = () => new Promise<never>(() => {});
    for (const close of [{}, { return: () => Promise.reject(new Error("no")) }]) {
      await toReadableStream({ [Symbol.asyncIterator]: () => ({ next, ...close }) }).cancel();
    }
    await leaks.check();
  });
});

describe("a failure of the chunks becomes an error event without [DONE]", () => {
  const url = "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/chat/completions";
  const host = "model-abcd1234.api.baseten.co";

  it.each<[string, unknown, object]>([
    [
      "with the server's words, type and code, without the host",
      new BasetenError("RateLimitError", `429 from ${host}: slow down`, {
        status: 429,
        url,
        type: "rate_limit",
        code: "busy",
      }),
      { message: "slow down", type: "rate_limit", code: "busy" },
    ],
    [
      "with the error's name where the server gave no type",
      new BasetenError("StreamTruncatedError", `200 from ${host}: the stream ended early`, { status: 200, url }),
      { message: "the stream ended early", type: "StreamTruncatedError", code: null },
    ],
    [
      "without the host where the server names itself",
      new BasetenError("APIError", `200 from ${host}: ${host} is down, call ${host}`, { status: 200, url }),
      { message: "*** is down, call ***", type: "APIError", code: null },
    ],
    [
      "without the runtime's words, which name addresses",
      new BasetenError("APIConnectionError", `${host}: the request failed: connect ECONNREFUSED 10.0.0.5:443`, { url }),
      { message: "the connection to the model failed", type: "APIConnectionError", code: null },
    ],
    [
      "as an internal error for what was refused before sending",
      new BasetenError("AuthenticationError", `${host}: no API key: set BASETEN_API_KEY`, { url }),
      { message: "internal error", type: "InternalServerError", code: null },
    ],
    ["as an internal error for any other error", new Error(`secret of ${host}`), { message: "internal error" }],
    ["as an internal error for an abort", new DOMException("stop", "AbortError"), { message: "internal error" }],
  ])("%s", async (_, error, expected) => {
    expect(await reportedError(error)).toMatchObject(expected);
  });

  it("so that stream, which reads it, throws an APIError with the server's words", async () => {
    const failing = sseResponse([HELLO_EVENTS, sseEvent({ error: { message: "out of memory", type: "oom" } })]);
    const chunks = stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(failing)));
    const fetch = async () => new Response(toReadableStream(chunks));
    const error = await catchBasetenError(() => collect(stream(REQUEST, { baseURL: GATEWAY_URL, fetch })));
    expect(error).toMatchObject({ name: "APIError", type: "oom", message: "200 from gateway.example: out of memory" });
    expect(error.partial?.choices[0]?.message.content).toBe("Hello");
  });

  it("also before the first chunk, and with no key in it", async () => {
    const echo = recordedFetch(jsonResponse({ error: `wrong key ${API_KEY}` }, 401));
    const chunks = stream({ model: MODEL_SLUG, messages }, { ...singleAttempt(echo), apiKey: API_KEY });
    expect(await readAll(toReadableStream(chunks))).toBe(
      sseEvent({ error: { message: "wrong key ***", type: "AuthenticationError", code: null } }),
    );
  });

  it("also for a chunk that JSON cannot hold, and closes the chunks then", async () => {
    const chunks = yieldChunks([{ choices: [], n: 1n }]);
    const text = await readAll(toReadableStream(chunks));
    expect(text).toBe(sseEvent({ error: { message: "internal error", type: "InternalServerError", code: null } }));
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  it("that names no variable where the server's key is missing", async () => {
    const text = await readAll(toReadableStream(stream({ model: MODEL_SLUG, messages })));
    expect(text).toBe(sseEvent({ error: { message: "internal error", type: "InternalServerError", code: null } }));
  });
});

describe("anything but an async iterable", () => {
  it.each([undefined, null, "text", hello, Promise.resolve(hello)])("is a BadRequestError: %s", async (chunks) => {
    await expectRefusal(() => toReadableStream(chunks as never), "chunks");
  });
});
