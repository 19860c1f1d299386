import { formatTime, formatUSD, type Metrics, measure } from "../call/metrics.ts";
import { joinContent, type Turn } from "../call/turn.ts";
import { byId, setText } from "./dom.ts";

const LABELS = {
  ready: "Ready",
  waiting: "Waiting",
  running: "Streaming",
  complete: "Complete",
  stopped: "Stopped",
  failed: "Failed",
};

function findState(turn: Turn | undefined): keyof typeof LABELS {
  if (turn?.outcome === "running" && turn.steps.length === 0) return "waiting";
  return turn?.outcome ?? "ready";
}

function format<T>(value: T | undefined, write: (value: T) => string): string {
  return value === undefined ? "–" : write(value);
}

function showMetrics(metrics: Partial<Metrics>): void {
  const { firstToken, rate, promptTokens, completionTokens, cost, attempts, duration } = metrics;
  const values = {
    first: format(firstToken, formatTime),
    rate: format(rate, (perSecond) => perSecond.toFixed(perSecond < 10 ? 1 : 0)),
    tokens: format(completionTokens, (count) => `${promptTokens} + ${count}`),
    cost: format(cost, formatUSD),
    attempts: format(attempts || undefined, String),
    duration: format(duration, formatTime),
  };
  for (const [name, text] of Object.entries(values)) setText(byId(`metric-${name}`), text);
}

/** Shows how far the latest turn has come, and its measurements; without a turn, that the page is ready. */
export function showStatus(turn?: Turn): void {
  const state = findState(turn);
  byId("state").dataset.outcome = state;
  setText(byId("state"), LABELS[state]);
  byId("answer-region").setAttribute("aria-busy", String(turn?.outcome === "running"));
  showMetrics(turn ? measure(turn) : {});
}

/** Tells a screen reader that a call has ended. A failure is announced by its alert. */
export function announceEnd(turn: Turn): void {
  const words = joinContent(turn).split(/\s+/).filter(Boolean).length;
  const texts = {
    running: "",
    failed: "",
    complete: `Answer complete: ${words} words in ${formatTime(turn.duration ?? 0)}.`,
    stopped: `Stopped after ${words} words.`,
  };
  byId("status").textContent = texts[turn.outcome];
}
