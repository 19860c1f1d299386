import type { ChatFields, Tool } from "../types/chat.ts";
import { isObject } from "../wire/json.ts";
import { rejectField, rejectRequest } from "./error-response.ts";
import type { ResolvedModel } from "./models.ts";
import { countPromptTokens, listAttachmentTypes, type PromptMessage } from "./prompt.ts";
import { validateSchema } from "./schema.ts";

/** The body of a chat request after validation. */
export type ChatBody = ChatFields & Record<string, unknown>;

type Test = (value: unknown) => boolean;

const ROLES: readonly unknown[] = ["system", "developer", "user", "assistant", "tool", "function"];
/** The roles whose messages may have no content: an assistant may only have called tools. */
const ROLES_WITHOUT_CONTENT: readonly unknown[] = ["assistant", "function"];
const RESPONSE_FORMATS: readonly unknown[] = ["text", "json_object", "json_schema"];
const MAX_STOPS = 32;
const MAX_STOP_CHARS = 1_000;

const isBoolean: Test = (value) => typeof value === "boolean";
const isTokenLimit: Test = (value) => Number.isInteger(value) && Number(value) >= 1;
const isStop: Test = (value) => typeof value === "string" && value !== "" && value.length <= MAX_STOP_CHARS;
const isStopList: Test = (value) => Array.isArray(value) && value.length <= MAX_STOPS && value.every(isStop);

/** The fields that are checked, and what each may be besides `null`. Source of the limits: Baseten's documentation. */
const FIELDS: readonly (readonly [field: string, expected: string, test: Test])[] = [
  ["messages", "messages with a role and content", isMessageList],
  ["temperature", "a number from 0 to 4", (value) => isBetween(value, 0, 4)],
  ["top_p", "a number above 0, at most 1", (value) => isBetween(value, 0, 1) && value !== 0],
  ["n", "1", (value) => value === 1],
  ["max_tokens", "a whole number of at least 1", isTokenLimit],
  ["max_completion_tokens", "a whole number of at least 1", isTokenLimit],
  ["stop", `a non-empty text, or at most ${MAX_STOPS} of them`, (value) => isStop(value) || isStopList(value)],
  ["stream", "a boolean", isBoolean],
  ["stream_options", "an object", isObject],
  ["tools", "a list of functions with names", (value) => Array.isArray(value) && value.every(isFunctionTool)],
  ["parallel_tool_calls", "a boolean", isBoolean],
  [
    "response_format",
    "an object with a known type",
    (value) => isObject(value) && RESPONSE_FORMATS.includes(value.type),
  ],
];

/**
 * Checks the body of a chat request. Fields that are not listed here may hold anything.
 * @throws {BasetenError} a rejection (400) that names the field
 */
export function assertChatBody(body: Record<string, unknown>, model: ResolvedModel): asserts body is ChatBody {
  const { messages, tools } = body;
  if (!Array.isArray(messages) || messages.length === 0) rejectField("messages", "a list of messages", messages);
  for (const [field, expected, test] of FIELDS) {
    const value = body[field];
    if (value != null && !test(value)) rejectField(field, expected, value);
  }
  if (body.stream_options && !body.stream) rejectField("stream_options", "nothing without stream: true", {});
  const functionTools = Array.isArray(tools) ? tools.filter(isFunctionTool) : [];
  assertAttachments(messages, model);
  assertContextLength(messages, model);
  assertTools(functionTools, body.tool_choice);
  assertResponseFormat(body.response_format);
}

function assertAttachments(messages: readonly PromptMessage[], { id, input_modalities }: ResolvedModel): void {
  const accepted = ["text", "refusal", ...input_modalities];
  // One type of input has several names: image, image_url, input_image.
  const isAccepted = (type: string) => accepted.includes(type.replace(/^input_|_url$/g, ""));
  const refused = messages.flatMap(listAttachmentTypes).find((type) => !isAccepted(type));
  if (refused !== undefined) rejectField("messages", `only ${input_modalities.join(" and ")} for ${id}`, refused);
}

function assertContextLength(messages: readonly PromptMessage[], { context_length }: ResolvedModel): void {
  const count = countPromptTokens(messages);
  if (count <= context_length) return;
  const message = `This model's maximum context length is ${context_length} tokens; the messages have ${count}.`;
  rejectRequest(400, message, "messages", "context_length_exceeded");
}

function assertTools(tools: readonly Tool[], choice: unknown): void {
  for (const [index, tool] of tools.entries()) {
    const { parameters } = tool.function;
    if (parameters != null) validateSchema(parameters, `tools[${index}].function.parameters`);
  }
  if (choice == null || choice === "auto" || choice === "none") return;
  const name = readForcedTool(choice);
  const isKnown = choice === "required" ? tools.length > 0 : tools.some((tool) => tool.function.name === name);
  if (!isKnown) rejectField("tool_choice", 'auto, none, required, or a function in "tools"', choice);
}

function assertResponseFormat(format: unknown): void {
  if (!isObject(format) || format.type !== "json_schema") return;
  const { strict, schema } = isObject(format.json_schema) ? format.json_schema : {};
  if (strict !== true) rejectField("response_format.json_schema.strict", "true, the only supported value", strict);
  validateSchema(schema, "response_format.json_schema.schema");
}

/** The name of the function that `tool_choice` demands, or `undefined` if it demands none. */
export function readForcedTool(choice: unknown): string | undefined {
  const name = isObject(choice) && isObject(choice.function) ? choice.function.name : undefined;
  return typeof name === "string" ? name : undefined;
}

/** Whether an entry of `tools` is a function with a name; after validation all are. */
export function isFunctionTool(tool: unknown): tool is Tool {
  return isObject(tool) && isObject(tool.function) && typeof tool.function.name === "string";
}

function isMessageList(value: unknown): value is PromptMessage[] {
  return Array.isArray(value) && value.every(isMessage);
}

function isMessage(message: unknown): message is PromptMessage {
  if (!isObject(message) || !ROLES.includes(message.role)) return false;
  const hasContent = typeof message.content === "string" || Array.isArray(message.content);
  return hasContent || ROLES_WITHOUT_CONTENT.includes(message.role);
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}
