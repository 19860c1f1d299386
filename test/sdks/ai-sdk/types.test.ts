/** The types against those of the real packages: this file is compiled by `npm run test:sdks`, and each case runs, too. */

import { useChat } from "@ai-sdk/react";
import type { ChatTransport, InferUITools, UIMessage, UIMessageChunk } from "ai";
import { createUIMessageStream, createUIMessageStreamResponse } from "ai";
import { stream } from "baseten-fetch";
import { chatTransport, toChatMessages, toUIMessageStream } from "baseten-fetch/ai-sdk";
import { emulator } from "baseten-fetch/emulator";
import { describe, expect, expectTypeOf, it } from "vitest";

const model = "openai/gpt-oss-120b";
const options = { fetch: emulator(), apiKey: "key" };

type MyMessage = UIMessage<
  { usage?: object },
  { note: string },
  { weather: { input: { city: string }; output: { degrees: number } } }
>;

describe("the types", () => {
  it("fit useChat, with any kind of message", () => {
    const transport = chatTransport({ model }, options);
    expectTypeOf(transport).toExtend<ChatTransport<UIMessage>>();
    expectTypeOf(transport).toExtend<ChatTransport<MyMessage>>();
    expectTypeOf(useChat<MyMessage>).toBeCallableWith({ transport });
    expectTypeOf(useChat).toBeCallableWith({ transport: chatTransport({ model }, { baseURL: "/v1" }) });
  });

  it("let a stream be merged into one of AI SDK's own", async () => {
    const chunks = () => stream({ model, messages: [{ role: "user", content: "Hello" }] }, options);
    const parts: ReadableStream<UIMessageChunk> = toUIMessageStream(chunks());
    await parts.cancel();
    const merged = createUIMessageStream({ execute: ({ writer }) => writer.merge(toUIMessageStream(chunks())) });
    expect(await createUIMessageStreamResponse({ stream: merged }).text()).toContain("text-delta");
  });

  it("take the messages of AI SDK as they are", () => {
    const messages: MyMessage[] = [{ id: "1", role: "user", parts: [{ type: "text", text: "Hello" }] }];
    expect(toChatMessages(messages)).toEqual([{ role: "user", content: "Hello" }]);
    expectTypeOf<InferUITools<Record<never, never>>>().toBeObject();
  });
});
