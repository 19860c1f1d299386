import type { Delta, FinishReason, Usage } from "../types/chat.ts";
import { isObject } from "../wire/json.ts";
import { type Answer, cutAtStop, generateAnswer } from "./answer.ts";
import type { ChatBody } from "./chat-validation.ts";
import type { ResolvedModel } from "./models.ts";
import type { EmulatorSettings } from "./options.ts";
import { countPromptTokens } from "./prompt.ts";
import { callReply } from "./reply.ts";
import { hashToHex, tokenize } from "./tokens.ts";
import { splitToolCall } from "./tool-calls.ts";

/** An answer, and what completions and chunks say about it. */
export interface Generation {
  id: string;
  model: string;
  answer: Answer;
  promptTokens: number;
  /** The most tokens of the answer. */
  maxTokens: number;
  /** Which chunks of a stream hold the usage. */
  usageChunks: "none" | "last" | "all";
}

/** Seconds since 1970. Constant, so that the same request gets the same bytes. */
export const CREATED_SECONDS = 1_793_491_200;

/**
 * Creates the answer to a validated request: that of the option `reply`, else the built-in one. A dedicated deployment
 * answers under whatever name the request calls it.
 * @throws {BasetenError} a rejection (400) if `reply` fails, or if no value fits a schema
 */
export async function createGeneration(
  chat: ChatBody,
  model: ResolvedModel,
  reply: EmulatorSettings["reply"],
): Promise<Generation> {
  const { stream: _, stream_options, ...identity } = chat;
  const promptTokens = countPromptTokens(chat.messages);
  const requestedTokens = chat.max_tokens ?? chat.max_completion_tokens ?? Number.POSITIVE_INFINITY;
  const generation = {
    id: `chatcmpl-${hashToHex(JSON.stringify(identity))}`,
    model: typeof chat.model === "string" ? chat.model : model.id,
    promptTokens,
    maxTokens: Math.min(requestedTokens, model.max_completion_tokens, Math.max(model.context_length - promptTokens, 1)),
    usageChunks: readUsageChunks(stream_options),
  };
  const answer = (reply && (await callReply(reply, chat))) ?? generateAnswer(chat, model);
  return { ...generation, answer: cutAtStop(answer, chat.stop) };
}

function readUsageChunks(options: unknown): Generation["usageChunks"] {
  if (!isObject(options)) return "all";
  if (options.include_usage === false) return "none";
  return options.continuous_usage_stats === false ? "last" : "all";
}

/** A token of an answer, and the usage up to it. */
export interface GeneratedToken {
  delta: Delta;
  usage: Usage;
}

/** How an answer ended, and its whole usage. */
interface GenerationEnd {
  finish_reason: FinishReason;
  /** The stop sequence that ended it. */
  stop_reason?: string;
  usage: Usage;
}

/**
 * Generates an answer token by token, up to its end or to `maxTokens`. Both streams and completions are made of these
 * tokens, so their answers are the same.
 */
export function* generateTokens({
  answer,
  maxTokens,
  promptTokens,
}: Generation): Generator<GeneratedToken, GenerationEnd> {
  let tokens = 0;
  let reasoningTokens = 0;
  for (const delta of generateDeltas(answer)) {
    if (tokens === maxTokens) {
      return { finish_reason: "length", usage: createUsage(promptTokens, tokens, reasoningTokens) };
    }
    tokens += 1;
    if (delta.reasoning_content) reasoningTokens += 1;
    yield { delta, usage: createUsage(promptTokens, tokens, reasoningTokens) };
  }
  return {
    finish_reason: answer.toolCalls.length > 0 ? "tool_calls" : "stop",
    ...(answer.stop !== undefined && { stop_reason: answer.stop }),
    usage: createUsage(promptTokens, tokens, reasoningTokens),
  };
}

function* generateDeltas({ reasoning, content, toolCalls }: Answer): Generator<Delta> {
  for (const token of tokenize(reasoning)) yield { reasoning_content: token };
  for (const token of tokenize(content)) yield { content: token };
  for (const [index, call] of toolCalls.entries()) yield* splitToolCall(call, index);
}

/** The usage of an answer, of which nothing is cached. */
export function createUsage(prompt_tokens: number, completion_tokens: number, reasoning_tokens: number): Usage {
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens },
  };
}
