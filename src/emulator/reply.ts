import type { Delta, FinishReason, Usage } from "../types/chat.ts";
import { type Answer, answerTo } from "./answer.ts";
import type { ChatBody } from "./check.ts";
import type { Model } from "./models.ts";
import { countPrompt } from "./prompt.ts";
import { hash, tokensOf } from "./text.ts";
import { deltasOf } from "./tools.ts";

/**
 * An answer, with all that a completion says of it.
 * @internal
 */
export interface Reply {
  id: string;
  model: string;
  answer: Answer;
  /** Tokens of the prompt. */
  prompt: number;
  /** Most tokens of the answer. */
  limit: number;
  /** Which chunks of a stream tell of the usage. */
  usage: "none" | "last" | "all";
}

/**
 * Seconds since 1970. Fixed, so that the same request gets the same bytes.
 * @internal
 */
export const CREATED = 1_793_491_200;

/**
 * The reply to a request that was checked. A dedicated deployment answers by whatever name it is called.
 * @internal
 */
export function replyTo(chat: ChatBody, model: Model): Reply {
  const { stream, stream_options, ...same } = chat;
  const prompt = countPrompt(chat.messages);
  const asked = chat.max_tokens ?? chat.max_completion_tokens ?? Number.POSITIVE_INFINITY;
  const usage = stream_options?.continuous_usage_stats === false ? "last" : "all";
  return {
    id: `chatcmpl-${hash(JSON.stringify(same)).toString(16).padStart(8, "0")}`,
    model: typeof chat.model === "string" ? chat.model : model.id,
    answer: answerTo(chat, model),
    prompt,
    limit: Math.min(asked, model.max_completion_tokens, Math.max(model.context_length - prompt, 1)),
    usage: stream_options?.include_usage === false ? "none" : usage,
  };
}

/**
 * A token of a reply, and the tokens that there were until it.
 * @internal
 */
export interface Spoken {
  delta: Delta;
  usage: Usage;
}

/** How a reply ended, and its last usage. */
interface Ending {
  finish_reason: FinishReason;
  /** The stop sequence that ended it. */
  stop_reason?: string;
  usage: Usage;
}

/**
 * Speaks a reply, token by token as each is asked for, until its end or its limit. Streams and completions are both
 * made of this, and so are the same.
 * @internal
 */
export function* speak({ answer, limit, prompt }: Reply): Generator<Spoken, Ending> {
  let tokens = 0;
  let reasoning = 0;
  for (const delta of deltasIn(answer)) {
    if (tokens === limit) return { finish_reason: "length", usage: usageOf(prompt, tokens, reasoning) };
    tokens += 1;
    if (delta.reasoning_content) reasoning += 1;
    yield { delta, usage: usageOf(prompt, tokens, reasoning) };
  }
  return {
    finish_reason: answer.calls.length > 0 ? "tool_calls" : "stop",
    ...(answer.stop !== undefined && { stop_reason: answer.stop }),
    usage: usageOf(prompt, tokens, reasoning),
  };
}

function* deltasIn({ reasoning, content, calls }: Answer): Generator<Delta> {
  for (const token of tokensOf(reasoning)) yield { reasoning_content: token };
  for (const token of tokensOf(content)) yield { content: token };
  for (const [index, call] of calls.entries()) yield* deltasOf(call, index);
}

/**
 * The usage of a reply at a token of it. Nothing is ever cached.
 * @internal
 */
export function usageOf(prompt_tokens: number, completion_tokens: number, reasoning_tokens: number): Usage {
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens },
  };
}
