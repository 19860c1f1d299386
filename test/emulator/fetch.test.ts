/** The emulator as a fetch: its arguments, its headers and its signal. */

import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { emulator, type Fault } from "../../src/emulator/index.js";
import { BasetenError } from "../../src/error.js";
import type { Fetch } from "../../src/types/options.js";
import { DEDICATED, MESSAGES, MODEL_API, readResponse, send, TEXT_MODEL } from "./helpers.js";

const CHAT = `${MODEL_API}/chat/completions`;
const body = JSON.stringify({ model: TEXT_MODEL, messages: MESSAGES });
const streamedBody = JSON.stringify({ model: TEXT_MODEL, messages: MESSAGES, stream: true });
const headers = { authorization: "Bearer the-key" };
const postInit = (more: RequestInit = {}): RequestInit => ({ method: "POST", body, headers, ...more });

afterEach(() => void vi.useRealTimers());

describe("a request", () => {
  it.each([
    ["a string", CHAT, postInit()],
    ["a URL", new URL(CHAT), postInit()],
    ["a Request", new Request(CHAT, postInit()), undefined],
    ["a Request and an empty init", new Request(CHAT, postInit()), {}],
    ["a Request and an init with headers", new Request(CHAT, { method: "POST", body }), { headers }],
    ["a Request and an init with another body", new Request(CHAT, postInit({ body: "{}" })), { body }],
    ["a URL with a list of headers", CHAT, postInit({ headers: [["authorization", "Bearer the-key"]] })],
    ["a URL with Headers", CHAT, postInit({ headers: new Headers(headers) })],
    ["a URL with a body of bytes", CHAT, postInit({ body: new TextEncoder().encode(body) })],
    ["a URL with a body that is a stream", CHAT, { ...postInit({ body: new Blob([body]).stream() }), duplex: "half" }],
  ])("may be given as %s", async (_, input, init) => {
    const reply = await readResponse(await emulator({ apiKeys: ["the-key"] })(input, init));
    expect([reply.status, reply.json.object]).toEqual([200, "chat.completion"]);
  });

  it.each([
    ["an invalid URL", "nowhere", {}],
    ["a GET with a body", CHAT, { body }],
    ["an invalid header", CHAT, postInit({ headers: { authorization: "a\nb" } })],
  ])("that fetch refuses is a TypeError, and takes no fault: %s", async (_, input, init) => {
    const fetch = emulator({ faults: ["500"] });
    await expect(fetch(input, init)).rejects.toBeInstanceOf(TypeError);
    // The refused call counts as no request, so the fault is still to come.
    expect((await fetch(CHAT, postInit())).status).toBe(500);
  });

  it("is read once, and its body is used", async () => {
    const request = new Request(CHAT, postInit());
    const text = vi.spyOn(request, "text");
    expect((await emulator()(request)).status).toBe(200);
    expect(text).toHaveBeenCalledTimes(1);
    expect(request.bodyUsed).toBe(true);
  });

  it("has a number as its id, in the headers and in the errors of the gateway", async () => {
    const fetch = emulator();
    const ids = [];
    for (const url of [CHAT, `${MODEL_API}/nowhere`, CHAT])
      ids.push((await send(fetch, url, body)).headers.get("x-baseten-request-id"));
    expect(ids).toEqual([1, 2, 3].map((count) => String(count).padStart(32, "0")));
    const { json, headers: back } = await send(fetch, CHAT, "{");
    expect(json.request_id).toBe(back.get("x-baseten-request-id"));
  });

  it("counts for its own emulator only", async () => {
    const fetches = [emulator({ faults: ["500"] }), emulator({ faults: ["500"] })];
    for (const fetch of fetches) expect((await fetch(CHAT, postInit())).status).toBe(500);
    for (const fetch of fetches) expect((await fetch(CHAT, postInit())).status).toBe(200);
  });
});

describe("a response", () => {
  const cases: [title: string, url: string, fields: object, faults?: Fault[]][] = [
    ["a completion", CHAT, {}],
    ["a stream", CHAT, { stream: true }],
    ["a rejected request", CHAT, { n: 2 }],
    ["a path that does not exist", `${MODEL_API}/nowhere`, {}],
    ["a fault", CHAT, {}, ["529"]],
    ["embeddings", `${DEDICATED}/embeddings`, { input: "a" }],
  ];

  it.each(cases)("has the rate-limit headers, always with the same values: %s", async (_, url, fields, faults) => {
    const { headers } = await send(emulator({ faults }), url, { model: TEXT_MODEL, messages: MESSAGES, ...fields });
    const limits = [...headers].filter(([name]) => name.startsWith("x-ratelimit-"));
    expect(Object.fromEntries(limits)).toEqual({
      "x-ratelimit-limit-requests": "120",
      "x-ratelimit-remaining-requests": "119",
      "x-ratelimit-reset-requests": "60",
      "x-ratelimit-limit-tokens": "500000",
      "x-ratelimit-remaining-tokens": "499000",
      "x-ratelimit-reset-tokens": "60",
    });
  });
});

describe("a signal", () => {
  const reasons: [string, unknown][] = [
    ["an error of its own", undefined],
    ["a reason", "enough"],
    ["an error of this library's", new BasetenError("TimeoutError", "too late")],
  ];

  it.each(reasons)("that is already aborted rejects, and takes no fault: %s", async (_, reason) => {
    const fetch = emulator({ faults: ["500"] });
    const signal = AbortSignal.abort(reason);
    await expect(fetch(CHAT, postInit({ signal }))).rejects.toBe(signal.reason);
    await expect(fetch(new Request(CHAT, postInit()), { signal })).rejects.toBe(signal.reason);
    expect((await fetch(CHAT, postInit())).status).toBe(500);
  });

  it.each(reasons)("that aborts before the headers rejects with its reason: %s", async (_, reason) => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const { signal } = controller;
    const outcome = emulator({ tokensPerSecond: 1 })(CHAT, postInit({ signal }));
    const rejected = expect(outcome).rejects.toSatisfy((error) => error === signal.reason);
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBe(1);
    controller.abort(reason);
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("that aborts while the body of the request is read rejects with its reason", async () => {
    const controller = new AbortController();
    const init = { ...postInit({ body: new ReadableStream(), signal: controller.signal }), duplex: "half" };
    const rejected = expect(emulator()(CHAT, init)).rejects.toBe("enough");
    controller.abort("enough");
    await rejected;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  const calls: [string, (signal: AbortSignal) => Parameters<Fetch>][] = [
    ["of a Request", (signal) => [new Request(CHAT, postInit({ body: streamedBody, signal }))]],
    ["of an init", (signal) => [CHAT, postInit({ body: streamedBody, signal })]],
    [
      "of an init, over a Request's",
      (signal) => [new Request(CHAT, postInit({ body: streamedBody, signal: AbortSignal.abort() })), { signal }],
    ],
  ];

  it.each(calls)("that aborts after the headers errors the body: %s", async (_, given) => {
    const controller = new AbortController();
    const response = await emulator({ tokensPerSecond: 1 })(...given(controller.signal));
    const reader = response.body?.getReader();
    await reader?.read();
    const waiting = reader?.read();
    const rejected = expect(waiting).rejects.toBe("enough");
    controller.abort("enough");
    await rejected;
    await expect(reader?.read()).rejects.toBe("enough");
  });

  it("of null replaces that of a Request", async () => {
    const request = new Request(CHAT, postInit({ signal: AbortSignal.abort() }));
    expect((await emulator()(request, { signal: null })).status).toBe(200);
  });

  it.each([
    ["a stream", postInit({ body: streamedBody })],
    ["a completion", postInit()],
    ["an error", postInit({ body: "{" })],
  ])("that aborts errors a body that was not read yet: %s", async (_, init) => {
    const controller = new AbortController();
    const response = await emulator()(CHAT, { ...init, signal: controller.signal });
    controller.abort("enough");
    await expect(response.text()).rejects.toBe("enough");
  });

  it("of a thousand calls has no listener left, whether their bodies were read or dropped", async () => {
    const { signal } = new AbortController();
    const fetch = emulator({ tokensPerSecond: 1e9 });
    for (let calls = 0; calls < 500; calls += 1) {
      await (await fetch(CHAT, postInit({ signal }))).text();
      const dropped = await fetch(CHAT, postInit({ body: streamedBody, signal }));
      await dropped.body?.getReader().read();
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("that aborts after the end changes nothing", async () => {
    const controller = new AbortController();
    const response = await emulator()(CHAT, postInit({ signal: controller.signal }));
    const text = await response.text();
    controller.abort();
    expect(JSON.parse(text)).toHaveProperty("choices");
  });
});
