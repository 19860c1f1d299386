/** What AI SDK's own parsers make of each part that this library sends. */

import { asSchema, DefaultChatTransport, readUIMessageStream, type UIMessage, uiMessageChunkSchema } from "ai";
import { BasetenError, type ChatCompletionChunk, type ToolCall, type ToolEvent } from "baseten-fetch";
import { toUIMessageStream, toUIMessageStreamResponse, type UIMessageChunk } from "baseten-fetch/ai-sdk";
import { describe, expect, it } from "vitest";

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, prompt_tokens_details: { cached_tokens: 1 } };

function chunk(delta: object, finish_reason: string | null = null): ToolEvent {
  const choices = [{ index: 0, delta, finish_reason }];
  const head = { id: "1", object: "chat.completion.chunk" as const, created: 1, model: "m", usage };
  return { type: "chunk", chunk: { ...head, choices } as ChatCompletionChunk };
}

const calls: ToolCall[] = ["works", "throws", "waits"].map((name) => ({
  id: `call_${name}`,
  type: "function",
  function: { name, arguments: '{"city":"Rome"}' },
}));
const [works, throws] = calls as [ToolCall, ToolCall];
const broken = { index: 3, id: "call_broken", function: { name: "broken", arguments: "{oops" } };

/** A tool loop in which everything happens that this library has a part for, but an abort. */
async function* everything(): AsyncGenerator<ToolEvent> {
  yield chunk({ reasoning_content: "Let me see." });
  yield chunk({ content: "Look: " });
  for (const [index, call] of calls.entries()) yield chunk({ tool_calls: [{ index, ...call }] });
  yield chunk({ tool_calls: [broken] }, "tool_calls");
  for (const call of calls) yield { type: "tool-call", call };
  yield { type: "tool-result", call: works, result: { degrees: 21 } };
  yield { type: "tool-result", call: throws, error: new Error("no such city") };
  yield chunk({ content: "Sunny." }, "stop");
}

async function* failure(): AsyncGenerator<ToolEvent> {
  yield chunk({ content: "Hel" });
  throw new BasetenError("StreamTruncatedError", "the stream ended early");
}

async function* abort(): AsyncGenerator<ToolEvent> {
  yield chunk({ content: "Hel" });
  throw new DOMException("stopped", "AbortError");
}

/** Every kind of part. A new one is a type error here until it is listed, and a failure below until it is sent. */
const types: Record<UIMessageChunk["type"], true> = {
  start: true,
  "start-step": true,
  "text-start": true,
  "text-delta": true,
  "text-end": true,
  "reasoning-start": true,
  "reasoning-delta": true,
  "reasoning-end": true,
  "tool-input-start": true,
  "tool-input-delta": true,
  "tool-input-available": true,
  "tool-input-error": true,
  "tool-output-available": true,
  "tool-output-error": true,
  "finish-step": true,
  "message-metadata": true,
  finish: true,
  abort: true,
  error: true,
};

async function readAll<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

/** The message as AI SDK's own reader assembles it. */
async function readMessage(source: AsyncGenerator<ToolEvent>): Promise<UIMessage | undefined> {
  return (await readAll(readUIMessageStream({ stream: toUIMessageStream(source) }))).at(-1);
}

describe("AI SDK's schema of parts", () => {
  it("knows every part that this library sends, with no field that it does not know", async () => {
    const parts = (
      await Promise.all([everything(), failure(), abort()].map((source) => readAll(toUIMessageStream(source))))
    ).flat();
    expect(new Set(parts.map(({ type }) => type))).toEqual(new Set(Object.keys(types)));
    const { validate } = asSchema(uiMessageChunkSchema);
    for (const part of parts) expect(await validate?.(part)).toEqual({ success: true, value: part });
  });
});

describe("AI SDK's reader of parts", () => {
  it("assembles the message: reasoning, text, tools in every state, steps and usage", async () => {
    const message = await readMessage(everything());
    expect(message?.metadata).toEqual({ usage });
    expect(message?.parts).toMatchObject([
      { type: "step-start" },
      { type: "reasoning", text: "Let me see.", state: "done" },
      { type: "text", text: "Look: ", state: "done" },
      { type: "tool-works", state: "output-available", input: { city: "Rome" }, output: { degrees: 21 } },
      { type: "tool-throws", state: "output-error", input: { city: "Rome" }, errorText: "no such city" },
      { type: "tool-waits", state: "input-available", input: { city: "Rome" } },
      { type: "tool-broken", state: "output-error", errorText: "arguments are not valid JSON" },
      { type: "step-start" },
      { type: "text", text: "Sunny.", state: "done" },
    ]);
  });

  it("keeps what came before an error", async () => {
    const stream = toUIMessageStream(failure());
    const errors: unknown[] = [];
    const messages = await readAll(readUIMessageStream({ stream, onError: (error) => errors.push(error) }));
    expect(messages.at(-1)).toMatchObject({ parts: [{ type: "step-start" }, { type: "text", text: "Hel" }] });
    expect(errors).toEqual([new Error("the stream ended early")]);
  });
});

describe("AI SDK's default transport", () => {
  it("reads the response as the parts that were sent", async () => {
    const fetch = async () => toUIMessageStreamResponse(everything());
    const transport = new DefaultChatTransport({ fetch });
    const stream = await transport.sendMessages({
      chatId: "1",
      messages: [],
      messageId: undefined,
      trigger: "submit-message",
      abortSignal: undefined,
    });
    expect(await readAll(stream)).toEqual(await readAll(toUIMessageStream(everything())));
  });
});
