import { describe, expect, it } from "vitest";
import { toChatMessages, type UIMessage, type UIMessagePart } from "../../src/ai-sdk/index.js";
import { catchBasetenError } from "../helpers/catch-error.js";

const text = (words: string): UIMessagePart => ({ type: "text", text: words });
const image: UIMessagePart = { type: "file", mediaType: "image/png", url: "data:image/png;base64,AAAA" };
const step: UIMessagePart = { type: "step-start" };
const tool = (more: Partial<UIMessagePart>): UIMessagePart => ({
  type: "tool-weather",
  toolCallId: "call_1",
  state: "output-available",
  input: { city: "Rome" },
  output: "sunny",
  ...more,
});
const toolCalls = [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } }];
const toolMessage = (content: string) => ({ role: "tool", tool_call_id: "call_1", content });

interface Case {
  name: string;
  message: UIMessage;
  expected: object[];
}

const cases: Case[] = [
  {
    name: "a user's text is a string",
    message: { role: "user", parts: [text("Hello")] },
    expected: [{ role: "user", content: "Hello" }],
  },
  {
    name: "a user's image is an image_url part, in its place",
    message: { role: "user", parts: [image, text("What is this?")] },
    expected: [
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "text", text: "What is this?" },
        ],
      },
    ],
  },
  {
    name: "an image may name no subtype",
    message: { role: "user", parts: [{ ...image, mediaType: "image" }] },
    expected: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] }],
  },
  {
    name: "several texts of a user stay several",
    message: { role: "user", parts: [text("One"), text("Two")] },
    expected: [{ role: "user", content: [text("One"), text("Two")] }],
  },
  {
    name: "a system message is its text",
    message: { role: "system", parts: [text("Be "), text("brief.")] },
    expected: [{ role: "system", content: "Be brief." }],
  },
  {
    name: "a system message without text is left out",
    message: { role: "system", parts: [] },
    expected: [],
  },
  {
    name: "an assistant's texts are joined; reasoning, sources and data stay on the page",
    message: {
      role: "assistant",
      parts: [step, { type: "reasoning", text: "Hm" }, text("Hel"), text("lo"), { type: "source-url", url: "a:b" }],
    },
    expected: [{ role: "assistant", content: "Hello" }],
  },
  {
    name: "a tool call is followed by its result, and the next step by what was said then",
    message: { role: "assistant", parts: [step, text("Let me look."), tool({}), step, text("It is sunny.")] },
    expected: [
      { role: "assistant", content: "Let me look.", tool_calls: toolCalls },
      toolMessage("sunny"),
      { role: "assistant", content: "It is sunny." },
    ],
  },
  {
    name: "a result that is no text is JSON",
    message: { role: "assistant", parts: [tool({ output: { degrees: 21 } })] },
    expected: [{ role: "assistant", content: null, tool_calls: toolCalls }, toolMessage('{"degrees":21}')],
  },
  {
    name: "a result that is missing is null",
    message: { role: "assistant", parts: [tool({ output: undefined })] },
    expected: [{ role: "assistant", content: null, tool_calls: toolCalls }, toolMessage("null")],
  },
  {
    name: "an error of a tool is its result",
    message: {
      role: "assistant",
      parts: [tool({ state: "output-error", errorText: "no such city", output: undefined })],
    },
    expected: [{ role: "assistant", content: null, tool_calls: toolCalls }, toolMessage("no such city")],
  },
  {
    name: "arguments that were no JSON are sent as an empty object, which every server can parse",
    message: { role: "assistant", parts: [tool({ state: "output-error", input: "{oops", errorText: "not JSON" })] },
    expected: [
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } }],
      },
      toolMessage("not JSON"),
    ],
  },
  {
    name: "a tool without types has its name in a field",
    message: { role: "assistant", parts: [tool({ type: "dynamic-tool", toolName: "weather" })] },
    expected: [{ role: "assistant", content: null, tool_calls: toolCalls }, toolMessage("sunny")],
  },
  {
    name: "the name of a tool may hold hyphens",
    message: { role: "assistant", parts: [tool({ type: "tool-get-weather" })] },
    expected: [
      expect.objectContaining({
        tool_calls: [expect.objectContaining({ function: expect.objectContaining({ name: "get-weather" }) })],
      }),
      toolMessage("sunny"),
    ],
  },
  {
    name: "a message of which nothing is left is left out",
    message: { role: "assistant", parts: [step, { type: "reasoning", text: "Hm" }] },
    expected: [],
  },
  {
    name: "so is a user's message with data alone",
    message: { role: "user", parts: [{ type: "data-location" }] },
    expected: [],
  },
];

describe("the messages of useChat become chat messages:", () => {
  it.each(cases)("$name", ({ message, expected }) => {
    expect(toChatMessages([message])).toEqual(expected);
  });

  it.each(["input-streaming", "input-available", "approval-requested", "approval-responded"])(
    "a tool call that is in the state %s has no result yet, and is left out",
    (state) => {
      const waiting = tool({ state, toolCallId: "call_2", output: undefined });
      expect(toChatMessages([{ role: "assistant", parts: [text("Look:"), tool({}), waiting] }])).toEqual([
        { role: "assistant", content: "Look:", tool_calls: toolCalls },
        toolMessage("sunny"),
      ]);
      expect(toChatMessages([{ role: "assistant", parts: [text("Look:"), waiting] }])).toEqual([
        { role: "assistant", content: "Look:" },
      ]);
    },
  );

  it.each(["application/pdf", "audio/wav", "text/plain"])(
    "a file of type %s is refused, not left out",
    async (mediaType) => {
      const file = { ...image, mediaType };
      const error = await catchBasetenError(() => toChatMessages([{ role: "user", parts: [file] }]));
      expect(error).toMatchObject({ name: "BadRequestError", message: expect.stringContaining(mediaType) });
    },
  );

  it.each<[name: string, messages: unknown]>([
    ["messages without parts, as older versions had them,", [{ role: "user", content: "Hello" }]],
    ["a message that is null", [null]],
    ["a part that is null", [{ role: "user", parts: [null] }]],
    ["no messages", undefined],
    ["a text", "Hello"],
  ])("%s is refused", async (_, messages) => {
    const error = await catchBasetenError(() => toChatMessages(messages as UIMessage[]));
    expect(error).toMatchObject({ name: "BadRequestError", message: expect.stringContaining("parts") });
  });
});
