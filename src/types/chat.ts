/*
 * The wire's types: what Baseten's Model API and its dedicated deployments (OpenAI's chat completions, with Baseten's
 * extras) take and give. Optional fields of a request may be `undefined`; fields of a reply
 * are as JSON has them.
 */

/** `T`, with fields that this library does not know; editors still complete those it does. */
export type WithUnknown<T> = T | (T & Record<string, unknown>);

// ------------------------------------------------------------------------------------------------------------ request

export interface TextPart {
  type: "text";
  text: string;
}

export interface ImagePart {
  type: "image_url";
  image_url: { url: string; detail?: "auto" | "low" | "high" | undefined };
}

export interface SystemMessage {
  /** `developer` is sent to Baseten as `system`. */
  role: "system" | "developer";
  content: string | readonly WithUnknown<TextPart>[];
  name?: string | undefined;
}

export interface UserMessage {
  role: "user";
  content: string | readonly (WithUnknown<TextPart> | WithUnknown<ImagePart> | { type: string })[];
  name?: string | undefined;
}

export interface AssistantMessage {
  role: "assistant";
  content?: string | readonly (WithUnknown<TextPart> | { type: string })[] | null | undefined;
  name?: string | undefined;
  refusal?: string | null | undefined;
  reasoning_content?: string | null | undefined;
  tool_calls?: readonly (ToolCall | { id: string; type: string })[] | undefined;
}

export interface ToolMessage {
  role: "tool";
  content: string | readonly WithUnknown<TextPart>[];
  tool_call_id: string;
}

/** The deprecated ancestor of {@link ToolMessage}, for histories that still hold one. */
export interface FunctionMessage {
  role: "function";
  content: string | null;
  name: string;
}

/** A message of the conversation, told apart by `role`. */
export type Message = WithUnknown<SystemMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage>;

/** A tool that the model may call; `parameters` is a JSON Schema. */
export interface Tool {
  type: "function";
  function: {
    name: string;
    description?: string | undefined;
    parameters?: Record<string, unknown> | undefined;
    strict?: boolean | null | undefined;
  };
}

export type ToolChoice =
  | "none"
  | "auto"
  | "required"
  | { type: "function"; function: { name: string } }
  | { type: string };

/** The form of the answer. Baseten takes `json_schema` with `strict: true` alone. */
export type ResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      json_schema: {
        name: string;
        description?: string | undefined;
        schema?: Record<string, unknown> | undefined;
        strict?: boolean | null | undefined;
      };
    };

/** The fields of a request that this library knows of. None but `model` and `messages` is checked here. */
export interface ChatFields {
  /** `baseten/<slug>` or `baseten/<8-character code>`, with or without the prefix, or `litellm_proxy/<name>`. */
  model: string;
  /** The conversation, oldest first. */
  messages: readonly Message[];
  /** Most tokens to generate. */
  max_tokens?: number | null | undefined;
  /** Sent to Baseten as `max_tokens`. */
  max_completion_tokens?: number | null | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  top_k?: number | null | undefined;
  min_p?: number | null | undefined;
  repetition_penalty?: number | null | undefined;
  presence_penalty?: number | null | undefined;
  frequency_penalty?: number | null | undefined;
  stop?: string | readonly string[] | null | undefined;
  seed?: number | null | undefined;
  /** Baseten's Model API takes 1 alone. */
  n?: number | null | undefined;
  user?: string | undefined;
  logprobs?: boolean | null | undefined;
  top_logprobs?: number | null | undefined;
  tools?: readonly (Tool | { type: string })[] | undefined;
  tool_choice?: ToolChoice | undefined;
  parallel_tool_calls?: boolean | undefined;
  response_format?: ResponseFormat | undefined;
  /** Values differ by model. */
  reasoning_effort?: "none" | "minimal" | "low" | "medium" | "high" | (string & {}) | null | undefined;
  /** For the model's chat template, such as `{ enable_thinking: true }` for Kimi, GLM and Nemotron. */
  chat_template_args?: Record<string, unknown> | undefined;
  /** `stream` asks for usage unless `include_usage` is set here; `completion` leaves the field out. */
  stream_options?: WithUnknown<{ include_usage?: boolean | undefined }> | null | undefined;
}

/** The body of a request, in the wire's own names. A field that is not known here goes through untouched. */
export type ChatRequest = WithUnknown<ChatFields & { stream?: false | null | undefined }>;

/** A {@link ChatRequest} for `stream`, which may say `stream: true` aloud. */
export type ChatStreamRequest = WithUnknown<ChatFields & { stream?: true | null | undefined }>;

// -------------------------------------------------------------------------------------------------------------- reply

export interface ToolCall {
  id: string;
  type: "function";
  function: {
    name: string;
    /** JSON, even where the server sent an object. Cut off if `finish_reason` is `"length"`. */
    arguments: string;
  };
}

/** A piece of a tool call. `collect` puts the pieces together. */
export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: "function";
  function?: { name?: string; arguments?: string };
}

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

export interface TokenLogprob {
  token: string;
  logprob: number;
  bytes: number[] | null;
  top_logprobs: { token: string; logprob: number; bytes: number[] | null }[];
}

export interface Logprobs {
  content: TokenLogprob[] | null;
  refusal: TokenLogprob[] | null;
}

/** Tokens used. On a stream it is cumulative: the last one seen is the whole, never the sum. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; [field: string]: unknown };
  completion_tokens_details?: { reasoning_tokens?: number; [field: string]: unknown };
  [field: string]: unknown;
}

export interface ChatCompletionMessage {
  role: "assistant";
  content: string | null;
  refusal?: string | null;
  /** What a reasoning model thought, also where the server calls it `reasoning`. */
  reasoning_content?: string | null;
  tool_calls?: ToolCall[];
  [field: string]: unknown;
}

export interface Choice {
  index: number;
  message: ChatCompletionMessage;
  /** `null` only on the partial completion of a failed `collect`. */
  finish_reason: FinishReason | null;
  logprobs?: Logprobs | null;
  /** Baseten's: the stop sequence or token that ended the answer. */
  stop_reason?: string | number | null;
  [field: string]: unknown;
}

/** The whole answer. */
export interface ChatCompletion {
  id: string;
  object: "chat.completion";
  /** Seconds since 1970. */
  created: number;
  model: string;
  choices: Choice[];
  usage?: Usage;
  [field: string]: unknown;
}

export interface Delta {
  role?: "developer" | "system" | "user" | "assistant" | "tool";
  content?: string | null;
  refusal?: string | null;
  /** What a reasoning model thinks, also where the server calls it `reasoning`. */
  reasoning_content?: string | null;
  tool_calls?: ToolCallDelta[];
  [field: string]: unknown;
}

export interface ChunkChoice {
  index: number;
  delta: Delta;
  finish_reason: FinishReason | null;
  logprobs?: Logprobs | null;
  /** Baseten's: the stop sequence or token that ended the answer. */
  stop_reason?: string | number | null;
  [field: string]: unknown;
}

/** One event of a stream, as the server sent it; `choices` is always an array (empty on a usage chunk). */
export interface ChatCompletionChunk {
  id: string;
  object: "chat.completion.chunk";
  /** Seconds since 1970. */
  created: number;
  model: string;
  choices: ChunkChoice[];
  usage?: Usage | null;
  [field: string]: unknown;
}

/**
 * The chunks of an answer, with AsyncGenerator's interface. The request leaves at the first `next()`. `return()`,
 * `break` and a throw in the loop end it at once: the server sees the connection close and stops generating.
 */
export interface ChatStream extends AsyncGenerator<ChatCompletionChunk, undefined, undefined> {}
