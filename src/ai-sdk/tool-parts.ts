import type { ToolCall, ToolCallDelta } from "../types/chat.ts";
import type { ToolErrorEvent, ToolResultEvent } from "../types/tools.ts";
import type { UIMessageChunk } from "./types.ts";

type Emit = (part: UIMessageChunk) => void;

/** A tool call of the step that is being streamed. */
interface UIToolCall {
  index?: number | undefined;
  /** The server's id, which may be missing or not unique. */
  id?: string | undefined;
  /** Unique in the message. */
  toolCallId: string;
  toolName: string;
  /** The arguments so far. */
  text: string;
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
 * Adds a delta to its call, whose first index, id and name stay.
 * @returns the piece of the arguments
 */
function extendCall(call: UIToolCall, { index, id, function: called }: ToolCallDelta): string {
  const piece = called?.arguments ?? "";
  call.index ??= index;
  call.id ||= id;
  call.toolName ||= called?.name ?? "";
  call.text += piece;
  return piece;
}

/** The call that a delta belongs to, undefined for a new one: by the rules of `collect`, so that both see the same calls. */
function findCall({ index, id, function: called }: ToolCallDelta, calls: UIToolCall[]): UIToolCall | undefined {
  const name = called?.name;
  const latest = (isMatch: (call: UIToolCall) => unknown) => calls.filter(isMatch).pop();
  const sameIndex = latest((call) => index != null && call.index === index);
  if (!sameIndex && index != null && name) return undefined;
  const call = sameIndex ?? latest((call) => id && call.id === id) ?? latest(() => true);
  if (!call || !name || (id ? id === call.id : index != null)) return call;
  // Baseten's engines give each delta a fresh id, and Ollama numbers every call 0: neither alone is a new call.
  const isOther = (id && call.toolName && call.toolName !== name) || parseJSON(call.text) !== undefined;
  return isOther ? undefined : call;
}

/**
 * Emits the input of a call that is complete. Arguments that were cut off give no part, so that the call stays unanswered:
 * an error would count as its answer, on which `sendAutomaticallyWhen` sends the conversation again.
 */
function completeCall(call: UIToolCall, isCutOff: boolean, emit: Emit): void {
  const { toolCallId, toolName, text } = call;
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
  let calls: UIToolCall[] = [];

  /** Some servers give two calls one id, or none. In AI SDK UI one of them would overwrite the other. */
  function createCall(id = "call", toolName = ""): UIToolCall {
    const toolCallId = toolCallIds.has(id) ? `${id}-${toolCallIds.size}` : id;
    const call: UIToolCall = { toolCallId, toolName, text: "", state: "streaming" };
    toolCallIds.add(toolCallId);
    calls.push(call);
    emit({ type: "tool-input-start", toolCallId, toolName });
    return call;
  }

  /** The first call with this id, or without one: results come in the order of the calls. */
  const findById = (id: string, state: UIToolCall["state"]) =>
    calls.find((call) => (call.id ?? id) === id && call.state === state);

  return {
    addDelta(delta) {
      const call = findCall(delta, calls) ?? createCall(delta.id || undefined, delta.function?.name ?? undefined);
      const inputTextDelta = extendCall(call, delta);
      if (inputTextDelta) emit({ type: "tool-input-delta", toolCallId: call.toolCallId, inputTextDelta });
    },
    addCall({ id, function: { name, arguments: text } }, isCutOff) {
      const call = findById(id, "streaming") ?? createCall(id, name);
      completeCall(Object.assign(call, { id, text }), isCutOff, emit);
    },
    addResult(event) {
      const call = findById(event.call.id, "complete");
      if (call) answerCall(call, event, emit);
    },
    finishStep(isCutOff) {
      for (const call of calls) if (call.state === "streaming") completeCall(call, isCutOff, emit);
      calls = [];
    },
  };
}
