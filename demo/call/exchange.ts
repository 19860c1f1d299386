import { type ChatCompletion, type ChatCompletionChunk, collect, type Fetch, stream } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import type { Plan } from "./fields.js";
import { type Mark, record } from "./recorder.js";

/** One call, from Send to its end. */
export interface Exchange {
  /** `performance.now()` when it began. */
  started: number;
  marks: Mark[];
  chunks: ChatCompletionChunk[];
  content: string;
  reasoning: string;
  /** The chunks put together, once the call has ended or as soon as a tool is called. */
  reply?: ChatCompletion;
  /** Ms from the beginning to the end. */
  took?: number;
  outcome: "running" | "complete" | "stopped" | "failed";
  error?: unknown;
}

/** What a call needs beside its plan. */
export interface Wiring {
  /** Asked for at each attempt, and kept nowhere. */
  key: () => string;
  signal: AbortSignal;
  /** Told of every change. */
  changed: () => void;
  /** What the page calls with; its own fetch, except in tests. */
  fetch?: Fetch;
}

function add(chunk: ChatCompletionChunk, exchange: Exchange): void {
  exchange.chunks.push(chunk);
  const { content, reasoning_content } = chunk.choices[0]?.delta ?? {};
  exchange.content += content ?? "";
  exchange.reasoning += reasoning_content ?? "";
}

function endOf(error: unknown, { aborted }: AbortSignal): Omit<Mark, "at"> {
  if (aborted) return { kind: "response", label: "stopped by you" };
  const [name, raw] = error instanceof Error ? [error.name, error.message] : ["Error", String(error)];
  return { kind: "failure", label: name, raw };
}

/** An exchange that has not begun to happen. */
export function begin(): Exchange {
  return { started: performance.now(), marks: [], chunks: [], content: "", reasoning: "", outcome: "running" };
}

/** Makes the call and keeps `exchange` up to date until it has ended. Never rejects: a failure is its outcome. */
export async function run(plan: Plan, exchange: Exchange, { key, signal, changed, fetch }: Wiring): Promise<void> {
  const note = (mark: Omit<Mark, "at">): void => {
    exchange.marks.push({ at: performance.now() - exchange.started, ...mark });
    changed();
  };
  const source: Fetch = plan.emulator
    ? emulator(plan.emulator)
    : (fetch ?? ((input, init) => globalThis.fetch(input, init)));
  try {
    const chunks = stream(plan.request, { ...plan.options, apiKey: key, signal, fetch: record(source, note) });
    for await (const chunk of chunks) {
      add(chunk, exchange);
      if (chunk.choices[0]?.delta.tool_calls) exchange.reply = await collect(exchange.chunks);
      changed();
    }
    exchange.outcome = "complete";
  } catch (error) {
    exchange.outcome = signal.aborted ? "stopped" : "failed";
    exchange.error = error;
    note(endOf(error, signal));
  }
  exchange.took = performance.now() - exchange.started;
  exchange.reply = await collect(exchange.chunks);
  changed();
}
