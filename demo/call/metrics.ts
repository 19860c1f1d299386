import type { Usage } from "baseten-fetch";
import type { Exchange } from "./exchange.js";

/** USD per token. */
export interface Price {
  prompt: number;
  completion: number;
  cached: number;
}

/** What is known of a call's speed and cost; `undefined` is not known, or not yet. */
export interface Metrics {
  /** Ms to the first token, reasoning included. */
  firstToken: number | undefined;
  /** Tokens a second from the first to the last. */
  rate: number | undefined;
  usage: Usage | undefined;
  /** USD. */
  cost: number | undefined;
  attempts: number;
  took: number | undefined;
}

const TOKENS: ReadonlySet<string> = new Set(["reasoning", "content", "tool"]);

/** What the tokens cost, cached ones at their own price. */
export function costOf(usage: Usage, { prompt, completion, cached }: Price): number {
  const hits = usage.prompt_tokens_details?.cached_tokens ?? 0;
  return (usage.prompt_tokens - hits) * prompt + hits * cached + usage.completion_tokens * completion;
}

/** Measures a call, also while it runs. */
export function measure({ marks, chunks, took }: Exchange, price: Price | undefined): Metrics {
  const tokens = marks.filter(({ kind }) => TOKENS.has(kind));
  const first = tokens[0]?.at;
  const span = (tokens.at(-1)?.at ?? 0) - (first ?? 0);
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage ?? undefined;
  const count = usage?.completion_tokens ?? tokens.length;
  return {
    firstToken: first,
    rate: span > 0 && count > 1 ? ((count - 1) * 1_000) / span : undefined,
    usage,
    cost: usage && price && costOf(usage, price),
    attempts: marks.filter(({ kind }) => kind === "request").length,
    took,
  };
}

/** `840 ms`, `2.35 s`. */
export function time(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** `$0.0000123`, to three digits that count. */
export function money(usd: number): string {
  return usd === 0 ? "$0" : `$${usd.toFixed(Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(usd)))))}`;
}
