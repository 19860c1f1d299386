import { formatValue } from "../error.ts";
import type { ChatRequest } from "../types/chat.ts";
import { isObject, stringifyJSON } from "../wire/json.ts";
import type { Answer } from "./answer.ts";
import { rejectRequest } from "./error-response.ts";
import { type CalledFunction, createToolCalls } from "./tool-calls.ts";

/** A message that the option `reply` answers with. It is sent as it is: nothing is added, not even reasoning. */
export interface EmulatorMessage {
  /** The only role of an answer. Default `"assistant"`. */
  role?: "assistant" | undefined;
  /** Default: none. */
  content?: string | null | undefined;
  /** Streamed before the content. Default: none. */
  reasoning_content?: string | null | undefined;
  /** Streamed after the content. The emulator gives each an id of its own. Default: none. */
  tool_calls?: readonly EmulatorToolCall[] | null | undefined;
}

/** A tool call that the option `reply` answers with. */
export interface EmulatorToolCall {
  /** The name of a tool; it need not be among the request's `tools`. */
  name: string;
  /** An object is sent as its JSON; a string is sent as it is, even if it is not JSON. */
  arguments: object | string;
}

/** What the option `reply` returns: a text, a message, or `undefined` for the built-in answer. */
export type EmulatorReply = string | EmulatorMessage | undefined;

const MESSAGE_FIELDS = ["content", "reasoning_content", "tool_calls"];
const TOOL_CALL_FIELDS = ["name", "arguments"];

/**
 * Calls the option `reply`; returns `undefined` for the built-in answer.
 * @throws {BasetenError} a rejection (400) if it throws or returns something else. A rejected fetch would be retried, and
 * reported as a network failure; a 400 reaches the test at once, with the message of what went wrong
 */
export async function callReply(
  reply: (request: ChatRequest) => EmulatorReply | Promise<EmulatorReply>,
  request: ChatRequest,
): Promise<Answer | undefined> {
  const { messages } = request;
  let returned: unknown;
  try {
    returned = await reply(request);
  } catch (error) {
    return rejectReply(`the function threw ${describeValue(error)}`);
  }
  if (returned === undefined) return;
  if (typeof returned === "string") return { reasoning: "", content: returned, toolCalls: [] };
  if (!isObject(returned))
    return rejectReply(`expected a string, a message or undefined, got ${describeValue(returned)}`);
  const { role = "assistant", ...message } = returned;
  if (role !== "assistant") return rejectReply(`role: expected "assistant", got ${describeValue(role)}`);
  assertKnownFields(message, MESSAGE_FIELDS, "");
  // A Response, a Map or `{}` would otherwise become an empty answer without an error.
  if (MESSAGE_FIELDS.every((field) => message[field] == null)) {
    return rejectReply(`expected a message with one of ${MESSAGE_FIELDS.join(", ")}, got none of them`);
  }
  return {
    reasoning: readTextField(message, "reasoning_content"),
    content: readTextField(message, "content"),
    toolCalls: createToolCalls(readCalls(message.tool_calls ?? []), messages),
  };
}

function readTextField(message: Record<string, unknown>, field: string): string {
  const text = message[field] ?? "";
  if (typeof text !== "string") rejectReply(`${field}: expected a string, got ${describeValue(text)}`);
  return text;
}

function readCalls(calls: unknown): CalledFunction[] {
  if (!Array.isArray(calls)) return rejectReply(`tool_calls: expected a list, got ${describeValue(calls)}`);
  return calls.map((call: unknown, index) => {
    const path = `tool_calls[${index}]`;
    if (!isObject(call)) return rejectReply(`${path}: expected an object, got ${describeValue(call)}`);
    assertKnownFields(call, TOOL_CALL_FIELDS, `${path}.`);
    if (typeof call.name !== "string" || call.name === "") {
      return rejectReply(`${path}.name: expected a non-empty string, got ${describeValue(call.name)}`);
    }
    return { name: call.name, arguments: readArguments(call.arguments, `${path}.arguments`) };
  });
}

function readArguments(given: unknown, path: string): string {
  if (typeof given === "string") return given;
  const json = typeof given === "object" && given !== null ? stringifyJSON(given) : undefined;
  return json ?? rejectReply(`${path}: expected a string or an object that JSON can hold, got ${describeValue(given)}`);
}

/** Refuses an unknown field: a misspelled one would otherwise be left out of the answer without an error. */
function assertKnownFields(message: Record<string, unknown>, known: readonly string[], path: string): void {
  const unknown = Object.keys(message).find((field) => !known.includes(field) && message[field] !== undefined);
  if (unknown !== undefined) rejectReply(`${path}${unknown}: unknown field, expected ${known.join(", ")}`);
}

/** Returns the message of an error; any other value as {@link formatValue} does. */
function describeValue(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : formatValue(value);
}

function rejectReply(problem: string): never {
  return rejectRequest(400, `the emulator's option "reply": ${problem}`, "reply", "invalid_reply");
}
