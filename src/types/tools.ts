import type { ChatCompletion, ChatCompletionChunk, Message, ToolCall } from "./chat.ts";

/**
 * What happens in a tool loop, in the order in which it happens: the chunks of each answer, the tool calls of an answer,
 * their results, and `finish` once, at the end.
 */
export type ToolEvent = ToolChunkEvent | ToolCallEvent | ToolResultEvent | ToolErrorEvent | ToolFinishEvent;

/** A chunk of the answer that is being streamed. */
export interface ToolChunkEvent {
  type: "chunk";
  chunk: ChatCompletionChunk;
}

/** A complete tool call that is about to be executed, or left pending. */
export interface ToolCallEvent {
  type: "tool-call";
  call: ToolCall;
}

/** What `execute` returned. */
export interface ToolResultEvent {
  type: "tool-result";
  call: ToolCall;
  result: unknown;
}

/** Why a tool call has no result. The model is sent the error's message. */
export interface ToolErrorEvent {
  type: "tool-result";
  call: ToolCall;
  error: unknown;
}

/** The end of the loop. */
export interface ToolFinishEvent {
  type: "finish";
  /** The last answer. */
  completion: ChatCompletion;
  /** The whole conversation, ready for the next request once each pending call has its tool message. */
  messages: Message[];
  /** The calls of the last answer that have no result, in the order of the calls. */
  pending: ToolCall[];
}
