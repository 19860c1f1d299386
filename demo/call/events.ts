import type { ChatCompletionChunk } from "baseten-fetch";

/** What a mark on the time axis stands for. */
export type MarkKind = "request" | "response" | "reasoning" | "content" | "tool" | "other" | "done" | "failure";

/** The kind of something that happened, and a few words on it. */
export interface Description {
  kind: MarkKind;
  label: string;
}

function dataOf(raw: string): string {
  const lines = raw.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data"));
  return lines.map((line) => line.replace(/^data: ?/, "")).join("\n");
}

function describeChunk({ error, usage, choices }: Partial<ChatCompletionChunk> & { error?: unknown }): Description {
  if (error) return { kind: "failure", label: "error" };
  const choice = choices?.[0];
  if (!choice) return { kind: "other", label: usage ? `usage: ${usage.completion_tokens} tokens` : "no choices" };
  const { content, reasoning_content, reasoning = reasoning_content, tool_calls, role } = choice.delta ?? {};
  const called = tool_calls?.[0]?.function;
  if (tool_calls?.length) return { kind: "tool", label: called?.name || called?.arguments || "tool call" };
  if (reasoning) return { kind: "reasoning", label: String(reasoning) };
  if (content) return { kind: "content", label: content };
  if (choice.finish_reason) return { kind: "other", label: `finish_reason: ${choice.finish_reason}` };
  return { kind: "other", label: role ? `role: ${role}` : "no text" };
}

/** The kind of an event of the stream, and a few words on what it holds. */
export function describeEvent(raw: string): Description {
  const data = dataOf(raw).trim();
  if (data === "[DONE]") return { kind: "done", label: "[DONE]" };
  if (!data) return { kind: "other", label: raw.startsWith(":") ? "comment" : "no data" };
  try {
    return describeChunk(JSON.parse(data));
  } catch {
    return { kind: "failure", label: "invalid JSON" };
  }
}
