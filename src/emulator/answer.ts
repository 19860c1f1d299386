import type { ToolCall } from "../types/chat.ts";
import { isObject } from "../wire/json.ts";
import type { ChatBody } from "./check.ts";
import { instanceOf } from "./instance.ts";
import type { Model } from "./models.ts";
import { afterTool, lastWords, partsOf, textOf, wordsOf } from "./prompt.ts";
import { excerpt, hash } from "./text.ts";
import { callsOf } from "./tools.ts";

/**
 * What the emulator will say, whole, before `max_tokens` cuts it.
 * @internal
 */
export interface Answer {
  reasoning: string;
  content: string;
  calls: ToolCall[];
  /** The stop sequence that ended the content. */
  stop?: string;
}

const OPENINGS = ["You wrote", "You asked", "Your message reads", "The question was"];

const CLOSINGS = [
  "Ask for something else, and the answer changes; ask for the same, and it does not.",
  "The same words will get the same answer, however often you send them.",
  "With a key and a network, a model would say something better here.",
];

const THOUGHTS = [
  "The user wants an answer.",
  "There is no model here, so their own words will have to do.",
  "I shall quote them and say who is speaking.",
  "I shall keep it short.",
];

/** How many thoughts an effort is worth. */
const EFFORTS: Record<string, number> = { minimal: 1, low: 1, medium: 2, high: 3, xhigh: 4, max: 4 };

/**
 * Makes an answer out of the prompt: the same for the same request, streamed or not.
 * @throws {BasetenError} a refusal if no value fits the schema of the response format or of a tool
 * @internal
 */
export function answerTo(chat: ChatBody, model: Model): Answer {
  const reasoning = reasoningOf(chat, model);
  const calls = callsOf(chat);
  if (calls.length > 0) return { reasoning, content: "", calls };
  return { reasoning, ...stopped(contentOf(chat, model), chat.stop), calls };
}

/** A model that reasons by nature does so unless told not to, another only when told to. */
function reasoningOf({ reasoning_effort: effort, chat_template_args: args }: ChatBody, model: Model): string {
  const thinking = isObject(args) ? args.enable_thinking : undefined;
  const told = typeof thinking === "boolean" ? thinking : effort == null ? undefined : effort !== "none";
  if (!(told ?? model.supported_features.includes("reasoning"))) return "";
  return THOUGHTS.slice(0, EFFORTS[`${effort}`] ?? 2).join(" ");
}

function contentOf(chat: ChatBody, model: Model): string {
  const format = chat.response_format;
  if (format?.type === "json_object") return JSON.stringify({ answer: proseOf(chat, model) });
  if (format?.type !== "json_schema") return proseOf(chat, model);
  const { schema } = (format as { json_schema: { schema: unknown } }).json_schema;
  return JSON.stringify(instanceOf(schema, wordsOf(chat.messages), "response_format.json_schema.schema"));
}

function proseOf({ messages }: ChatBody, { id }: Model): string {
  const seed = hash(JSON.stringify(messages));
  const opening = pick(OPENINGS, seed);
  const pictures = messages.flatMap(partsOf).length;
  const last = messages.at(-1);
  return [
    afterTool(messages) && last ? `The tool answered: ${excerpt(textOf(last), 300)}\n\n` : "",
    `${opening}: “${excerpt(lastWords(messages), 300)}”. `,
    pictures > 0 ? `With it came ${pictures} ${pictures === 1 ? "file" : "files"}, unseen. ` : "",
    `This is not \`${id}\` but an emulator of it, which has read nothing and makes its answers from your own words. `,
    pick(CLOSINGS, seed >>> 8),
  ].join("");
}

function pick(choices: readonly string[], seed: number): string {
  return choices[seed % choices.length] ?? "";
}

/** The text before the first of the stop sequences in it. */
function stopped(text: string, stop: ChatBody["stop"]): { content: string; stop?: string } {
  const found = [stop ?? []].flat().filter((sequence) => text.includes(sequence));
  const [first] = found.sort((a, b) => text.indexOf(a) - text.indexOf(b));
  return first === undefined ? { content: text } : { content: text.slice(0, text.indexOf(first)), stop: first };
}
