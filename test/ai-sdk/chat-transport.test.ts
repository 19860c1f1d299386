import { describe, expect, it } from "vitest";
import { chatTransport, type UIMessage, type UIMessageChunk } from "../../src/ai-sdk/index.js";
import { catchBasetenError } from "../helpers/catch-error.js";
import { countAbortListeners, flushEventLoop } from "../helpers/leak-check.js";
import {
  jsonResponse,
  onlyRequest,
  pendingResponse,
  recordedFetch,
  scriptedBody,
  sseResponse,
} from "../helpers/recorded-fetch.js";
import { singleAttempt } from "../helpers/requests.js";
import { textResponse } from "../helpers/tool-responses.js";
import { contentChunk, HELLO_EVENTS, sseEvent, usageChunk } from "../helpers/wire-chunks.js";
import { readAll } from "./read-parts.js";

const model = "openai/gpt-oss-120b";
const messages: UIMessage[] = [{ role: "user", parts: [{ type: "text", text: "Hello" }] }];

describe("a chat transport", () => {
  it("sends the request's own messages, then the conversation, and gives the answer's parts", async () => {
    const fetch = recordedFetch(textResponse("Hi"));
    const system = { role: "system" as const, content: "Be brief." };
    const request = { model, messages: [system], temperature: 0.5 };
    const copy = structuredClone(request);
    const parts = await readAll(await chatTransport(request, singleAttempt(fetch)).sendMessages({ messages }));
    expect(parts).toContainEqual({ type: "text-delta", id: "text-0", delta: "Hi" });
    expect(onlyRequest(fetch).body).toEqual({
      model,
      temperature: 0.5,
      messages: [system, { role: "user", content: "Hello" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(request).toEqual(copy);
  });

  it("sends nothing before the first part is read", async () => {
    const fetch = recordedFetch(textResponse("Hi"));
    await chatTransport({ model }, singleAttempt(fetch)).sendMessages({ messages });
    expect(fetch.calls).toEqual([]);
  });

  it.each([
    ["an object", { "X-User": "7", "x-app": "chat" }],
    ["a Headers", new Headers({ "X-User": "7", "x-app": "chat" })],
  ])("adds the headers of a message to those of the options, over which they win (%s)", async (_, headers) => {
    const fetch = recordedFetch(textResponse("Hi"));
    const options = {
      ...singleAttempt(fetch),
      headers: [
        ["x-user", "1"],
        ["x-team", "a"],
      ] as [string, string][],
    };
    await readAll(await chatTransport({ model }, options).sendMessages({ messages, headers }));
    const sent = onlyRequest(fetch).headers;
    expect(["x-user", "x-app", "x-team"].map((name) => sent.get(name))).toEqual(["7", "chat", "a"]);
    expect(sent.get("authorization")).toEqual(expect.stringMatching(/^Bearer ./));
  });

  it("adds the body of a message to the request's fields, over which it wins, but for the messages", async () => {
    const fetch = recordedFetch(textResponse("Hi"));
    const body = { temperature: 1, seed: 7, messages: [] };
    const transport = chatTransport({ model, temperature: 0 }, singleAttempt(fetch));
    await readAll(await transport.sendMessages({ messages, body }));
    expect(onlyRequest(fetch).body).toMatchObject({
      temperature: 1,
      seed: 7,
      messages: [{ role: "user", content: "Hello" }],
    });
  });

  it("takes whatever else useChat hands over, and sends none of it", async () => {
    const fetch = recordedFetch(textResponse("Hi"));
    const more = { chatId: "1", trigger: "submit-message", messageId: undefined, metadata: { a: 1 } };
    await readAll(await chatTransport({ model }, singleAttempt(fetch)).sendMessages({ messages, ...more }));
    expect(Object.keys(onlyRequest(fetch).body).sort()).toEqual(["messages", "model", "stream", "stream_options"]);
  });

  it("cannot reconnect to an answer", async () => {
    expect(await chatTransport({ model }).reconnectToStream()).toBeNull();
  });

  it("gives a failed request as the part `error`, with the whole message", async () => {
    const fetch = recordedFetch(jsonResponse({ error: "slow down" }, 429));
    const parts = await readAll(await chatTransport({ model }, singleAttempt(fetch)).sendMessages({ messages }));
    expect(parts).toEqual([
      { type: "start" },
      { type: "error", errorText: "429 from inference.baseten.co: slow down" },
    ]);
  });

  it("keeps what came before a failure", async () => {
    const body = scriptedBody([HELLO_EVENTS]);
    const fetch = recordedFetch(() => new Response(body.stream));
    const parts = await readAll(await chatTransport({ model }, singleAttempt(fetch)).sendMessages({ messages }));
    expect(parts.filter(({ type }) => type === "text-delta")).toHaveLength(2);
    expect(parts.at(-1)).toMatchObject({ type: "error", errorText: expect.any(String) });
  });

  it("rejects headers that are none, and does not show them", async () => {
    const headers = { authorization: "Bearer two\nlines" };
    const error = await catchBasetenError(() => chatTransport({ model }).sendMessages({ messages, headers }));
    expect(error).toMatchObject({ name: "BadRequestError", message: expect.stringMatching(/^headers: /) });
    expect(JSON.stringify(error)).not.toContain("lines");
  });

  it("rejects what cannot be sent as chat messages, before anything is sent", async () => {
    const fetch = recordedFetch(textResponse("Hi"));
    const parts = [{ type: "file", mediaType: "application/pdf", url: "data:," }];
    const transport = chatTransport({ model }, singleAttempt(fetch));
    await catchBasetenError(() => transport.sendMessages({ messages: [{ role: "user", parts }] }));
    expect(fetch.calls).toEqual([]);
  });
});

describe("a chat transport that is stopped", () => {
  it("ends with the part `abort`, keeps what came, and closes the connection", async () => {
    const body = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const fetch = recordedFetch(() => new Response(body.stream));
    const stop = new AbortController();
    const transport = chatTransport({ model }, singleAttempt(fetch));
    const stream = await transport.sendMessages({ messages, abortSignal: stop.signal });
    const types: string[] = [];
    for await (const part of stream) {
      types.push(part.type);
      if (types.filter((type) => type === "text-delta").length === 2) stop.abort();
    }
    expect(types).toEqual(["start", "start-step", "text-start", "text-delta", "text-delta", "abort"]);
    expect(body.state).toBe("cancelled");
    expect(countAbortListeners(stop.signal)).toBe(0);
  });

  it("keeps the usage that came", async () => {
    const pieces = [sseEvent(usageChunk(7)) + sseEvent(contentChunk("Hi")), new Promise<never>(() => {})];
    const stop = new AbortController();
    const transport = chatTransport({ model }, singleAttempt(recordedFetch(sseResponse(pieces))));
    const parts: UIMessageChunk[] = [];
    for await (const part of await transport.sendMessages({ messages, abortSignal: stop.signal })) {
      parts.push(part);
      if (part.type === "text-delta") stop.abort();
    }
    expect(parts.slice(-2)).toEqual([
      { type: "message-metadata", messageMetadata: { usage: expect.objectContaining({ total_tokens: 10 }) } },
      { type: "abort" },
    ]);
  });

  it("sends nothing if it was stopped before", async () => {
    const fetch = recordedFetch(textResponse("Hi"));
    const transport = chatTransport({ model }, singleAttempt(fetch));
    const stream = await transport.sendMessages({ messages, abortSignal: AbortSignal.abort() });
    expect(await readAll(stream)).toEqual([{ type: "start" }, { type: "abort" }]);
    expect(fetch.calls).toEqual([]);
  });

  it("ends while it waits for the answer", async () => {
    const fetch = recordedFetch(pendingResponse());
    const stop = new AbortController();
    const transport = chatTransport({ model }, singleAttempt(fetch));
    const reader = (await transport.sendMessages({ messages, abortSignal: stop.signal })).getReader();
    expect((await reader.read()).value).toEqual({ type: "start" });
    const next = reader.read();
    stop.abort();
    expect((await next).value).toEqual({ type: "abort" });
  });

  it("is stopped by the signal of its options, too", async () => {
    const fetch = recordedFetch(pendingResponse());
    const stop = new AbortController();
    const transport = chatTransport({ model }, { ...singleAttempt(fetch), signal: stop.signal });
    const reader = (await transport.sendMessages({ messages, abortSignal: new AbortController().signal })).getReader();
    await reader.read();
    const next = reader.read();
    stop.abort();
    expect((await next).value).toEqual({ type: "abort" });
  });

  it("leaves no listener on the signal, however it ends", async () => {
    const { signal } = new AbortController();
    const fetch = recordedFetch(textResponse("Hi"), jsonResponse({ error: "no" }, 400), textResponse("Hi"));
    const transport = chatTransport({ model }, singleAttempt(fetch));
    const send = () => transport.sendMessages({ messages, abortSignal: signal });
    await readAll(await send());
    await readAll(await send());
    const reader = (await send()).getReader();
    for (let part = 0; part < 4; part++) await reader.read();
    await reader.cancel();
    await flushEventLoop();
    expect(countAbortListeners(signal)).toBe(0);
  });
});

describe("a chat transport is refused at once", () => {
  const cases: [string, unknown, unknown, string][] = [
    ["no request", undefined, {}, "request"],
    ["no model", {}, {}, "model"],
    ["messages that are no list", { model, messages: "Be brief." }, {}, "messages"],
    ["messages that are null", { model, messages: null }, {}, "messages"],
    ["no options but null", { model }, null, "options"],
    ["a timeout that is none", { model }, { timeout: { idle: 0 } }, "timeout.idle"],
    ["a number of retries that is none", { model }, { maxRetries: 1.5 }, "maxRetries"],
    ["a signal that is none", { model }, { signal: {} }, "signal"],
    ["a fetch that is none", { model }, { fetch: "fetch" }, "fetch"],
    ["headers that are none", { model }, { headers: "x-a: 1" }, "headers"],
    ["an option that is misspelled", { model }, { baseUrl: "/v1" }, "baseURL"],
    ["an option that is null", { model }, { baseURL: null }, "baseURL"],
    ["a base URL that has no text", { model }, { baseURL: Object.create(null) }, "baseURL"],
    ["a base URL that is a symbol", { model }, { baseURL: Symbol("x") }, "baseURL"],
    ["an empty base URL", { model }, { baseURL: "" }, "baseURL"],
    ["a base URL without a scheme but a port", { model }, { baseURL: "localhost:4000" }, "baseURL"],
    ["a base URL that is none", { model }, { baseURL: "ftp://example.com" }, "baseURL"],
    ["a deployment that is none", { model }, { deployment: { environment: "a.b" } }, "deployment"],
  ];
  it.each(cases)("with %s", async (_, request, options, field) => {
    const error = await catchBasetenError(() => chatTransport(request as never, options as never));
    expect(error).toMatchObject({ name: "BadRequestError", message: expect.stringContaining(field) });
  });

  it.each(["/v1", "v1", "./v1", "/v1?a=b:c", "//localhost:4000/v1", "https://example.com/v1"])(
    "but not with the base URL %j where there is no page: pages are rendered on servers, too",
    (baseURL) => {
      expect(() => chatTransport({ model: "any model" }, { baseURL })).not.toThrow();
    },
  );
});
