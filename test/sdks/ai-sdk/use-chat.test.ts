/** The real `useChat`, with the chat transport of this library. */

import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { type Options, runTools } from "baseten-fetch";
import {
  type ChatTransportRequest,
  chatTransport,
  toChatMessages,
  toUIMessageStreamResponse,
} from "baseten-fetch/ai-sdk";
import { type EmulatorOptions, emulator } from "baseten-fetch/emulator";
import { act } from "react";
import { describe, expect, it, vi } from "vitest";
import { relayFetch, renderChat, textOf, waitUntil } from "./render-chat.js";

const model = "openai/gpt-oss-120b";

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const weather = { type: "function" as const, function: { name: "weather", parameters } };

/** A page whose transport reaches the relay. */
async function renderRelayedChat(
  emulatorOptions: EmulatorOptions = {},
  request: Partial<ChatTransportRequest> = {},
  options: Options = {},
) {
  const { fetch, requests } = relayFetch(emulatorOptions);
  const transport = chatTransport({ model, ...request }, { baseURL: "/v1", fetch, maxRetries: 0, ...options });
  const chat = await renderChat({ transport, sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls });
  return { chat, requests };
}

describe("useChat with the chat transport", () => {
  it("shows the text of an answer, and its usage as metadata", async () => {
    const { chat, requests } = await renderRelayedChat(
      { reply: () => "Hello there." },
      { messages: [{ role: "system", content: "Be brief." }] },
    );
    await act(() => chat().sendMessage({ text: "Hello" }));
    const { messages, status, error } = chat();
    expect({ status, error }).toEqual({ status: "ready", error: undefined });
    expect(messages.map(textOf)).toEqual(["Hello", "Hello there."]);
    expect(messages[1]?.metadata).toEqual({ usage: expect.objectContaining({ total_tokens: expect.any(Number) }) });
    expect(requests[0]?.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
    ]);
  });

  it("shows reasoning apart from the text", async () => {
    const { chat } = await renderRelayedChat({ reply: () => ({ reasoning_content: "A greeting.", content: "Hi." }) });
    await act(() => chat().sendMessage({ text: "Hello" }));
    expect(chat().messages[1]?.parts).toMatchObject([
      { type: "step-start" },
      { type: "reasoning", text: "A greeting.", state: "done" },
      { type: "text", text: "Hi.", state: "done" },
    ]);
  });

  it("sends the earlier turns with the next one", async () => {
    const { chat, requests } = await renderRelayedChat({ reply: ({ messages }) => `Answer ${messages.length}` });
    await act(() => chat().sendMessage({ text: "One" }));
    await act(() => chat().sendMessage({ text: "Two" }));
    expect(chat().messages.map(textOf)).toEqual(["One", "Answer 1", "Two", "Answer 3"]);
    expect(requests[1]?.messages).toEqual([
      { role: "user", content: "One" },
      { role: "assistant", content: "Answer 1" },
      { role: "user", content: "Two" },
    ]);
  });

  it("asks again, without the answer that is to be replaced", async () => {
    let answers = 0;
    const { chat, requests } = await renderRelayedChat({ reply: () => `Answer ${++answers}` });
    await act(() => chat().sendMessage({ text: "Hello" }));
    await act(() => chat().regenerate());
    expect(chat().messages.map(textOf)).toEqual(["Hello", "Answer 2"]);
    expect(requests[1]?.messages).toEqual([{ role: "user", content: "Hello" }]);
  });

  it("sends an image with the text", async () => {
    const { chat, requests } = await renderRelayedChat({ reply: () => "A dot." }, { model: "moonshotai/Kimi-K3" });
    const url = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    const files = [{ type: "file" as const, mediaType: "image/gif", url }];
    await act(() => chat().sendMessage({ text: "What is this?", files }));
    expect(chat().error).toBeUndefined();
    expect(requests[0]?.messages).toEqual([
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url } },
          { type: "text", text: "What is this?" },
        ],
      },
    ]);
  });

  it("lets the page answer a tool call, and goes on with the result in the same message", async () => {
    const { chat, requests } = await renderRelayedChat(
      {
        reply: ({ messages }) =>
          messages.at(-1)?.role === "tool"
            ? "It is 21 degrees in Rome."
            : { content: "Let me look.", tool_calls: [{ name: "weather", arguments: { city: "Rome" } }] },
      },
      { tools: [weather] },
    );
    await act(() => chat().sendMessage({ text: "The weather in Rome?" }));
    const call = chat().messages[1]?.parts.find((part) => part.type === "tool-weather");
    if (call?.type !== "tool-weather" || !("toolCallId" in call)) throw new Error("no tool call was shown");
    expect(call).toMatchObject({ state: "input-available", input: { city: "Rome" } });

    const { toolCallId: id } = call;
    await act(async () => chat().addToolOutput({ tool: "weather", toolCallId: id, output: { degrees: 21 } }));
    await waitUntil(() => chat().status === "ready" && requests.length === 2);
    expect(chat().messages).toHaveLength(2);
    expect(chat().messages[1]?.parts).toMatchObject([
      { type: "step-start" },
      { type: "text", text: "Let me look." },
      { type: "tool-weather", state: "output-available", output: { degrees: 21 } },
      { type: "step-start" },
      { type: "text", text: "It is 21 degrees in Rome." },
    ]);
    expect(requests[1]?.messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: "Let me look.",
        tool_calls: [{ id, type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } }],
      },
      { role: "tool", tool_call_id: id, content: '{"degrees":21}' },
    ]);
  });

  it("does not go on by itself if max_tokens cut a tool call off", async () => {
    const tool_calls = [{ name: "weather", arguments: { city: "Rome", why: "because I would like to go there" } }];
    const { chat, requests } = await renderRelayedChat(
      { reply: () => ({ tool_calls }) },
      { tools: [weather], max_tokens: 6 },
    );
    await act(() => chat().sendMessage({ text: "The weather?" }));
    expect(chat().status).toBe("ready");
    expect(chat().messages[1]?.parts.at(-1)).toMatchObject({ type: "tool-weather", state: "input-streaming" });
    expect(requests).toHaveLength(1);
  });
});

describe("useChat when an answer fails", () => {
  const text = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen";

  it.each(["truncate", "reset", "badJson", "errorEvent"] as const)(
    "has an error, and keeps what came before it (%s)",
    async (fault) => {
      const { chat } = await renderRelayedChat({ reply: () => text, faults: [fault] });
      await act(() => chat().sendMessage({ text: "Count" }));
      const { status, error, messages } = chat();
      expect(status).toBe("error");
      expect(error?.message).toMatch(/\S/);
      expect(messages).toHaveLength(2);
      const [, answer] = messages.map(textOf);
      expect(answer).not.toBe("");
      expect(text.startsWith(answer ?? "-")).toBe(true);
      expect(answer).not.toBe(text);
    },
  );

  it.each(["html", "503", "429"] as const)("has an error if there was no answer at all (%s)", async (fault) => {
    const { chat } = await renderRelayedChat({ faults: [fault] });
    await act(() => chat().sendMessage({ text: "Count" }));
    expect(chat().status).toBe("error");
    expect(chat().error?.message).toContain("page.test");
    expect(chat().messages).toHaveLength(1);
  });

  it("has a time limit: a stream that falls silent is an error", async () => {
    const { chat } = await renderRelayedChat({ reply: () => text, faults: ["stall"] }, {}, { timeout: { idle: 300 } });
    await act(() => chat().sendMessage({ text: "Count" }));
    expect(chat().status).toBe("error");
    expect(chat().error?.message).toContain("timeout.idle");
  });

  it("tells of a file that cannot be sent", async () => {
    const { chat, requests } = await renderRelayedChat();
    const files = [{ type: "file" as const, mediaType: "application/pdf", url: "data:application/pdf,a" }];
    await act(() => chat().sendMessage({ text: "Read this", files }));
    expect(chat().error?.message).toContain("application/pdf");
    expect(requests).toEqual([]);
  });
});

describe("useChat when it is stopped", () => {
  it("keeps what came, has no error, and ends the request upstream", async () => {
    const { fetch } = relayFetch({ reply: () => "word ".repeat(1_000), tokensPerSecond: 50 });
    let signal: AbortSignal | null | undefined;
    const observed: typeof fetch = (input, init) => {
      signal = init?.signal;
      return fetch(input, init);
    };
    const chat = await renderChat({ transport: chatTransport({ model }, { baseURL: "/v1", fetch: observed }) });
    // React renders by itself while an answer streams.
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
    const sending = chat().sendMessage({ text: "Count" });
    await vi.waitUntil(() => chat().messages.slice(1).map(textOf).join("") !== "", { timeout: 30_000 });
    await chat().stop();
    await sending;
    await vi.waitUntil(() => chat().status === "ready", { timeout: 30_000 });
    expect(chat().error).toBeUndefined();
    expect(chat().messages.slice(1).map(textOf)).toEqual([expect.stringMatching(/^word/)]);
    expect(signal?.aborted).toBe(true);
  });
});

describe("useChat with its default transport, and a server that runs the tools", () => {
  it("shows a tool call with its result, and the answer as the next step", async () => {
    const upstream = emulator({
      reply: ({ messages }) =>
        messages.at(-1)?.role === "tool"
          ? "It is 21 degrees in Rome."
          : { tool_calls: [{ name: "weather", arguments: { city: "Rome" } }] },
    });
    const tools = { weather: { parameters, execute: async () => ({ degrees: 21 }) } };
    const route = async (request: Request) => {
      const { messages } = await request.json();
      const events = runTools({ model, messages: toChatMessages(messages) }, tools, { fetch: upstream, apiKey: "key" });
      return toUIMessageStreamResponse(events);
    };
    const transport = new DefaultChatTransport({
      fetch: (input, init) => route(new Request(new URL(String(input), location.href), init)),
    });
    const chat = await renderChat({ transport });
    await act(() => chat().sendMessage({ text: "The weather in Rome?" }));
    expect(chat().error).toBeUndefined();
    expect(chat().messages[1]?.parts).toMatchObject([
      { type: "step-start" },
      { type: "tool-weather", state: "output-available", input: { city: "Rome" }, output: { degrees: 21 } },
      { type: "step-start" },
      { type: "text", text: "It is 21 degrees in Rome.", state: "done" },
    ]);
  });
});
