import { describe, expect, it } from "vitest";
import { toUIMessageStreamResponse } from "../../src/ai-sdk/index.js";
import { BasetenError } from "../../src/index.js";
import { expectRefusal } from "../helpers/catch-error.js";
import { contentChunk, finishChunk } from "../helpers/wire-chunks.js";
import { sourceOf, toolCall } from "./read-parts.js";

/** The data of each event of a response. */
async function readEvents(...items: unknown[]): Promise<unknown[]> {
  const text = await toUIMessageStreamResponse(sourceOf(...items)).text();
  const events = text.split("\n\n");
  expect(events.pop()).toBe("");
  return events.map((event) => {
    expect(event).toMatch(/^data: .+$/);
    const data = event.slice("data: ".length);
    return data === "[DONE]" ? data : JSON.parse(data);
  });
}

describe("a UI message stream response", () => {
  it("holds one server-sent event for each part, and [DONE]", async () => {
    expect(await readEvents(contentChunk("Hé\nllo"), finishChunk())).toEqual([
      { type: "start" },
      { type: "start-step" },
      { type: "text-start", id: "text-0" },
      { type: "text-delta", id: "text-0", delta: "Hé\nllo" },
      { type: "text-end", id: "text-0" },
      { type: "finish-step" },
      { type: "finish", finishReason: "stop" },
      "[DONE]",
    ]);
  });

  it("names the protocol's version and keeps proxies from collecting the events", () => {
    const { status, headers } = toUIMessageStreamResponse(sourceOf());
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toEqual({
      "cache-control": "no-cache, no-transform",
      "content-type": "text/event-stream",
      "x-accel-buffering": "no",
      "x-vercel-ai-ui-message-stream": "v1",
    });
  });

  it.each([
    ["an object", { "Cache-Control": "no-store", "x-mine": "1" }],
    ["a Headers", new Headers({ "Cache-Control": "no-store", "x-mine": "1" })],
    [
      "a list",
      [
        ["Cache-Control", "no-store"],
        ["x-mine", "1"],
      ] as [string, string][],
    ],
  ])("takes a status, and headers that win, from its init (%s)", (_, headers) => {
    const response = toUIMessageStreamResponse(sourceOf(), { status: 201, headers });
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-mine")).toBe("1");
    expect(response.headers.get("x-vercel-ai-ui-message-stream")).toBe("v1");
  });

  const call = toolCall("call_1", "count");
  it.each([
    ["the source fails", [contentChunk("Hel"), new BasetenError("APIError", "out of memory")], "out of memory"],
    ["the source fails with an error of another kind", [contentChunk("Hel"), new Error("secret")], "internal error"],
    ["an item is wrong", [contentChunk("Hel"), "lo"], expect.stringContaining("source: expected chunks")],
    ["there is no item", [], expect.stringContaining("source: expected chunks")],
    [
      "JSON cannot hold a result",
      [
        { type: "tool-call", call },
        { type: "tool-result", call, result: 1n },
      ],
      "internal error",
    ],
  ])("ends with the error and [DONE] if %s", async (_, items, errorText) => {
    const events = await readEvents(...items);
    expect(events.slice(-2)).toEqual([{ type: "error", errorText }, "[DONE]"]);
  });

  it("closes the source if its reader leaves", async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield contentChunk("a") as never;
      } finally {
        isClosed = true;
      }
    }
    const reader = toUIMessageStreamResponse(source()).body?.getReader();
    for (let event = 0; event < 4; event++) await reader?.read();
    await reader?.cancel();
    expect(isClosed).toBe(true);
  });

  it("refuses a source that is not an async iterable", async () => {
    await expectRefusal(() => toUIMessageStreamResponse("Hello" as never), "source");
  });
});
