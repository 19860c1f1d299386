import { createToolCallMerger, type PartialToolCall } from "../collect.ts";
import type { ToolCall, ToolCallDelta } from "../types/chat.ts";
import type { ToolErrorEvent, ToolResultEvent } from "../types/tools.ts";
import type { UIMessageChunk } from "./types.ts";

type Emit = (part: UIMessageChunk) => void;

/** A tool call of the step that is being streamed. */
interface UIToolCall {
  /** What `collect` makes of its deltas, or a whole call. The server's id may be missing or not unique. */
  source: Pick<PartialToolCall, "id" | "name"> & { text: { toString(): string } };
  /** Unique in the message. */
  toolCallId: string;
  state: "streaming" | "complete" | "answered";
}

/** Emits the parts of a message's tool calls. */
export interface ToolParts {
  /** Adds a piece of a call, as it streams in. */
  addDelta(delta: ToolCallDelta): void;
  /** Adds a call of which no more deltas come. */
  addCall(call: ToolCall, isCutOff: boolean): void;
  /** Adds what the execution of a call gave. */
  addResult(event: ToolResultEvent | ToolErrorEvent): void;
  /** Completes the calls that came as deltas alone. */
  finishStep(isCutOff: boolean): void;
}

/** What an error says. */
export function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Emits the input of a call that is complete. Arguments that were cut off give no part, so that the call stays unanswered:
 * an error would count as its answer, on which `sendAutomaticallyWhen` sends the conversation again.
 */
function completeCall(call: UIToolCall, isCutOff: boolean, emit: Emit): void {
  const { toolCallId, source } = call;
  const [toolName, text] = [`${source.name}`, `${source.text}`];
  call.state = "complete";
  // Some models send no arguments at all to a tool without parameters.
  const input = parseJSON(text || "{}");
  if (input !== undefined) emit({ type: "tool-input-available", toolCallId, toolName, input });
  else if (!isCutOff) {
    emit({ type: "tool-input-error", toolCallId, toolName, input: text, errorText: "arguments are not valid JSON" });
  }
}

function answerCall(call: UIToolCall, event: ToolResultEvent | ToolErrorEvent, emit: Emit): void {
  const { toolCallId } = call;
  call.state = "answered";
  if ("error" in event) emit({ type: "tool-output-error", toolCallId, errorText: readMessage(event.error) });
  // JSON would leave out an `output` that is undefined.
  else emit({ type: "tool-output-available", toolCallId, output: event.result ?? null });
}

/** Creates the {@link ToolParts} of one message. */
export function createToolParts(emit: Emit): ToolParts {
  const toolCallIds = new Set<string>();
  let merger = createToolCallMerger();
  let calls: UIToolCall[] = [];

  /** Some servers give two calls one id, or none. In AI SDK UI one of them would overwrite the other. */
  function createCall(source: UIToolCall["source"]): UIToolCall {
    const id = `${source.id ?? "call"}`;
    const toolCallId = toolCallIds.has(id) ? `${id}-${toolCallIds.size}` : id;
    const call: UIToolCall = { source, toolCallId, state: "streaming" };
    toolCallIds.add(toolCallId);
    calls.push(call);
    emit({ type: "tool-input-start", toolCallId, toolName: `${source.name}` });
    return call;
  }

  /** The first call with this id, or without one: results come in the order of the calls. */
  const findById = (id: string, state: UIToolCall["state"]) =>
    calls.find((call) => (call.source.id ?? id) === id && call.state === state);

  return {
    addDelta(delta) {
      const source = merger.add({ ...delta });
      // A part needs the name. What comes before it is in the text.
      if (!source.name || source.kind !== "function") return;
      const known = calls.find((call) => call.source === source);
      const { toolCallId } = known ?? createCall(source);
      const inputTextDelta = known ? delta.function?.arguments : `${source.text}`;
      if (inputTextDelta) emit({ type: "tool-input-delta", toolCallId, inputTextDelta });
    },
    addCall({ id, function: { name, arguments: text } }, isCutOff) {
      completeCall(findById(id, "streaming") ?? createCall({ id, name, text }), isCutOff, emit);
    },
    addResult(event) {
      const call = findById(event.call.id, "complete");
      if (call) answerCall(call, event, emit);
    },
    finishStep(isCutOff) {
      for (const call of calls) if (call.state === "streaming") completeCall(call, isCutOff, emit);
      merger = createToolCallMerger();
      calls = [];
    },
  };
}
