import { createCallFinder, type KeyedCall, parseJSON } from "../collect.ts";
import type { ToolCall, ToolCallDelta } from "../types/chat.ts";
import type { ToolErrorEvent, ToolResultEvent } from "../types/tools.ts";
import type { Emit } from "./types.ts";

/** A tool call of the step that is being streamed. The server's id may be missing or not unique. */
interface UIToolCall extends KeyedCall {
  /** Unique in the message; empty until the call is started. */
  toolCallId: string;
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

/** Returns the message of an error, or the text of anything else that was thrown. */
export function readErrorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Emits the input of a call that is complete. Arguments that were cut off give no part, so that the call stays unanswered:
 * an error would count as its answer, on which `sendAutomaticallyWhen` sends the conversation again.
 */
function completeCall(call: UIToolCall, isCutOff: boolean, emit: Emit): void {
  const { toolCallId, text } = call;
  const toolName = `${call.name}`;
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
  if ("error" in event) emit({ type: "tool-output-error", toolCallId, errorText: readErrorMessage(event.error) });
  // JSON would leave out an `output` that is undefined.
  else emit({ type: "tool-output-available", toolCallId, output: event.result ?? null });
}

function createCall(): UIToolCall {
  const call: UIToolCall = {
    toolCallId: "",
    text: "",
    state: "streaming",
    isWholeJSON() {
      const text = call.text.trim();
      // An object is parsed only where it may end: to parse it after each delta is quadratic.
      return (text[0] !== "{" || text.endsWith("}")) && parseJSON(text) !== undefined;
    },
  };
  return call;
}

/** Creates the {@link ToolParts} of one message. */
export function createToolParts(emit: Emit): ToolParts {
  const toolCallIds = new Set<string>();
  /** Those that have been started. */
  let calls: UIToolCall[] = [];
  let findCall = createCallFinder(createCall);

  /** Some servers give two calls one id, or none. In AI SDK UI one of them would overwrite the other. */
  function startCall(call: UIToolCall): UIToolCall {
    const id = `${call.id ?? "call"}`;
    call.toolCallId = toolCallIds.has(id) ? `${id}-${toolCallIds.size}` : id;
    toolCallIds.add(call.toolCallId);
    calls.push(call);
    emit({ type: "tool-input-start", toolCallId: call.toolCallId, toolName: `${call.name}` });
    return call;
  }

  /** The first call with this id, or without one: results come in the order of the calls. */
  const findById = (id: string, state: UIToolCall["state"]) =>
    calls.find((call) => (call.id ?? id) === id && call.state === state);

  return {
    addDelta({ function: called, ...key }) {
      const piece = `${called?.arguments ?? ""}`;
      const call = findCall({ ...key, name: called?.name }, piece);
      const isStarted = call.toolCallId !== "";
      call.text += piece;
      // A part needs the name. What comes before it is shown with it.
      if (!call.name) return;
      const { toolCallId } = isStarted ? call : startCall(call);
      const inputTextDelta = isStarted ? piece : call.text;
      if (inputTextDelta) emit({ type: "tool-input-delta", toolCallId, inputTextDelta });
    },
    addCall({ id, function: { name, arguments: text } }, isCutOff) {
      const call = findById(id, "streaming") ?? startCall({ ...createCall(), id, name });
      call.text = text;
      completeCall(call, isCutOff, emit);
    },
    addResult(event) {
      const call = findById(event.call.id, "complete");
      if (call) answerCall(call, event, emit);
    },
    finishStep(isCutOff) {
      for (const call of calls) if (call.state === "streaming") completeCall(call, isCutOff, emit);
      findCall = createCallFinder(createCall);
      calls = [];
    },
  };
}
