import type { ChatCompletion, ChatCompletionMessage, Delta, ToolCall, Usage } from "../types/chat.ts";
import { CREATED_SECONDS, type Generation, generateTokens } from "./generation.ts";

/** The body of a response that is not streamed. */
export function createCompletion(generation: Generation): ChatCompletion & { usage: Usage } {
  const deltas: Delta[] = [];
  const tokens = generateTokens(generation);
  let token = tokens.next();
  for (; !token.done; token = tokens.next()) deltas.push(token.value.delta);
  const { usage, ...end } = token.value;
  return {
    id: generation.id,
    object: "chat.completion",
    created: CREATED_SECONDS,
    model: generation.model,
    choices: [{ index: 0, message: joinDeltas(deltas), ...end }],
    usage,
  };
}

function joinDeltas(deltas: readonly Delta[]): ChatCompletionMessage {
  const content = deltas.map((delta) => delta.content ?? "").join("");
  const reasoning_content = deltas.map((delta) => delta.reasoning_content ?? "").join("");
  const tool_calls = joinToolCallDeltas(deltas);
  return {
    role: "assistant",
    content: content || (tool_calls.length > 0 ? null : ""),
    ...(reasoning_content && { reasoning_content }),
    ...(tool_calls.length > 0 && { tool_calls }),
  };
}

function joinToolCallDeltas(deltas: readonly Delta[]): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const { index, id = "", function: piece } of deltas.flatMap((delta) => delta.tool_calls ?? [])) {
    calls[index] ??= { id, type: "function", function: { name: piece?.name ?? "", arguments: "" } };
    calls[index].function.arguments += piece?.arguments ?? "";
  }
  return calls;
}
