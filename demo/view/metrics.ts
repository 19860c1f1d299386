import { type Metrics, money, time } from "../call/metrics.js";
import { el } from "./dom.js";

const UNKNOWN = "–";

function tokens({ usage }: Metrics): string {
  if (!usage) return UNKNOWN;
  const { prompt_tokens, completion_tokens } = usage;
  return `${prompt_tokens} in, ${completion_tokens} out`;
}

function details({ usage }: Metrics): string {
  const cached = usage?.prompt_tokens_details?.cached_tokens;
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens;
  return [reasoning ? `${reasoning} reasoning` : "", cached ? `${cached} cached` : ""].filter(Boolean).join(", ");
}

/** Draws what was measured; names and numbers, in an order that does not change. */
export function showMetrics(list: HTMLElement, metrics: Metrics | undefined): void {
  const { firstToken, rate, cost, attempts, took } = metrics ?? {};
  const rows: [name: string, value: string, more?: string | undefined][] = [
    ["First token", firstToken === undefined ? UNKNOWN : time(firstToken)],
    ["Speed", rate === undefined ? UNKNOWN : `${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s`],
    ["Tokens", metrics ? tokens(metrics) : UNKNOWN, metrics && details(metrics)],
    ["Cost", cost === undefined ? UNKNOWN : money(cost), cost === undefined ? "" : "list price, Nov. 2026"],
    ["Attempts", attempts ? String(attempts) : UNKNOWN],
    ["In all", took === undefined ? UNKNOWN : time(took)],
  ];
  const views = rows.map(([name, value, more]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value, ...(more ? [el("small", {}, more)] : []))),
  );
  list.replaceChildren(...views);
}
