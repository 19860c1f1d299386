import type { Delta, Tool, ToolCall } from "../types/chat.ts";
import { type ChatBody, isFunctionTool, readForcedTool } from "./chat-validation.ts";
import { endsWithToolResult, excerptPrompt, type PromptMessage, readLastUserText } from "./prompt.ts";
import { generateValue } from "./schema-value.ts";
import { hashToHex, tokenize } from "./tokens.ts";

/** A tool call before it has an id. */
export interface CalledFunction {
  name: string;
  arguments: string;
}

/**
 * Generates the tool calls of an answer: none after a tool's result; else the function that `tool_choice` demands; else
 * each tool that the user's last message names (with `parallel_tool_calls: false` only one of them), or the first tool.
 * @throws {BasetenError} a rejection (400) if no value fits a tool's parameters
 */
export function generateToolCalls(chat: ChatBody): ToolCall[] {
  const { tool_choice, messages } = chat;
  const tools = (chat.tools ?? []).filter(isFunctionTool);
  if (tool_choice === "none" || endsWithToolResult(messages)) return [];
  const called = selectTools(tools, chat).map((tool) => {
    const { name, parameters } = tool.function;
    const param = `tools[${tools.indexOf(tool)}].function.parameters`;
    const value = parameters == null ? {} : generateValue(parameters, excerptPrompt(messages), param);
    return { name, arguments: JSON.stringify(value) };
  });
  return createToolCalls(called, messages);
}

/** Gives each call an id. It depends on the messages and the position, so that two calls of one tool have two ids. */
export function createToolCalls(called: readonly CalledFunction[], messages: readonly PromptMessage[]): ToolCall[] {
  const prefix = called.length > 0 ? `call_${hashToHex(JSON.stringify(messages))}` : "";
  return called.map((details, position) => ({
    id: prefix + position.toString(16).padStart(2, "0"),
    type: "function",
    function: details,
  }));
}

function selectTools(tools: Tool[], { tool_choice, parallel_tool_calls, messages }: ChatBody): Tool[] {
  const forced = tools.find((tool) => tool.function.name === readForcedTool(tool_choice));
  if (forced) return [forced];
  const words = readLastUserText(messages).split(/[^\w-]+/);
  const mentioned = tools.filter((tool) => words.includes(tool.function.name));
  if (mentioned.length > 0 && parallel_tool_calls !== false) return mentioned;
  return (mentioned.length > 0 ? mentioned : tools).slice(0, 1);
}

/**
 * Splits a tool call into deltas, one for each token of its arguments, as Baseten's engines send it: the first event
 * holds two deltas, and each later delta has an id of its own, of which only the first counts.
 */
export function* splitToolCall({ id, type, function: called }: ToolCall, index: number): Generator<Delta> {
  const opening = { index, id, type, function: { name: called.name, arguments: "" } };
  let pieces = 0;
  for (const token of tokenize(called.arguments)) {
    pieces += 1;
    const piece = { index, id: `${id}_${pieces}`, function: { arguments: token } };
    yield { tool_calls: pieces === 1 ? [opening, piece] : [piece] };
  }
  if (pieces === 0) yield { tool_calls: [opening] };
}
