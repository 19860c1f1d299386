import { completion, type Message, runTools, type ToolEvent } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { describe, expect, it } from "vitest";
import { EXAMPLES, replyTo } from "../../demo/call/emulator-replies.js";
import { getWeather, WEATHER_TOOL } from "../../demo/call/weather-tool.js";

const fetch = emulator({ reply: replyTo });
const request = (...contents: string[]) => ({
  model: "baseten/openai/gpt-oss-120b",
  messages: contents.map((content): Message => ({ role: "user", content })),
});

async function ask(question: string): Promise<string> {
  const { choices } = await completion(request(question), { fetch });
  return choices[0]?.message.content ?? "";
}

async function runWeather(question: string): Promise<ToolEvent[]> {
  const events: ToolEvent[] = [];
  for await (const event of runTools(request(question), WEATHER_TOOL, { fetch })) events.push(event);
  return events;
}

describe("the emulator's answer", () => {
  it("to the first example is a list, to the second a code block", async () => {
    const [list, code] = EXAMPLES;
    expect(await ask(list.question)).toMatch(/\n1\. .*\n2\. .*\n3\. /);
    expect(await ask(code?.question ?? "")).toMatch(/```ts\n[\s\S]+\n```/);
  });

  it("to the third example is a tool call, and then text with the tool's result", async () => {
    const example = EXAMPLES.find(({ offersTool }) => offersTool);
    const events = await runWeather(example?.question ?? "");
    const finish = events.find((event) => event.type === "finish");
    expect(finish?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
    expect(finish?.completion.choices[0]?.message.content).toContain(getWeather({ city: "Lisbon" }).temperature);
  });

  it("calls the tool for the city in the question", async () => {
    const events = await runWeather("What is the weather like in Rio-Grande today?");
    expect(events.find((event) => event.type === "tool-call")?.call.function.arguments).toContain("Rio-Grande");
  });

  it("to any other text quotes it and says that no model is called", async () => {
    expect(await ask("Two\nlines")).toMatch(/^No model is called.+You asked:\n\n> Two {2}\n> lines$/s);
  });

  it("is about the last question of a conversation", async () => {
    const { choices } = await completion(request("First", "Second"), { fetch });
    expect(choices[0]?.message.content).toMatch(/> Second$/);
  });
});

describe("the weather tool", () => {
  it("gives the same city the same weather, and refuses arguments without a city", () => {
    expect(getWeather({ city: "Oslo" })).toEqual(getWeather({ city: "Oslo" }));
    expect(getWeather({ city: "Oslo" }).temperature).toMatch(/^\d+ °C$/);
    expect(() => getWeather({ town: "Oslo" })).toThrow("city must be a string");
  });
});
