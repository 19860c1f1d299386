import { formatTime, formatUSD, type Metrics } from "../call/metrics.ts";
import { byId, setText } from "./dom.ts";

function format<T>(value: T | undefined, write: (value: T) => string): string {
  return value === undefined ? "–" : write(value);
}

/** Shows the measurements of a turn in the line of metrics; without one, that none are known. */
export function showMetrics(metrics: Partial<Metrics> = {}): void {
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
