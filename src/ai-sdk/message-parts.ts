import { isObject } from "../collect.ts";
import { assertValid } from "../error.ts";
import type { ChatCompletionChunk, Delta, FinishReason, Usage } from "../types/chat.ts";
import type { ToolCallEvent, ToolErrorEvent, ToolEvent, ToolResultEvent } from "../types/tools.ts";
import { createTextParts, type TextParts } from "./text-parts.ts";
import { createToolParts, type ToolParts } from "./tool-parts.ts";
import type { Emit, UIFinishReason } from "./types.ts";

/** Emits the parts of one message, made of chunks and tool events. */
export interface MessageParts {
  /** @throws {BasetenError} `BadRequestError` for what is neither a chunk nor a tool event */
  add(item: unknown): void;
  /** Emits the usage, which is known even of a message that fails. */
  addMetadata(): void;
  /** Emits the parts at the end of a message that is complete. */
  finish(): void;
}

/** What an error says that the source has to be. */
export const EXPECTED_SOURCE = "chunks or tool events that were not read yet";

const FINISH_REASONS = new Map<FinishReason, UIFinishReason>([
  ["stop", "stop"],
  ["length", "length"],
  ["tool_calls", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
]);

const isChunk = (item: unknown): item is ChatCompletionChunk =>
  isObject(item) && Array.isArray(item.choices) && item.choices.every(isObject);

const isToolEvent = (item: unknown): item is ToolEvent =>
  isObject(item) && /^(chunk|tool-call|tool-result|finish)$/.test(`${item.type}`);

function addDelta(delta: Delta, text: TextParts, tools: ToolParts): void {
  text.add("reasoning", delta.reasoning_content || delta.reasoning);
  text.add("text", delta.content);
  // AI SDK UI has no part for a refusal, and an answer that has one has no other text.
  text.add("text", delta.refusal);
  for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) {
    // Servers send anything.
    if (!isObject(call)) continue;
    text.close();
    tools.addDelta(call);
  }
}

/** Emits where steps begin and end. A step is one request and the execution of the tools that its answer asks for. */
function createSteps(emit: Emit, finishContent: () => void) {
  let step: "answer" | "tools" | undefined;

  function finish(): void {
    finishContent();
    if (step) emit({ type: "finish-step" });
    step = undefined;
  }

  function enter(next: "answer" | "tools"): void {
    if (step === "tools" && next === "answer") finish();
    if (!step) emit({ type: "start-step" });
    step = next;
  }

  return { enter, finish };
}

/** Creates the {@link MessageParts} of one message. */
export function createMessageParts(emit: Emit): MessageParts {
  const text = createTextParts(emit);
  const tools = createToolParts(emit);
  let finishReason: FinishReason | undefined;
  let usage: Usage | undefined;
  const steps = createSteps(emit, () => {
    text.close();
    tools.finishStep(finishReason === "length");
  });

  function addChunk(chunk: ChatCompletionChunk): void {
    steps.enter("answer");
    usage = chunk.usage ?? usage;
    // The text of other choices would mix with that of the first.
    const choice = chunk.choices.find(({ index }) => !index);
    finishReason = choice?.finish_reason || finishReason;
    if (choice?.delta) addDelta(choice.delta, text, tools);
  }

  function addToolEvent(event: ToolCallEvent | ToolResultEvent | ToolErrorEvent): void {
    assertValid(isObject(event.call?.function), "source", EXPECTED_SOURCE, event);
    steps.enter("tools");
    text.close();
    if (event.type === "tool-call") tools.addCall(event.call, finishReason === "length");
    else tools.addResult(event);
  }

  function add(item: unknown): void {
    const part = isToolEvent(item) && item.type === "chunk" ? item.chunk : item;
    if (isChunk(part)) addChunk(part);
    else {
      assertValid(isToolEvent(part), "source", EXPECTED_SOURCE, part);
      if (part.type === "tool-call" || part.type === "tool-result") addToolEvent(part);
    }
  }

  function addMetadata(): void {
    if (usage) emit({ type: "message-metadata", messageMetadata: { usage } });
  }

  function finish(): void {
    steps.finish();
    addMetadata();
    emit({ type: "finish", ...(finishReason && { finishReason: FINISH_REASONS.get(finishReason) ?? "other" }) });
  }

  return { add, addMetadata, finish };
}
