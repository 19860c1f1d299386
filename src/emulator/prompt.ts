import { isObject } from "../wire/json.ts";
import { countTokens, excerpt } from "./text.ts";

/**
 * A message of a request, as far as an answer is made from it.
 * @internal
 */
export interface PromptMessage {
  role: string;
  content?: unknown;
  [field: string]: unknown;
}

/**
 * The parts of a message that are no text, by their types.
 * @internal
 */
export function partsOf({ content }: PromptMessage): string[] {
  if (!Array.isArray(content)) return [];
  return content.map((part) => `${isObject(part) ? part.type : part}`).filter((type) => type !== "text");
}

/**
 * The text of a message; the texts of its parts are joined by line feeds.
 * @internal
 */
export function textOf({ content }: PromptMessage): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.flatMap((part) => (isObject(part) && typeof part.text === "string" ? [part.text] : [])).join("\n");
}

/**
 * What the user said last.
 * @internal
 */
export function lastWords(messages: readonly PromptMessage[]): string {
  const last = [...messages].reverse().find(({ role }) => role === "user") ?? messages.at(-1);
  return last ? textOf(last) : "";
}

/**
 * A few of them, never none: what the texts of generated values are made of.
 * @internal
 */
export function wordsOf(messages: readonly PromptMessage[]): string {
  return excerpt(lastWords(messages), 40) || "text";
}

/**
 * Whether the last message is the result of a tool.
 * @internal
 */
export function afterTool(messages: readonly PromptMessage[]): boolean {
  return /^(tool|function)$/.test(messages.at(-1)?.role ?? "");
}

/**
 * How many tokens a prompt has: its texts, and four a message for its frame.
 * @internal
 */
export function countPrompt(messages: readonly PromptMessage[]): number {
  return messages.reduce((sum, message) => sum + 4 + countTokens(textOf(message)), 0);
}
