/*
 * The answers, whole and streamed, as Baseten's Model API and its dedicated deployments give them: OpenAI's chat
 * completions with Baseten's extras. Each object may hold fields that are not listed here.
 */

import type { ToolCall } from "./message.ts";

/**
 * Why an answer ended: `stop` at its end or a stop sequence, `length` at `max_tokens` or the end of the context window,
 * `tool_calls` (or the deprecated `function_call`) to call tools, `content_filter` if the server left content out.
 */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

/** A token of the answer and the natural logarithm of its probability. */
export interface TokenLogprob {
  /** The token's text. */
  token: string;
  /** The natural logarithm of its probability, 0 or less. */
  logprob: number;
  /** The token in UTF-8. `null` if it has no such form. */
  bytes: number[] | null;
  /** The most likely tokens at this place: as many as `top_logprobs` of the request. */
  top_logprobs: Omit<TokenLogprob, "top_logprobs">[];
}

/** The probabilities of the tokens, if `logprobs` was requested. */
export interface Logprobs {
  /** The tokens of the content. */
  content: TokenLogprob[] | null;
  /** The tokens of the refusal. */
  refusal: TokenLogprob[] | null;
}

/** Tokens used. On a stream it is cumulative: the last one seen is the total, never add them up. */
export interface Usage {
  /** Tokens of the request. */
  prompt_tokens: number;
  /** Tokens of the answer, reasoning included. */
  completion_tokens: number;
  /** The sum of both. */
  total_tokens: number;
  /** Of the request's tokens, how many were read from the cache, at a lower price. */
  prompt_tokens_details?: { cached_tokens?: number; [field: string]: unknown };
  /** Of the answer's tokens, how many are reasoning. */
  completion_tokens_details?: { reasoning_tokens?: number; [field: string]: unknown };
  [field: string]: unknown;
}

/** The message of an answer. Append it to `messages` to go on with the conversation. */
export interface ChatCompletionMessage {
  role: "assistant";
  /** The answer's text. `null` if there is none, as next to `tool_calls`. */
  content: string | null;
  /** Why the model refused to answer. */
  refusal?: string | null;
  /** The reasoning of the model, also if the server calls it `reasoning`. */
  reasoning_content?: string | null;
  /** The tools that the model calls. */
  tool_calls?: ToolCall[];
  [field: string]: unknown;
}

/** One of the `n` answers. */
export interface Choice {
  /** Its place among the `n` answers, from 0. */
  index: number;
  /** The answer. */
  message: ChatCompletionMessage;
  /** Why the answer ended. `null` only in a completion that `collect` put together from an incomplete stream. */
  finish_reason: FinishReason | null;
  /** The probabilities of the tokens, if `logprobs` was requested. */
  logprobs?: Logprobs | null;
  /** Baseten's: the stop sequence or token that ended the answer. */
  stop_reason?: string | number | null;
  [field: string]: unknown;
}

/** The whole answer. */
export interface ChatCompletion {
  /** The server's name for this answer. */
  id: string;
  object: "chat.completion";
  /** When it was created, in seconds since 1970. */
  created: number;
  /** The model, by its name at the server. */
  model: string;
  /** The answers: one, unless `n` was more. */
  choices: Choice[];
  /** The tokens that were used. */
  usage?: Usage;
  [field: string]: unknown;
}

/** A piece of a tool call. `collect` joins the pieces. */
export interface ToolCallDelta {
  /** Which call of the answer the piece belongs to, as far as the server numbers them. */
  index: number;
  /** The call's id, usually only on its first piece. */
  id?: string;
  type?: "function";
  /** The function's name, usually only on the first piece, and a piece of the JSON text of its arguments. */
  function?: { name?: string; arguments?: string };
}

/** What a chunk adds to a message. */
export interface Delta {
  /** The message's role, usually only on its first chunk. */
  role?: "developer" | "system" | "user" | "assistant" | "tool";
  /** A piece of the answer's text. */
  content?: string | null;
  /** A piece of the refusal. */
  refusal?: string | null;
  /** A piece of the reasoning, also if the server calls it `reasoning`. */
  reasoning_content?: string | null;
  /** Pieces of tool calls. */
  tool_calls?: ToolCallDelta[];
  [field: string]: unknown;
}

/** What a chunk adds to one of the `n` answers. */
export interface ChunkChoice {
  /** The answer's place among the `n` answers, from 0. */
  index: number;
  /** What is new. */
  delta: Delta;
  /** Why the answer ended; `null` until then. */
  finish_reason: FinishReason | null;
  /** The probabilities of the new tokens, if `logprobs` was requested. */
  logprobs?: Logprobs | null;
  /** Baseten's: the stop sequence or token that ended the answer. */
  stop_reason?: string | number | null;
  [field: string]: unknown;
}

/** One event of a stream, as the server sent it. */
export interface ChatCompletionChunk {
  /** The server's name for this answer, the same on each of its chunks. */
  id: string;
  object: "chat.completion.chunk";
  /** When the answer was created, in seconds since 1970. */
  created: number;
  /** The model, by its name at the server. */
  model: string;
  /** What is new. Always an array; empty on a chunk that holds only the usage. */
  choices: ChunkChoice[];
  /** The tokens used so far. */
  usage?: Usage | null;
  [field: string]: unknown;
}

/**
 * The chunks of an answer, an AsyncGenerator. The request is sent at the first `next()`. `return()`, `break` and a throw in
 * the loop end it at once: the connection is closed, and the server stops generating.
 */
export interface ChatStream extends AsyncGenerator<ChatCompletionChunk, undefined, undefined> {}
