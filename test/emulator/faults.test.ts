/** The option `faults`: what each fault does to a stream, and to a response that is not streamed. */

import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { emulator, type Fault } from "../../src/emulator/index.js";
import {
  DEDICATED,
  MESSAGES,
  MODEL_API,
  parseEvents,
  REASONING_MODEL,
  requestChunks,
  send,
  sendChat,
  TEXT_MODEL,
} from "./helpers.js";

const CHAT = `${MODEL_API}/chat/completions`;

/** Reads a body to its end, or to the error that it breaks off with. */
async function drain(response: Response): Promise<{ text: string; error: unknown }> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return { text, error: undefined };
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    return { text, error };
  }
}

const postInit = (fields: object = {}, more: RequestInit = {}): RequestInit => ({
  method: "POST",
  body: JSON.stringify({ model: TEXT_MODEL, messages: MESSAGES, ...fields }),
  ...more,
});

const readFaultyStream = async (fault: Fault, fields: object = {}) =>
  drain(await emulator({ faults: [fault] })(CHAT, postInit({ stream: true, ...fields })));

/** The pieces of content in the events that are JSON. */
const parseContent = (text: string) =>
  parseEvents(text).flatMap((data) => {
    const found = /"content":"([^"]+)"/.exec(data);
    return found ? [found[1]] : [];
  });

describe("a fault that replaces the response", () => {
  it.each([
    ["429", 429, { error: expect.any(String), error_code: "rate_limited", detail: expect.any(String) }],
    ["500", 500, { error: { message: expect.any(String), type: "server_error", param: null, code: 500 } }],
    ["529", 529, { error: expect.any(String), error_code: "overloaded", detail: expect.any(String) }],
  ] as const)("of %s has that status, a body as Baseten sends it, and no Retry-After", async (fault, status, body) => {
    for (const stream of [false, true]) {
      const reply = await sendChat({ stream }, { faults: [fault] });
      expect([reply.status, reply.json]).toEqual([status, body]);
      expect(reply.headers.has("retry-after")).toBe(false);
      expect(reply.headers.get("x-baseten-request-id")).toBeTruthy();
    }
  });

  it("of 503 is plain text", async () => {
    const { status, text, headers } = await sendChat({}, { faults: ["503"] });
    expect([status, text, headers.get("content-type")]).toEqual([
      503,
      "no healthy upstream",
      "text/plain; charset=utf-8",
    ]);
  });

  it("of html is a page with status 200", async () => {
    const { status, text, headers } = await sendChat({ stream: true }, { faults: ["html"] });
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(text).toMatch(/^<!DOCTYPE html>/);
  });
});

describe("the option faults", () => {
  it("applies to the first request, the second, and so on, of whatever endpoint, and then to none", async () => {
    const fetch = emulator({ faults: ["500", null, "429", "503"] });
    const statuses = [];
    for (const url of [`${MODEL_API}/models`, CHAT, `${DEDICATED}/embeddings`, `${MODEL_API}/nowhere`, CHAT]) {
      statuses.push(
        (await send(fetch, url, url.endsWith("models") ? undefined : { model: TEXT_MODEL, messages: MESSAGES })).status,
      );
    }
    expect(statuses).toEqual([500, 200, 429, 503, 200]);
  });
});

describe("a fault in a stream", () => {
  it("of truncate ends it after the first chunks, between two events", async () => {
    const { text, error } = await readFaultyStream("truncate");
    const whole = (await sendChat({ stream: true })).text;
    expect(error).toBeUndefined();
    expect(whole.startsWith(text)).toBe(true);
    expect(text.endsWith("\n\n")).toBe(true);
    expect(parseContent(text)).toHaveLength(3);
    expect(text).not.toMatch(/\[DONE\]|"finish_reason":"/);
  });

  it("of reset breaks it off there with a TypeError", async () => {
    const [reset, truncated] = [await readFaultyStream("reset"), await readFaultyStream("truncate")];
    expect(reset.error).toBeInstanceOf(TypeError);
    expect(reset.text).toBe(truncated.text);
  });

  it("of stall sends nothing more until the caller aborts", async () => {
    const controller = new AbortController();
    const response = await emulator({ faults: ["stall"] })(
      CHAT,
      postInit({ stream: true }, { signal: controller.signal }),
    );
    const reader = response.body?.getReader();
    const truncated = parseEvents((await readFaultyStream("truncate")).text);
    for (const _ of truncated) expect((await reader?.read())?.done).toBe(false);
    const waiting = reader?.read();
    const rejected = expect(waiting).rejects.toBe("enough");
    controller.abort("enough");
    await rejected;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("of stall sends nothing more until the reader cancels", async () => {
    const response = await emulator({ faults: ["stall"] })(CHAT, postInit({ stream: true }));
    const reader = response.body?.getReader();
    for (const _ of parseEvents((await readFaultyStream("truncate")).text)) await reader?.read();
    const waiting = reader?.read();
    await reader?.cancel();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it("of badJson inserts an event of invalid JSON and goes on", async () => {
    const { text } = await readFaultyStream("badJson");
    const [events, whole] = [parseEvents(text), parseEvents((await sendChat({ stream: true })).text)];
    const bad = events.filter((data) => data !== "[DONE]" && !isJson(data));
    expect(bad).toHaveLength(1);
    expect(events.indexOf(bad[0] ?? "")).toBe(4);
    expect(events.filter((data) => data !== bad[0])).toEqual(whole);
  });

  it("of errorEvent ends it with an event that reports an error", async () => {
    const { text, error } = await readFaultyStream("errorEvent");
    expect(error).toBeUndefined();
    expect(JSON.parse(parseEvents(text).at(-1) ?? "")).toEqual({
      error: { message: expect.any(String), type: "internal_error", code: "internal_error" },
    });
    expect(parseContent(text)).toHaveLength(3);
  });

  it.each([
    ["after its reasoning", { model: REASONING_MODEL }, 3],
    ["before its end at the latest", { max_tokens: 1 }, 1],
    ["before the end of one that is all reasoning", { model: REASONING_MODEL, max_tokens: 2 }, 0],
    [
      "in a tool call",
      { tools: [{ type: "function", function: { name: "get", parameters: { type: "object", required: ["a"] } } }] },
      0,
    ],
  ])("happens %s", async (_, fields, count) => {
    const { text } = await readFaultyStream("truncate", fields);
    expect(parseContent(text)).toHaveLength(count);
    expect(text).not.toMatch(/"finish_reason":"/);
    expect(parseEvents(text).length).toBeLessThan((await requestChunks(fields)).length - 1);
  });
});

describe("a fault in a response that is not streamed", () => {
  const readFaultyBody = async (fault: Fault) => drain(await emulator({ faults: [fault] })(CHAT, postInit()));

  it("of truncate sends half of the body", async () => {
    const { text, error } = await readFaultyBody("truncate");
    const { text: good } = await sendChat();
    expect(error).toBeUndefined();
    expect(good.startsWith(text)).toBe(true);
    expect(text.length).toBe(Math.floor(good.length / 2));
  });

  it("of reset rejects the fetch with a TypeError", async () => {
    for (const url of [CHAT, `${MODEL_API}/nowhere`]) {
      await expect(emulator({ faults: ["reset"] })(url, postInit())).rejects.toBeInstanceOf(TypeError);
    }
  });

  it("of stall sends half of the body and nothing more until the caller aborts", async () => {
    const controller = new AbortController();
    const response = await emulator({ faults: ["stall"] })(CHAT, postInit({}, { signal: controller.signal }));
    expect(response.status).toBe(200);
    const outcome = drain(response);
    setTimeout(() => controller.abort("enough"));
    expect(await outcome).toEqual({ text: (await readFaultyBody("truncate")).text, error: "enough" });
  });

  it("of badJson makes the body invalid JSON", async () => {
    const { text } = await readFaultyBody("badJson");
    expect(isJson(text)).toBe(false);
    expect(text).toContain("Say hello");
  });

  it("of errorEvent replaces the body by an error, with status 200", async () => {
    const { status, json } = await sendChat({}, { faults: ["errorEvent"] });
    expect([status, Object.keys(json)]).toEqual([200, ["error"]]);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
