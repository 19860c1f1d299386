import type { ChatCompletion, ChatCompletionMessage, Delta, ToolCall, Usage } from "../types/chat.ts";
import { CREATED, type Reply, speak } from "./reply.ts";

/**
 * A reply as one completion.
 * @internal
 */
export function completionOf(reply: Reply): ChatCompletion & { usage: Usage } {
  const deltas: Delta[] = [];
  const tokens = speak(reply);
  let next = tokens.next();
  for (; !next.done; next = tokens.next()) deltas.push(next.value.delta);
  const { usage, ...ending } = next.value;
  return {
    id: reply.id,
    object: "chat.completion",
    created: CREATED,
    model: reply.model,
    choices: [{ index: 0, message: messageOf(deltas), ...ending }],
    usage,
  };
}

function messageOf(deltas: Delta[]): ChatCompletionMessage {
  const content = deltas.map((delta) => delta.content ?? "").join("");
  const reasoning_content = deltas.map((delta) => delta.reasoning_content ?? "").join("");
  const tool_calls = callsIn(deltas);
  return {
    role: "assistant",
    content: content || (tool_calls.length > 0 ? null : ""),
    ...(reasoning_content && { reasoning_content }),
    ...(tool_calls.length > 0 && { tool_calls }),
  };
}

function callsIn(deltas: Delta[]): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const { index, id = "", function: piece } of deltas.flatMap((delta) => delta.tool_calls ?? [])) {
    calls[index] ??= { id, type: "function", function: { name: piece?.name ?? "", arguments: "" } };
    calls[index].function.arguments += piece?.arguments ?? "";
  }
  return calls;
}
