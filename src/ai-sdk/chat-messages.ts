import { assertValid } from "../error.ts";
import type { ImagePart, Message, TextPart, ToolCall } from "../types/chat.ts";
import type { UIMessage, UIMessagePart } from "./types.ts";

/** Refuses anything but a list of objects: a message, or its parts. */
function assertList(list: unknown, messages: unknown): void {
  const isList = Array.isArray(list) && list.every((item) => Object(item) === item);
  assertValid(isList, "messages", "a list of UI messages with parts", messages);
}

const isText = ({ type }: UIMessagePart) => type === "text";

/** A model waits for the result of each call that it is shown. */
const isAnsweredTool = ({ state }: UIMessagePart) => state === "output-available" || state === "output-error";

const joinTextParts = (parts: readonly UIMessagePart[]) =>
  parts
    .filter(isText)
    .map(({ text }) => text)
    .join("");

function toContentParts({ type, text = "", mediaType, url = "" }: UIMessagePart): (TextPart | ImagePart)[] {
  if (type === "text") return [{ type, text }];
  if (type !== "file") return [];
  // If a file were left out, the model would answer as if none had been attached.
  assertValid(/^image\b/.test(`${mediaType}`), "messages", "images as files", mediaType);
  return [{ type: "image_url", image_url: { url } }];
}

function toUserMessages(parts: readonly UIMessagePart[]): Message[] {
  const content = parts.flatMap(toContentParts);
  if (content.length === 0) return [];
  return [{ role: "user", content: content.length === 1 && parts.some(isText) ? joinTextParts(parts) : content }];
}

/** The name of a tool without types is a field, that of others is in the type: `tool-<name>`. */
function toToolCall({ type, toolName = type.slice(5), toolCallId = "", input }: UIMessagePart): ToolCall {
  // Servers parse the arguments again, and many expect an object.
  const text = JSON.stringify(Object(input) === input ? input : {});
  return { id: toolCallId, type: "function", function: { name: toolName, arguments: text } };
}

function toToolMessage({ toolCallId = "", output, errorText }: UIMessagePart): Message {
  const result = errorText ?? output ?? null;
  const content = typeof result === "string" ? result : JSON.stringify(result);
  return { role: "tool", tool_call_id: toolCallId, content };
}

/** One request's answer: text, tool calls, and their results. */
function toStepMessages(parts: readonly UIMessagePart[]): Message[] {
  const content = joinTextParts(parts) || null;
  const tools = parts.filter(isAnsweredTool);
  if (tools.length === 0) return content ? [{ role: "assistant", content }] : [];
  return [{ role: "assistant", content, tool_calls: tools.map(toToolCall) }, ...tools.map(toToolMessage)];
}

function toAssistantMessages(parts: readonly UIMessagePart[]): Message[] {
  const steps: UIMessagePart[][] = [[]];
  for (const part of parts) {
    if (part.type === "step-start") steps.push([]);
    else steps[steps.length - 1]?.push(part);
  }
  return steps.flatMap(toStepMessages);
}

/**
 * Turns the messages of `useChat` into those of a request.
 *
 * Text, images (as `image_url`) and tool calls with their results are sent; reasoning, sources and data parts are not,
 * nor a tool call without a result, nor a message of which nothing is left. A result that is text is sent as it is,
 * others as JSON.
 *
 * @param messages - the whole conversation, oldest message first
 * @returns the messages, ready for `stream` and `runTools`
 * @throws {BasetenError} `BadRequestError` for anything but a list of UI messages, and for a user's file that is not an image
 */
export function toChatMessages(messages: readonly UIMessage[]): Message[] {
  assertList(messages, messages);
  return messages.flatMap(({ role, parts }): Message[] => {
    assertList(parts, messages);
    if (role === "assistant") return toAssistantMessages(parts);
    if (role === "user") return toUserMessages(parts);
    const content = joinTextParts(parts);
    return content ? [{ role, content }] : [];
  });
}
