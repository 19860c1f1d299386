import { stream } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { describe, expect, it } from "vitest";
import { describe as describeEvent } from "../../demo/call/events.js";
import { type Mark, record } from "../../demo/call/recorder.js";
import { recordedFetch, scriptedBody, sseResponse } from "../helpers/recorded-fetch.js";
import { KEY } from "./given.js";

type Noted = Omit<Mark, "at">;

function recorded(fetch: Parameters<typeof record>[0]) {
  const marks: Noted[] = [];
  return { marks, fetch: record(fetch, (mark) => marks.push(mark)) };
}

const post = { method: "POST", body: '{"model":"x"}', headers: { authorization: `Bearer ${KEY}` } };

describe("what is recorded of a call", () => {
  it("is each request, each response, each event, and the end", async () => {
    const { marks, fetch } = recorded(emulator({ faults: ["429"] }));
    const request = { model: "openai/gpt-oss-120b", messages: [{ role: "user" as const, content: "Hello" }] };
    for await (const _ of stream(request, { fetch, apiKey: KEY }));
    expect(marks.slice(0, 4).map(({ label }) => label)).toEqual([
      "POST /v1/chat/completions",
      "status 429",
      "POST /v1/chat/completions",
      "status 200",
    ]);
    expect(marks.slice(-2).map(({ label }) => label)).toEqual(["[DONE]", "end of the body"]);
    expect(new Set(marks.map(({ kind }) => kind))).toEqual(
      new Set(["request", "failure", "response", "other", "reasoning", "content", "done"]),
    );
  });

  it("never holds the key", async () => {
    const { marks, fetch } = recorded(emulator());
    const response = await fetch("https://inference.baseten.co/v1/chat/completions", post);
    await response.text();
    expect(JSON.stringify(marks)).not.toContain(KEY);
  });

  it("leaves every byte, the status and the headers as they were", async () => {
    const pieces = ['data: {"a":"ä', '€"}\r\n\r\nda', "ta: [DONE]\n\n"];
    const { marks, fetch } = recorded(
      recordedFetch(sseResponse(pieces, { status: 201, headers: { "x-request-id": "r-1" } })),
    );
    const response = await fetch("https://example.com/", post);
    expect([response.status, response.headers.get("x-request-id")]).toEqual([201, "r-1"]);
    expect(await response.text()).toBe(pieces.join(""));
    expect(marks.map(({ raw }) => raw).slice(2)).toEqual(['data: {"a":"ä€"}', "data: [DONE]", undefined]);
  });

  it("reads no more than its reader asks for, and passes a cancel on", async () => {
    const source = scriptedBody(["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]);
    const { fetch } = recorded(async () => new Response(source.stream));
    const reader = (await fetch("https://example.com/", post)).body?.getReader();
    await reader?.read();
    expect(source.reads).toBe(1);
    await reader?.cancel();
    expect(source.state).toBe("cancelled");
  });

  it("passes a body that breaks off on, and says so", async () => {
    const broken = new TypeError("terminated");
    const { marks, fetch } = recorded(recordedFetch(sseResponse(["data: 1\n\n", broken])));
    const response = await fetch("https://example.com/", post);
    await expect(response.text()).rejects.toBe(broken);
    expect(marks.at(-1)).toEqual({ kind: "failure", label: "the body broke off", raw: "TypeError: terminated" });
  });

  it("passes a request that fails on, and says so", async () => {
    const dead = new TypeError("Failed to fetch");
    const { marks, fetch } = recorded(() => Promise.reject(dead));
    await expect(fetch("https://example.com/", post)).rejects.toBe(dead);
    expect(marks.at(-1)).toMatchObject({ kind: "failure", label: "the request failed" });
  });
});

describe("an event", () => {
  it.each([
    ["data: [DONE]", "done", "[DONE]"],
    [": keep-alive", "other", "a comment"],
    ["event: ping", "other", "no event"],
    ["data: {oops", "failure", "no JSON"],
    ['data: {"error":"engine"}', "failure", "an error"],
    ['data: {"choices":[{"delta":{"content":"Hi"}}]}', "content", "Hi"],
    ['data:{"choices":[{"delta":{"content":"Hi"}}]}', "content", "Hi"],
    ['data: {"choices":\ndata: [{"delta":{"content":"Hi"}}]}', "content", "Hi"],
    ['data: {"choices":[{"delta":{"reasoning_content":"Hm"}}]}', "reasoning", "Hm"],
    ['data: {"choices":[{"delta":{"reasoning":"Hm"}}]}', "reasoning", "Hm"],
    ['data: {"choices":[{"delta":{"tool_calls":[{}]}}]}', "tool", "a piece of a tool call"],
    ['data: {"choices":[{"delta":{},"finish_reason":"stop"}]}', "other", "finish_reason: stop"],
    ['data: {"choices":[],"usage":{"completion_tokens":3}}', "other", "usage: 3 tokens"],
    ["data: null", "failure", "no JSON"],
  ])("%s is %s", (raw, kind, label) => {
    expect(describeEvent(raw)).toEqual({ kind, label });
  });
});
