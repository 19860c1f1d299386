import { isObject } from "../wire/json.ts";
import { countTokens, excerpt } from "./tokens.ts";

/** A message of a request, as far as an answer is generated from it. */
export interface PromptMessage {
  role: string;
  content?: unknown;
}

/** The types of a message's parts that are not text. A part without a type has the type `"unknown"`. */
export function listAttachmentTypes({ content }: PromptMessage): string[] {
  if (!Array.isArray(content)) return [];
  return content
    .map((part) => (isObject(part) && typeof part.type === "string" ? part.type : "unknown"))
    .filter((type) => type !== "text");
}

/** The text of a message; its text parts are joined by line feeds. */
export function readMessageText({ content }: PromptMessage): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.flatMap((part) => (isObject(part) && typeof part.text === "string" ? [part.text] : [])).join("\n");
}

/** The text of the user's last message, or of the last message if none is the user's. */
export function readLastUserText(messages: readonly PromptMessage[]): string {
  const last = [...messages].reverse().find(({ role }) => role === "user") ?? messages.at(-1);
  return last ? readMessageText(last) : "";
}

/** A short, non-empty text from the prompt, of which generated strings are made. */
export function excerptPrompt(messages: readonly PromptMessage[]): string {
  return excerpt(readLastUserText(messages), 40) || "text";
}

/** Whether the last message is the result of a tool. */
export function endsWithToolResult(messages: readonly PromptMessage[]): boolean {
  return /^(tool|function)$/.test(messages.at(-1)?.role ?? "");
}

/** The number of tokens in a prompt: those of its texts, and four for each message. */
export function countPromptTokens(messages: readonly PromptMessage[]): number {
  return messages.reduce((sum, message) => sum + 4 + countTokens(readMessageText(message)), 0);
}
