import type { ChatCompletion, ChatCompletionChunk, Message, ToolCall } from "./chat.ts";
import type { PlainJSONSchema, SchemaPair, StandardJSONSchema } from "./schema.ts";

/** A tool of `runTools`. `Args` is what `parameters` validates to. */
export interface ToolDefinition<Args = unknown> {
  /** What the tool does, for the model. */
  description?: string | undefined;
  /** The schema of the arguments. A plain JSON Schema is sent to the model, but nothing is validated against it. */
  parameters: StandardJSONSchema<unknown, Args> | SchemaPair<unknown, Args> | PlainJSONSchema;
  /**
   * Runs the tool. A string is sent to the model as it is, any other result as JSON; what it throws is sent as an error.
   * Without `execute` a call of the tool is left pending.
   */
  execute?: ((args: Args, context: ToolContext) => unknown) | undefined;
}

/** Tools by name. `Args` maps each name to the type of its arguments. */
export type ToolDefinitions<Args> = { [Name in keyof Args]: ToolDefinition<Args[Name]> };

/** What `execute` is given besides the arguments. */
export interface ToolContext {
  /** Aborted when the caller aborts or leaves the loop. */
  signal: AbortSignal;
  /** The call as the model wrote it. */
  call: ToolCall;
}

/**
 * What happens in a tool loop, in the order in which it happens: the chunks of each answer, the tool calls of an answer,
 * their results, and `finish` once, at the end.
 */
export type ToolEvent = ToolChunkEvent | ToolCallEvent | ToolResultEvent | ToolErrorEvent | ToolFinishEvent;

/** A chunk of the answer that is being streamed. */
export interface ToolChunkEvent {
  type: "chunk";
  /** As `stream` yields it. */
  chunk: ChatCompletionChunk;
}

/** A tool call of a complete answer, before any of its calls is executed. It is about to run, or will be pending. */
export interface ToolCallEvent {
  type: "tool-call";
  /** The call, whole. */
  call: ToolCall;
}

/** What `execute` returned. */
export interface ToolResultEvent {
  type: "tool-result";
  /** The call that was run. */
  call: ToolCall;
  /** What `execute` returned. A string was sent to the model as it is, anything else as JSON. */
  result: unknown;
}

/** Why a tool call has no result: no such tool, bad arguments, or what `execute` threw. The model is sent its message. */
export interface ToolErrorEvent {
  type: "tool-result";
  /** The call that failed. */
  call: ToolCall;
  /** What `execute` threw, or a `BasetenError` for an unknown tool or bad arguments. */
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
