/*
 * The types of AI SDK UI, as far as they are needed here, so that nothing has to be installed. Objects of the package
 * `ai` (`UIMessage`) fit them, and what is made here fits the types of `ai` (`UIMessageChunk`, `ChatTransport`).
 */
import type { Usage } from "../types/chat.ts";

/** Why the model stopped, in AI SDK's spelling. */
export type UIFinishReason = "stop" | "length" | "content-filter" | "tool-calls" | "other";

/** What an assistant's message carries as `metadata`. */
export interface UIMessageMetadata {
  /** The tokens of the last request that made the message, as the API names them. */
  usage: Usage;
}

/** One part of AI SDK's UI message stream, version 1: those parts of it that are sent here. */
export type UIMessageChunk =
  | { type: "start" }
  | { type: "start-step" }
  | { type: "text-start" | "reasoning-start"; id: string }
  | { type: "text-delta" | "reasoning-delta"; id: string; delta: string }
  | { type: "text-end" | "reasoning-end"; id: string }
  | { type: "tool-input-start"; toolCallId: string; toolName: string }
  | { type: "tool-input-delta"; toolCallId: string; inputTextDelta: string }
  | { type: "tool-input-available"; toolCallId: string; toolName: string; input: unknown }
  | { type: "tool-input-error"; toolCallId: string; toolName: string; input: unknown; errorText: string }
  | { type: "tool-output-available"; toolCallId: string; output: unknown }
  | { type: "tool-output-error"; toolCallId: string; errorText: string }
  | { type: "finish-step" }
  | { type: "message-metadata"; messageMetadata: UIMessageMetadata }
  | { type: "finish"; finishReason?: UIFinishReason }
  | { type: "abort" }
  | { type: "error"; errorText: string };

/** Takes the parts of a message, one by one. */
export type Emit = (part: UIMessageChunk) => void;

/** A part of a message of `useChat`: the fields that are read here, each of which only some types have. */
export interface UIMessagePart {
  /** `text`, `file`, `step-start`, `tool-<name>`, `dynamic-tool`, or another that is not sent to the model. */
  type: string;
  /** The text of a text part. */
  text?: string | undefined;
  /** The media type of a file, such as `image/png`. */
  mediaType?: string | undefined;
  /** The address of a file, or the file itself as a `data:` URL. */
  url?: string | undefined;
  /** The id of a tool call. */
  toolCallId?: string | undefined;
  /** The name of the tool, for the type `dynamic-tool`. */
  toolName?: string | undefined;
  /** How far a tool call has come: only `output-available` and `output-error` are sent to the model. */
  state?: string | undefined;
  /** The arguments of a tool call. */
  input?: unknown;
  /** The result of a tool call, for `output-available`. */
  output?: unknown;
  /** Why a tool call has no result, for `output-error`. */
  errorText?: string | undefined;
}

/** A message of `useChat`. */
export interface UIMessage {
  /** Who the message is from. */
  role: "system" | "user" | "assistant";
  /** What it consists of, in order. */
  parts: readonly UIMessagePart[];
}

/** What `useChat` hands to `sendMessages`, as far as it is read here. */
export interface SendMessagesOptions {
  /** The conversation, oldest message first. */
  messages: readonly UIMessage[];
  /** Aborted by `stop()`. */
  abortSignal?: AbortSignal | undefined;
  /** Sent with this request, besides those of the options; they win over headers of the same name. */
  headers?: RequestInit["headers"] | undefined;
  /** Further fields of the request's body; they win over fields of the same name. */
  body?: object | undefined;
}

/** What `useChat({ transport })` takes. */
export interface ChatTransport {
  /** Sends the conversation and gives the answer's parts. The request is sent when the first part is read. */
  sendMessages: (options: SendMessagesOptions) => Promise<ReadableStream<UIMessageChunk>>;
  /** Gives `null`: an answer whose connection is gone cannot be continued. */
  reconnectToStream: () => Promise<null>;
}
