import { stream } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { describe, expect, it } from "vitest";
import { describeEvent, type Mark, recordFetch } from "../../demo/call/recorder.js";
import { recordedFetch, scriptedBody, sseResponse } from "../helpers/recorded-fetch.js";
import { KEY } from "./fixtures.js";

function record(fetch: Parameters<typeof recordFetch>[0]) {
  const marks: Omit<Mark, "at">[] = [];
  return { marks, fetch: recordFetch(fetch, (mark) => marks.push(mark)) };
}

const post = { method: "POST", body: '{"model":"x"}', headers: { authorization: `Bearer ${KEY}` } };

describe("the recorded marks of a call", () => {
  it("are each request, each response, each event, and the end of the body", async () => {
    const { marks, fetch } = record(emulator({ faults: ["429"] }));
    const request = { model: "openai/gpt-oss-120b", messages: [{ role: "user" as const, content: "Hello" }] };
    for await (const _ of stream(request, { fetch, apiKey: KEY }));
    expect(marks.slice(0, 4).map(({ label }) => label)).toEqual([
      "POST /v1/chat/completions",
      "Status 429",
      "POST /v1/chat/completions",
      "Status 200",
    ]);
    expect(marks.slice(-2).map(({ label }) => label)).toEqual(["[DONE]", "End of the body"]);
    expect(new Set(marks.map(({ kind }) => kind))).toEqual(
      new Set(["request", "failure", "response", "other", "reasoning", "content", "done"]),
    );
  });

  it("hold the request with its API key masked", async () => {
    const { marks, fetch } = record(emulator());
    await (await fetch("https://inference.baseten.co/v1/chat/completions", post)).text();
    expect(marks[0]?.request).toEqual({
      method: "POST",
      url: "https://inference.baseten.co/v1/chat/completions",
      headers: [["Authorization", "Bearer ***"]],
      body: post.body,
    });
    expect(JSON.stringify(marks)).not.toContain(KEY);
  });
});

describe("a recorded fetch", () => {
  it("leaves every byte, the status and the headers as they were", async () => {
    const pieces = ['data: {"a":"ä', '€"}\r\n\r\nda', "ta: [DONE]\n\n"];
    const { marks, fetch } = record(
      recordedFetch(sseResponse(pieces, { status: 201, headers: { "x-request-id": "r-1" } })),
    );
    const response = await fetch("https://example.com/", post);
    expect([response.status, response.headers.get("x-request-id")]).toEqual([201, "r-1"]);
    expect(await response.text()).toBe(pieces.join(""));
    expect(marks.map(({ raw }) => raw).slice(2)).toEqual(['data: {"a":"ä€"}', "data: [DONE]", undefined]);
  });

  it("reads no more than its reader asks for, and passes a cancel on", async () => {
    const source = scriptedBody(["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]);
    const { fetch } = record(async () => new Response(source.stream));
    const reader = (await fetch("https://example.com/", post)).body?.getReader();
    await reader?.read();
    expect(source.reads).toBe(1);
    await reader?.cancel();
    expect(source.state).toBe("cancelled");
  });

  it("passes on the error of a body that breaks off, and notes it", async () => {
    const broken = new TypeError("terminated");
    const { marks, fetch } = record(recordedFetch(sseResponse(["data: 1\n\n", broken])));
    const response = await fetch("https://example.com/", post);
    await expect(response.text()).rejects.toBe(broken);
    expect(marks.at(-1)).toEqual({ kind: "failure", label: "The body broke off", raw: "TypeError: terminated" });
  });

  it("passes on the error of a request that fails, and notes it", async () => {
    const dead = new TypeError("Failed to fetch");
    const { marks, fetch } = record(() => Promise.reject(dead));
    await expect(fetch("https://example.com/", post)).rejects.toBe(dead);
    expect(marks.at(-1)).toMatchObject({ kind: "failure", label: "The request failed" });
  });
});

describe("the description of an event", () => {
  it.each([
    ["data: [DONE]", "done", "[DONE]"],
    [": keep-alive", "other", "comment"],
    ["event: ping", "other", "no data"],
    ["data: {oops", "failure", "invalid JSON"],
    ['data: {"error":"engine"}', "failure", "error"],
    ['data: {"choices":[{"delta":{"content":"Hi"}}]}', "content", "Hi"],
    ['data:{"choices":[{"delta":{"content":"Hi"}}]}', "content", "Hi"],
    ['data: {"choices":\ndata: [{"delta":{"content":"Hi"}}]}', "content", "Hi"],
    ['data: {"choices":[{"delta":{"reasoning_content":"Hm"}}]}', "reasoning", "Hm"],
    ['data: {"choices":[{"delta":{"reasoning":"Hm"}}]}', "reasoning", "Hm"],
    ['data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f"}}]}}]}', "tool", "f"],
    ['data: {"choices":[{"delta":{"tool_calls":[{}]}}]}', "tool", "tool call"],
    ['data: {"choices":[{"delta":{},"finish_reason":"stop"}]}', "other", "finish_reason: stop"],
    ['data: {"choices":[],"usage":{"completion_tokens":3}}', "other", "usage: 3 tokens"],
    ["data: null", "failure", "invalid JSON"],
  ])("%s is %s: %s", (raw, kind, label) => {
    expect(describeEvent(raw)).toEqual({ kind, label });
  });
});
