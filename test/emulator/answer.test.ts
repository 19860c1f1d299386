/** What is said: made from the prompt, the same streamed or not, cut as asked. */

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

const says = (content: unknown, role = "user") => ({ messages: [{ role, content }] });
const content = async (fields?: object) => (await requestChoice(fields)).message.content ?? "";
const thoughts = async (fields?: object) => (await requestChoice(fields)).message.reasoning_content;

describe("an answer", () => {
  it("has the wire's shape", async () => {
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

  it("is the same for the same request, from whichever emulator", async () => {
    const [first, second] = [await sendChat(), await sendChat()];
    expect(first.text).toBe(second.text);
    const one = emulator();
    const url = `${DEDICATED}/chat/completions`;
    expect((await send(one, url, { messages: MESSAGES })).text).toBe(
      (await send(one, url, { messages: MESSAGES })).text,
    );
  });

  it("differs with the prompt, the history included", async () => {
    const prompts = [says("a"), says("b"), { messages: [{ role: "system", content: "c" }, ...says("a").messages] }];
    const ids = await Promise.all(prompts.map(async (prompt) => (await requestCompletion(prompt)).id));
    expect(new Set(ids).size).toBe(3);
    expect(await content(says("a"))).not.toBe(await content(says("b")));
  });

  it("does not differ with how it is cut", async () => {
    const whole = await content();
    expect(whole.startsWith(await content({ max_tokens: 9 }))).toBe(true);
    expect(whole.startsWith(await content({ stop: "hello" }))).toBe(true);
  });

  it("quotes the parts of a message, and a long one in part", async () => {
    expect(
      await content(
        says([
          { type: "text", text: "one" },
          { type: "text", text: "two" },
        ]),
      ),
    ).toContain("“one\ntwo”");
    expect(await content(says("🦆".repeat(400)))).toContain(`“${"🦆".repeat(300)}…”`);
  });

  it("quotes what the user said last", async () => {
    const turns = ["one", "two", "three"].flatMap((word) => [
      ...says(word).messages,
      { role: "assistant", content: "?" },
    ]);
    expect(await content({ messages: turns })).toContain("“three”");
  });

  it("answers a prompt of none of the user's", async () => {
    expect(await content(says("Be brief.", "system"))).toContain("“Be brief.”");
    expect(await content(says("", "user"))).toContain("“”");
  });

  it("counts the images of a model that sees", async () => {
    const image = { type: "image_url", image_url: { url: "https://example.com/duck.png" } };
    const text = { type: "text", text: "What is this?" };
    expect(await content({ model: VISION_MODEL, ...says([text, image]) })).toContain("1 file,");
    expect(await content({ model: VISION_MODEL, ...says([text, image, image]) })).toContain("2 files,");
  });

  it("quotes what a tool found", async () => {
    const found = [...MESSAGES, { role: "tool", tool_call_id: "1", content: "42 ducks" }];
    expect(await content({ messages: found })).toContain("The tool answered: 42 ducks");
  });
});

describe("max_tokens", () => {
  it.each([1, 2, 7])("ends the answer after %i tokens", async (max_tokens) => {
    const { choices, usage } = await requestCompletion({ max_tokens });
    expect([choices[0]?.finish_reason, usage?.completion_tokens]).toEqual(["length", max_tokens]);
  });

  it("ends nothing that is no longer than it", async () => {
    const { usage } = await requestCompletion();
    const tokens = usage?.completion_tokens ?? 0;
    expect((await requestChoice({ max_tokens: tokens })).finish_reason).toBe("stop");
    expect((await requestChoice({ max_tokens: tokens - 1 })).finish_reason).toBe("length");
    expect((await requestChoice({ max_completion_tokens: 5 })).finish_reason).toBe("length");
  });

  it("cuts reasoning first, and the answer is empty", async () => {
    const { message, finish_reason } = await requestChoice({ model: REASONING_MODEL, max_tokens: 3 });
    expect([message.content, finish_reason]).toEqual(["", "length"]);
    expect(message.reasoning_content).toBe("The user wants");
  });

  it("cuts structured output into what is no JSON", async () => {
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
  ])("%j cuts the text before the first that is in it", async (stop, stop_reason) => {
    const whole = await content();
    const cut = await requestChoice({ stop });
    expect(cut).toMatchObject({ finish_reason: "stop", stop_reason });
    expect(cut.message.content).toBe(whole.slice(0, whole.indexOf(stop_reason)));
  });

  it("says nothing where nothing was cut, or max_tokens came first", async () => {
    expect(await requestChoice({ stop: "nowhere" })).not.toHaveProperty("stop_reason");
    expect(await requestChoice({ stop: "emulator", max_tokens: 2 })).not.toHaveProperty("stop_reason");
  });
});

describe("reasoning", () => {
  const thinking = (enable_thinking: boolean) => ({ chat_template_args: { enable_thinking } });

  it.each([
    ["by nature", { model: REASONING_MODEL }, true],
    ["not by nature", { model: TEXT_MODEL }, false],
    ["told to by the template", { model: TEXT_MODEL, ...thinking(true) }, true],
    ["told to by effort", { model: TEXT_MODEL, reasoning_effort: "low" }, true],
    ["told not to by the template", { model: REASONING_MODEL, ...thinking(false) }, false],
    ["told not to by effort", { model: REASONING_MODEL, reasoning_effort: "none" }, false],
    ["told nothing", { model: REASONING_MODEL, reasoning_effort: null, chat_template_args: {} }, true],
  ])("%s", async (_, fields, reasons) => {
    const { choices, usage } = await requestCompletion(fields);
    const text = choices[0]?.message.reasoning_content;
    expect(text === undefined).toBe(!reasons);
    expect((usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0).toBe(reasons);
    expect(choices[0]?.message.content).toContain("Say hello");
  });

  it("is longer the more effort is asked for", async () => {
    const lengths = await Promise.all(
      ["low", "medium", "high", "max"].map(async (effort) => (await thoughts({ reasoning_effort: effort }))?.length),
    );
    expect(lengths).toEqual([...lengths].sort((a, b) => Number(a) - Number(b)));
    expect(new Set(lengths).size).toBe(4);
  });
});

describe("structured output", () => {
  it("is a JSON object if no more is asked", async () => {
    const text = await content({ response_format: { type: "json_object" } });
    expect(JSON.parse(text)).toEqual({ answer: await content() });
  });

  it("may have reasoning before it", async () => {
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
  ])("of %j are %i, and four for each message", async (text, count) => {
    expect((await requestCompletion(says(text))).usage?.prompt_tokens).toBe(count + 4);
  });

  it("lose nothing of any text, cut no code point, and are counted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (text) => {
        const fields = says(text);
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
