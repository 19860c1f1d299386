export { toChatMessages } from "./chat-messages.ts";
export { type ChatTransportRequest, chatTransport } from "./chat-transport.ts";
export type {
  ChatTransport,
  SendMessagesOptions,
  UIFinishReason,
  UIMessage,
  UIMessageChunk,
  UIMessageMetadata,
  UIMessagePart,
} from "./types.ts";
export { toUIMessageStream, toUIMessageStreamResponse } from "./ui-message-stream.ts";
