import type { ChatRequest, Message } from "baseten-fetch";
import type { EmulatorOptions } from "baseten-fetch/emulator";

type Reply = ReturnType<NonNullable<EmulatorOptions["reply"]>>;

/** A question that an empty thread offers, with the emulator's answer. */
export interface Example {
  label: string;
  question: string;
  offersTool: boolean;
  reasoning?: string;
  answer: string;
}

const CODE_ANSWER = `Retry only what is safe to repeat, wait longer each time, and obey \`Retry-After\`:

\`\`\`ts
async function withRetry<T>(call: () => Promise<T>, retries = 2): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === retries) throw error;
      const wait = 500 * 2 ** attempt * (1 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
\`\`\`

The random part keeps many clients from retrying at the same moment. You need none of this with **baseten-fetch**: it retries 408, 429 and 5xx twice, and never repeats a request whose answer has begun.`;

const LIST_ANSWER = `A web page should call a model through a relay, for three reasons:

1. **The key stays secret.** Whatever a page holds, every visitor can read. The relay keeps the key on the server.
2. **Browsers require CORS headers.** The relay adds them, so the browser lets the page read the answer.
3. **You stay in control.** The relay decides who may call, which models they may use, and how large a request may be.

The answer still streams: the relay passes each byte on as it arrives.`;

/** The examples of an empty thread: a list, a code block and a tool call. */
export const EXAMPLES: readonly [Example, ...Example[]] = [
  {
    label: "List",
    question: "Why should a web page call a model through a relay?",
    offersTool: false,
    reasoning:
      "The question is about web pages, so the answer should cover keys, CORS and limits. Three points, in order of importance, are enough.",
    answer: LIST_ANSWER,
  },
  {
    label: "Code",
    question: "Write a TypeScript function that retries with backoff.",
    offersTool: false,
    reasoning: "A short generic function, exponential backoff with jitter, and a word on what is safe to repeat.",
    answer: CODE_ANSWER,
  },
  { label: "Tool call", question: "What is the weather like in Lisbon?", offersTool: true, answer: "" },
];

function readMessageText(message: Message | undefined): string {
  return typeof message?.content === "string" ? message.content : "";
}

/** The answer after the weather tool's result. */
function writeWeatherReport(result: string): string {
  try {
    const { city, temperature, sky }: Record<string, string> = JSON.parse(result);
    return `In **${city}** it is **${temperature}** with ${sky}.\n\nThe page ran \`get_weather\` and sent its result back; the numbers are made up.`;
  } catch {
    return `The tool returned: ${result}`;
  }
}

function writePlainReply(question: string, { model }: ChatRequest): string {
  // Two spaces at the end of a line are Markdown's line break.
  const quoted = question.split("\n").map((line) => `> ${line}`);
  return `No model is called: this is the emulator inside the page, standing in for \`${model}\`. To get a real answer, enter an API key. You asked:\n\n${quoted.join("  \n")}`;
}

/** What the emulator answers: written answers to the examples, and a plain notice to anything else. */
export function replyTo(request: ChatRequest): Reply {
  const last = request.messages.at(-1);
  if (last?.role === "tool") return writeWeatherReport(readMessageText(last));
  const question = readMessageText(request.messages.findLast(({ role }) => role === "user"));
  const example = EXAMPLES.find((candidate) => candidate.question === question);
  if (request.tools?.length && /weather|temperature|forecast/i.test(question)) {
    const city = /\bin (\p{Lu}[\p{L}-]+)/u.exec(question)?.[1] ?? "Lisbon";
    const call = { name: "get_weather", arguments: { city } };
    return { reasoning_content: `The tool get_weather can answer this for ${city}.`, tool_calls: [call] };
  }
  if (!example?.answer) return writePlainReply(question, request);
  return { reasoning_content: example.reasoning ?? "", content: example.answer };
}
