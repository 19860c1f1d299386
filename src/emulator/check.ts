import type { ResponseFormat, Tool } from "../types/chat.ts";
import { isObject } from "../wire/json.ts";
import { refuse, refuseField } from "./failure.ts";
import type { Model } from "./models.ts";
import { countPrompt, type PromptMessage, partsOf } from "./prompt.ts";
import { checkSchema } from "./schema.ts";

/**
 * A chat request that was checked, as far as the emulator reads it.
 * @internal
 */
export interface ChatBody {
  model?: unknown;
  messages: PromptMessage[];
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  stop?: string | string[] | null;
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null; continuous_usage_stats?: boolean | null } | null;
  tools?: Tool[] | null;
  tool_choice?: string | { function: { name: string } } | null;
  parallel_tool_calls?: boolean | null;
  response_format?: ResponseFormat | null;
  reasoning_effort?: unknown;
  chat_template_args?: unknown;
}

type Test = (value: unknown) => boolean;

const ROLES: readonly unknown[] = ["system", "developer", "user", "assistant", "tool", "function"];
const FORMATS: readonly unknown[] = ["text", "json_object", "json_schema"];

const isCount: Test = (value) => Number.isInteger(value) && (value as number) >= 1;
const isBoolean: Test = (value) => typeof value === "boolean";
const isStop: Test = (value) => typeof value === "string" && value !== "" && value.length <= 1_000;
const isTool: Test = (tool) => isObject(tool) && isObject(tool.function) && typeof tool.function.name === "string";

/** Only an assistant may have said nothing, when it called tools. */
const isMessage: Test = (message) =>
  isObject(message) &&
  ROLES.includes(message.role) &&
  (typeof message.content === "string" ||
    Array.isArray(message.content) ||
    /^(assistant|function)$/.test(`${message.role}`));

/** The fields that are looked at, and what they may be; `null` is as good as nothing. From Baseten's documentation. */
const FIELDS: readonly (readonly [field: string, expected: string, Test])[] = [
  ["messages", "messages with their roles and content", isListOf(isMessage)],
  ["temperature", "a number from 0 to 4", within(0, 4)],
  ["top_p", "a number above 0, at most 1", (value) => within(0, 1)(value) && value !== 0],
  ["n", "1", (value) => value === 1],
  ["max_tokens", "a whole number from 1 up", isCount],
  ["max_completion_tokens", "a whole number from 1 up", isCount],
  ["stop", "a text that is not empty, or at most 32 of them", (value) => isStop(value) || isListOf(isStop, 32)(value)],
  ["stream", "a boolean", isBoolean],
  ["stream_options", "an object", isObject],
  ["tools", "a list of functions with names", isListOf(isTool)],
  ["parallel_tool_calls", "a boolean", isBoolean],
  ["response_format", "an object of a type that is known", (value) => isObject(value) && FORMATS.includes(value.type)],
];

/**
 * Checks the body of a chat request.
 * @throws {BasetenError} what {@link refuseField} makes of a field that is wrong
 * @internal
 */
export function checkChat(body: Record<string, unknown>, model: Model): ChatBody {
  if (!Array.isArray(body.messages) || !body.messages.length) refuseField("messages", "a list of them", body.messages);
  for (const [field, expected, test] of FIELDS) {
    const value = body[field];
    if (value != null && !test(value)) refuseField(field, expected, value);
  }
  const chat = body as unknown as ChatBody;
  if (chat.stream_options && !chat.stream) refuseField("stream_options", "it beside stream: true alone", {});
  checkParts(chat, model);
  checkLength(chat, model);
  checkTools(chat);
  checkFormat(chat.response_format);
  return chat;
}

function checkParts({ messages }: ChatBody, { id, input_modalities }: Model): void {
  const taken = ["text", "refusal", ...input_modalities];
  // A kind of input goes by several names: image, image_url, input_image.
  const foreign = messages.flatMap(partsOf).find((type) => !taken.includes(type.replace(/^input_|_url$/g, "")));
  if (foreign) refuseField("messages", `only ${input_modalities.join(" and ")}, which is what ${id} takes`, foreign);
}

function checkLength({ messages }: ChatBody, { context_length }: Model): void {
  const count = countPrompt(messages);
  if (count <= context_length) return;
  const message = `This model's maximum context length is ${context_length} tokens; the messages have ${count}.`;
  refuse(400, message, "messages", "context_length_exceeded");
}

function checkTools({ tools, tool_choice: choice }: ChatBody): void {
  const names = (tools ?? []).map((tool) => tool.function.name);
  for (const [at, tool] of (tools ?? []).entries()) {
    const { parameters } = tool.function;
    if (parameters != null) checkSchema(parameters, `tools[${at}].function.parameters`);
  }
  if (choice == null || choice === "auto" || choice === "none") return;
  const known = choice === "required" ? names.length > 0 : isTool(choice) && names.includes(nameOf(choice));
  if (!known) refuseField("tool_choice", 'auto, none, required, or a function that is in "tools"', choice);
}

/**
 * The name of the function that a tool choice insists on.
 * @internal
 */
export function nameOf(choice: ChatBody["tool_choice"]): string {
  return isObject(choice) ? choice.function.name : "";
}

function checkFormat(format: ChatBody["response_format"]): void {
  if (format?.type !== "json_schema") return;
  const { json_schema } = format as { json_schema?: { strict?: unknown; schema?: unknown } };
  if (json_schema?.strict !== true) {
    refuseField("response_format.json_schema.strict", "true, which is all that there is", json_schema?.strict);
  }
  checkSchema(json_schema?.schema, "response_format.json_schema.schema");
}

function within(least: number, most: number): Test {
  return (value) => typeof value === "number" && value >= least && value <= most;
}

function isListOf(test: Test, most: number = Number.POSITIVE_INFINITY): Test {
  return (value) => Array.isArray(value) && value.length <= most && value.every(test);
}
