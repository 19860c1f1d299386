import type { Mark } from "./recorder.js";

type Described = Pick<Mark, "kind" | "label">;

interface Delta {
  content?: string | null;
  reasoning_content?: string | null;
  reasoning?: string | null;
  tool_calls?: unknown[];
}

interface Chunk {
  error?: unknown;
  usage?: { completion_tokens?: number } | null;
  choices?: { delta?: Delta; finish_reason?: string | null }[];
}

function dataOf(raw: string): string {
  const lines = raw.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data"));
  return lines.map((line) => line.replace(/^data: ?/, "")).join("\n");
}

function describeChunk({ error, usage, choices = [] }: Chunk): Described {
  if (error) return { kind: "failure", label: "an error" };
  const [choice] = choices;
  if (!choice)
    return { kind: "other", label: usage ? `usage: ${usage.completion_tokens ?? "?"} tokens` : "no choices" };
  const { content, reasoning_content, reasoning = reasoning_content, tool_calls } = choice.delta ?? {};
  if (tool_calls?.length) return { kind: "tool", label: "a piece of a tool call" };
  if (reasoning) return { kind: "reasoning", label: reasoning };
  if (content) return { kind: "content", label: content };
  return { kind: "other", label: choice.finish_reason ? `finish_reason: ${choice.finish_reason}` : "no text" };
}

/** What an event of the stream is, for the eye: its kind, and a few words. */
export function describe(raw: string): Described {
  const data = dataOf(raw).trim();
  if (data === "[DONE]") return { kind: "done", label: "[DONE]" };
  if (!data) return { kind: "other", label: raw.startsWith(":") ? "a comment" : "no event" };
  try {
    return describeChunk(JSON.parse(data) as Chunk);
  } catch {
    return { kind: "failure", label: "no JSON" };
  }
}
