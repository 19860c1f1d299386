/** The built-in answer: generated from the prompt, cut by max_tokens and stop, with reasoning and structured output. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emulator } from "../../src/emulator/index.js";
import {
  DEDICATED,
  MESSAGES,
  REASONING_MODEL,
  requestChoice,
  requestChunks,
  requestCompletion,
  send,
  sendChat,
  TEXT_MODEL,
  VISION_MODEL,
} from "./helpers.js";

const userMessage = (content: unknown, role = "user") => ({ messages: [{ role, content }] });
const requestContent = async (fields?: object) => (await requestChoice(fields)).message.content ?? "";
const requestReasoning = async (fields?: object) => (await requestChoice(fields)).message.reasoning_content;

describe("the built-in answer", () => {
  it("has the format of a chat completion", async () => {
    const completion = await requestCompletion();
    expect(completion).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{8}$/),
      object: "chat.completion",
      created: expect.any(Number),
      model: TEXT_MODEL,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: expect.stringContaining("“Say hello, please.”") },

          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: expect.any(Number),
        completion_tokens: expect.any(Number),
        total_tokens: (completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0),
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
  });

  it("is the same for the same request, from the same and from another emulator", async () => {
    const [first, second] = [await sendChat(), await sendChat()];
    expect(first.text).toBe(second.text);
    const one = emulator();
    const url = `${DEDICATED}/chat/completions`;
    expect((await send(one, url, { messages: MESSAGES })).text).toBe(
      (await send(one, url, { messages: MESSAGES })).text,
    );
  });

  it("differs with the prompt and with the history", async () => {
    const prompts = [
      userMessage("a"),
      userMessage("b"),
      { messages: [{ role: "system", content: "c" }, ...userMessage("a").messages] },
    ];
    const ids = await Promise.all(prompts.map(async (prompt) => (await requestCompletion(prompt)).id));
    expect(new Set(ids).size).toBe(3);
    expect(await requestContent(userMessage("a"))).not.toBe(await requestContent(userMessage("b")));
  });

  it("begins the same if max_tokens or stop cuts it", async () => {
    const whole = await requestContent();
    expect(whole.startsWith(await requestContent({ max_tokens: 9 }))).toBe(true);
    expect(whole.startsWith(await requestContent({ stop: "hello" }))).toBe(true);
  });

  it("quotes the text parts of a message, and only the beginning of a long message", async () => {
    expect(
      await requestContent(
        userMessage([
          { type: "text", text: "one" },
          { type: "text", text: "two" },
        ]),
      ),
    ).toContain("“one\ntwo”");
    expect(await requestContent(userMessage("🦆".repeat(400)))).toContain(`“${"🦆".repeat(300)}…”`);
  });

  it("quotes the last message of the user", async () => {
    const turns = ["one", "two", "three"].flatMap((word) => [
      ...userMessage(word).messages,
      { role: "assistant", content: "?" },
    ]);
    expect(await requestContent({ messages: turns })).toContain("“three”");
  });

  it("quotes the last message if none is the user's", async () => {
    expect(await requestContent(userMessage("Be brief.", "system"))).toContain("“Be brief.”");
    expect(await requestContent(userMessage("", "user"))).toContain("“”");
  });

  it("counts the images of the messages", async () => {
    const image = { type: "image_url", image_url: { url: "https://example.com/duck.png" } };
    const text = { type: "text", text: "What is this?" };
    expect(await requestContent({ model: VISION_MODEL, ...userMessage([text, image]) })).toContain("1 file,");
    expect(await requestContent({ model: VISION_MODEL, ...userMessage([text, image, image]) })).toContain("2 files,");
  });

  it("quotes the result of a tool", async () => {
    const found = [...MESSAGES, { role: "tool", tool_call_id: "1", content: "42 ducks" }];
    expect(await requestContent({ messages: found })).toContain("The tool answered: 42 ducks");
  });
});

describe("max_tokens", () => {
  it.each([1, 2, 7])("of %i ends the answer after as many tokens with finish_reason length", async (max_tokens) => {
    const { choices, usage } = await requestCompletion({ max_tokens });
    expect([choices[0]?.finish_reason, usage?.completion_tokens]).toEqual(["length", max_tokens]);
  });

  it("does not cut an answer that is not longer", async () => {
    const { usage } = await requestCompletion();
    const tokens = usage?.completion_tokens ?? 0;
    expect((await requestChoice({ max_tokens: tokens })).finish_reason).toBe("stop");
    expect((await requestChoice({ max_tokens: tokens - 1 })).finish_reason).toBe("length");
    expect((await requestChoice({ max_completion_tokens: 5 })).finish_reason).toBe("length");
  });

  it("that only reasoning uses up leaves the content empty", async () => {
    const { message, finish_reason } = await requestChoice({ model: REASONING_MODEL, max_tokens: 3 });
    expect([message.content, finish_reason]).toEqual(["", "length"]);
    expect(message.reasoning_content).toBe("The user wants");
  });

  it("cuts structured output into invalid JSON", async () => {
    const { message, finish_reason } = await requestChoice({ response_format: { type: "json_object" }, max_tokens: 4 });
    expect(finish_reason).toBe("length");
    expect(() => JSON.parse(message.content ?? "")).toThrow(SyntaxError);
  });
});

describe("stop", () => {
  it.each([
    ["hello", "hello"],
    [["please", "hello"], "hello"],
    [["nowhere", "”"], "”"],
  ])(
    "of %j cuts the content before the earliest stop sequence in it and names it as stop_reason",
    async (stop, stop_reason) => {
      const whole = await requestContent();
      const cut = await requestChoice({ stop });
      expect(cut).toMatchObject({ finish_reason: "stop", stop_reason });
      expect(cut.message.content).toBe(whole.slice(0, whole.indexOf(stop_reason)));
    },
  );

  it("gives no stop_reason if it is not found or max_tokens comes first", async () => {
    expect(await requestChoice({ stop: "nowhere" })).not.toHaveProperty("stop_reason");
    expect(await requestChoice({ stop: "emulator", max_tokens: 2 })).not.toHaveProperty("stop_reason");
  });
});

describe("reasoning", () => {
  const thinking = (enable_thinking: boolean) => ({ chat_template_args: { enable_thinking } });

  it.each([
    ["there for a reasoning model", { model: REASONING_MODEL }, true],
    ["not there for another model", { model: TEXT_MODEL }, false],
    ["there if enable_thinking is true", { model: TEXT_MODEL, ...thinking(true) }, true],
    ["there if reasoning_effort is low", { model: TEXT_MODEL, reasoning_effort: "low" }, true],
    ["not there if enable_thinking is false", { model: REASONING_MODEL, ...thinking(false) }, false],
    ["not there if reasoning_effort is none", { model: REASONING_MODEL, reasoning_effort: "none" }, false],
    [
      "there for a reasoning model if reasoning_effort is null",
      { model: REASONING_MODEL, reasoning_effort: null, chat_template_args: {} },
      true,
    ],
  ])("is there or not: %s", async (_, fields, reasons) => {
    const { choices, usage } = await requestCompletion(fields);
    const text = choices[0]?.message.reasoning_content;
    expect(text === undefined).toBe(!reasons);
    expect((usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0).toBe(reasons);
    expect(choices[0]?.message.content).toContain("Say hello");
  });

  it("is longer with a higher reasoning_effort", async () => {
    const lengths = await Promise.all(
      ["low", "medium", "high", "max"].map(
        async (effort) => (await requestReasoning({ reasoning_effort: effort }))?.length,
      ),
    );
    expect(lengths).toEqual([...lengths].sort((a, b) => Number(a) - Number(b)));
    expect(new Set(lengths).size).toBe(4);
  });
});

describe("structured output", () => {
  it("of type json_object is a JSON object", async () => {
    const text = await requestContent({ response_format: { type: "json_object" } });
    expect(JSON.parse(text)).toEqual({ answer: await requestContent() });
  });

  it("comes after the reasoning of a reasoning model", async () => {
    const { message } = await requestChoice({ model: REASONING_MODEL, response_format: { type: "json_object" } });
    expect(message.reasoning_content).toBeTruthy();
    expect(JSON.parse(message.content ?? "")).toHaveProperty("answer");
  });
});

describe("tokens", () => {
  it.each([
    ["", 0],
    ["duck", 1],
    ["a duck, two", 4],
    ["Donaudampfschiff", 3],
    ["  \n\n", 1],
    ["🦆🦆", 2],
  ])("of the prompt %j are %i, and four for each message", async (text, count) => {
    expect((await requestCompletion(userMessage(text))).usage?.prompt_tokens).toBe(count + 4);
  });

  it("of any answer add up to its text, split no code point, and are as many as the usage says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (text) => {
        const fields = userMessage(text);
        const whole = await requestCompletion(fields);
        const pieces = (await requestChunks(fields)).flatMap(({ choices }) =>
          choices.flatMap(({ delta }) => delta.content || []),
        );
        expect(pieces.join("")).toBe(whole.choices[0]?.message.content);
        expect(pieces).toHaveLength(whole.usage?.completion_tokens ?? 0);
        for (const piece of pieces) expect(() => encodeURIComponent(piece)).not.toThrow();
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
