import { cost, type Usage } from "baseten-fetch";
import type { Turn } from "./turn.ts";

/** The measurements of a turn; `undefined` is not known, or not yet. */
export interface Metrics {
  /** Ms until the first token, reasoning included. */
  firstToken: number | undefined;
  /** Tokens per second from the first to the last. */
  rate: number | undefined;
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  /** USD. */
  cost: number | undefined;
  attempts: number;
  duration: number | undefined;
}

const TOKENS: ReadonlySet<string> = new Set(["reasoning", "content", "tool"]);

function sum(numbers: readonly (number | undefined)[]): number | undefined {
  if (numbers.length === 0) return undefined;
  return numbers.reduce((total, number) => (total === undefined || number === undefined ? undefined : total + number));
}

/** Measures a turn, also while it runs. */
export function measure({ marks, steps, duration, pricing }: Turn): Metrics {
  const tokens = marks.filter(({ kind }) => TOKENS.has(kind));
  const firstToken = tokens[0]?.at;
  const span = (tokens.at(-1)?.at ?? 0) - (firstToken ?? 0);
  const usages = steps.flatMap(({ usage }): Usage[] => (usage ? [usage] : []));
  const requests = marks.filter(({ kind }) => kind === "request").length;
  // The request that sends the results of tools is not a further attempt.
  const loops = steps.filter(({ tools }) => tools.length > 0).length;
  const completionTokens = sum(usages.map(({ completion_tokens }) => completion_tokens));
  return {
    firstToken,
    rate: span > 0 && tokens.length > 1 ? ((tokens.length - 1) * 1_000) / span : undefined,
    promptTokens: sum(usages.map(({ prompt_tokens }) => prompt_tokens)),
    completionTokens,
    cost: pricing && sum(usages.map((usage) => cost(usage, pricing))),
    attempts: Math.max(requests - loops, Math.min(requests, 1)),
    duration,
  };
}

/** `1 event`, `2 events`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `840 ms`, `2.35 s`. */
export function formatTime(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** `$0.0000123`, to three significant digits. */
export function formatUSD(usd: number): string {
  return usd === 0 ? "$0" : `$${usd.toFixed(Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(usd)))))}`;
}
