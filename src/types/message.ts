/*
 * The messages of a conversation, as OpenAI's chat completions have them, with Baseten's extras. Optional fields may be
 * `undefined`.
 */

/** `T`, also with fields that this library does not know. Editors still complete the known ones. */
export type WithUnknown<T> = T | (T & Record<string, unknown>);

/** Text as a part of a message's content. */
export interface TextPart {
  type: "text";
  /** The text of this part. */
  text: string;
}

/** An image as a part of a user's message. The model must take images. */
export interface ImagePart {
  type: "image_url";
  /** The image. */
  image_url: {
    /** An https address, or the image itself as a `data:` URL. */
    url: string;
    /** In how much detail the model looks at it. Default: the server's, usually `"auto"`. */
    detail?: "auto" | "low" | "high" | undefined;
  };
}

/** Instructions that hold for the whole conversation. */
export interface SystemMessage {
  /** `developer` is sent to Baseten as `system`. */
  role: "system" | "developer";
  /** The instructions. */
  content: string | readonly WithUnknown<TextPart>[];
  /** Tells participants of the same role apart. */
  name?: string | undefined;
}

/** What the user says. */
export interface UserMessage {
  role: "user";
  /** A text, or parts: text, images, and whatever else the model takes (video, audio). */
  content: string | readonly (WithUnknown<TextPart> | WithUnknown<ImagePart> | { type: string })[];
  /** Tells participants of the same role apart. */
  name?: string | undefined;
}

/** An earlier answer of the model. The `message` of a completion's choice is one. */
export interface AssistantMessage {
  role: "assistant";
  /** The answer. `null` next to `tool_calls`. */
  content?: string | readonly (WithUnknown<TextPart> | { type: string })[] | null | undefined;
  /** Tells participants of the same role apart. */
  name?: string | undefined;
  /** Why the model refused to answer. */
  refusal?: string | null | undefined;
  /** The reasoning before the answer. Some models want it back with the tool results. */
  reasoning_content?: string | null | undefined;
  /** The tools that the model called. A {@link ToolMessage} for each must follow. */
  tool_calls?: readonly (ToolCall | { id: string; type: string })[] | undefined;
}

/** The result of a tool call. */
export interface ToolMessage {
  role: "tool";
  /** The result, as text or JSON. */
  content: string | readonly WithUnknown<TextPart>[];
  /** The `id` of the call. */
  tool_call_id: string;
}

/**
 * The result of a function call.
 * @deprecated Send a {@link ToolMessage}. This is for conversations that still hold one.
 */
export interface FunctionMessage {
  role: "function";
  /** The result, as text or JSON. */
  content: string | null;
  /** The name of the function. */
  name: string;
}

// The compiler reports a mismatch with the last member: the user's message is the one that most people write.
/** A message of the conversation. `role` tells which. */
export type Message = WithUnknown<SystemMessage | AssistantMessage | ToolMessage | FunctionMessage | UserMessage>;

/** A call of a tool by the model. */
export interface ToolCall {
  /** Names this call in its {@link ToolMessage}. */
  id: string;
  type: "function";
  /** Which tool is called, with what. */
  function: {
    /** The tool's name. */
    name: string;
    /** JSON text, also if the server sent an object. Incomplete if `finish_reason` is `"length"`. */
    arguments: string;
  };
}
