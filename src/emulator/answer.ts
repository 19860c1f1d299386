import type { ToolCall } from "../types/chat.ts";
import { isObject } from "../wire/json.ts";
import type { ChatBody } from "./chat-validation.ts";
import type { ResolvedModel } from "./models.ts";
import { endsWithToolResult, excerptPrompt, listAttachmentTypes, readLastUserText, readMessageText } from "./prompt.ts";
import { generateValue } from "./schema-value.ts";
import { excerpt, hashText } from "./tokens.ts";
import { generateToolCalls } from "./tool-calls.ts";

/** A whole answer, before `max_tokens` cuts it. */
export interface Answer {
  reasoning: string;
  content: string;
  toolCalls: ToolCall[];
  /** The stop sequence that ended the content. */
  stop?: string;
}

const OPENINGS = ["You wrote", "You asked", "Your message reads", "The question was"];

const CLOSINGS = [
  "A different message gets a different answer; the same message gets the same answer.",
  "The same request always gets the same answer.",
  "For an answer of the model itself, send the request to Baseten with an API key.",
];

const THOUGHTS = [
  "The user wants an answer.",
  "This is an emulator without a model, so the answer can only quote the message.",
  "It has to say where it comes from.",
  "It should be short.",
];

/** How many thoughts a `reasoning_effort` gives. */
const THOUGHTS_OF_EFFORT = new Map<unknown, number>([
  ["minimal", 1],
  ["low", 1],
  ["medium", 2],
  ["high", 3],
  ["xhigh", 4],
  ["max", 4],
]);
const DEFAULT_THOUGHTS = 2;

/**
 * Generates the built-in answer from the prompt: the same for the same request, streamed or not.
 * @throws {BasetenError} a rejection (400) if no value fits the schema of the response format or of a tool
 */
export function generateAnswer(chat: ChatBody, model: ResolvedModel): Answer {
  const reasoning = generateReasoning(chat, model);
  const toolCalls = generateToolCalls(chat);
  const content = toolCalls.length > 0 ? "" : generateContent(chat, model);
  return { reasoning, content, toolCalls };
}

/** The answer up to the first of the stop sequences in its content; tool calls would come after it. */
export function cutAtStop(answer: Answer, stop: ChatBody["stop"]): Answer {
  const { content } = answer;
  const found = [stop ?? []].flat().filter((sequence) => content.includes(sequence));
  const [earliest] = found.sort((a, b) => content.indexOf(a) - content.indexOf(b));
  if (earliest === undefined) return answer;
  return { ...answer, content: content.slice(0, content.indexOf(earliest)), toolCalls: [], stop: earliest };
}

/** A reasoning model reasons unless the request turns it off, another model only if the request turns it on. */
function generateReasoning(
  { reasoning_effort: effort, chat_template_args: args }: ChatBody,
  model: ResolvedModel,
): string {
  const isEnabled = isObject(args) && typeof args.enable_thinking === "boolean" ? args.enable_thinking : undefined;
  const isRequested = isEnabled ?? (effort == null ? undefined : effort !== "none");
  if (!(isRequested ?? model.supported_features.includes("reasoning"))) return "";
  return THOUGHTS.slice(0, THOUGHTS_OF_EFFORT.get(effort) ?? DEFAULT_THOUGHTS).join(" ");
}

function generateContent(chat: ChatBody, model: ResolvedModel): string {
  const format = chat.response_format;
  if (format?.type === "json_object") return JSON.stringify({ answer: generateText(chat, model) });
  if (format?.type !== "json_schema") return generateText(chat, model);
  const { schema } = format.json_schema;
  return JSON.stringify(generateValue(schema, excerptPrompt(chat.messages), "response_format.json_schema.schema"));
}

function generateText({ messages }: ChatBody, { id }: ResolvedModel): string {
  const seed = hashText(JSON.stringify(messages));
  const opening = pick(OPENINGS, seed);
  const files = messages.flatMap(listAttachmentTypes).length;
  const last = messages.at(-1);
  return [
    endsWithToolResult(messages) && last ? `The tool answered: ${excerpt(readMessageText(last), 300)}\n\n` : "",
    `${opening}: “${excerpt(readLastUserText(messages), 300)}”. `,
    files > 0 ? `It came with ${files} ${files === 1 ? "file" : "files"}, which the emulator does not read. ` : "",
    `This answer is from the emulator, not from \`${id}\`: it is generated from your own message. `,
    pick(CLOSINGS, seed >>> 8),
  ].join("");
}

function pick(choices: readonly string[], seed: number): string {
  return choices[seed % choices.length] ?? "";
}
