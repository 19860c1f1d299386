import { BasetenError } from "baseten-fetch";
import { type Comparison, compareClients } from "../call/comparison.ts";
import { formatCount, formatTime, measure } from "../call/metrics.ts";
import { readErrorName } from "../call/recorder.ts";
import { findScenario, type ScenarioId } from "../call/scenarios.ts";
import { joinContent, type Turn } from "../call/turn.ts";
import { type Child, el } from "./dom.ts";

/** What the sentence above does not say yet. */
const FIELDS = ["status", "code", "type", "requestId"] as const;

function describeOutcome(turn: Turn): string {
  const { attempts, firstToken } = measure(turn);
  if (turn.outcome === "stopped") return "You stopped the call.";
  if (turn.outcome === "complete")
    return `${formatCount(attempts, "attempt")}, first token after ${formatTime(firstToken ?? 0)}, then the answer.`;
  const retries = ["nothing is sent", "no retry"][attempts] ?? formatCount(attempts, "attempt");
  const kept = joinContent(turn) ? " The text before the failure is kept." : "";
  return `Throws ${readErrorName(turn.error)}, ${retries}.${kept}`;
}

function renderField(term: string, value: unknown): Child {
  return value === undefined ? undefined : el("div", {}, el("dt", {}, term), el("dd", {}, String(value)));
}

function renderOtherClients(comparison: Comparison, scenario: ScenarioId): Child {
  const others = compareClients(comparison, scenario);
  if (others.length === 0) return undefined;
  const rows = others.map(([client, outcome]) => renderField(client, outcome));
  const note = el("p", { class: "note" }, `Measured on ${comparison.date} by npm run bench:rivals.`);
  return [el("h3", {}, "Other clients"), el("dl", {}, rows), note];
}

/** What this client did in a scenario, and what other clients do with the same failure. */
export function renderScenarioPanel(turn: Turn, comparison: Comparison): HTMLElement {
  const { error, scenario } = turn;
  const fields =
    error instanceof BasetenError ? FIELDS.map((field) => renderField(`error.${field}`, error[field])) : [];
  return el(
    "section",
    { class: "scenario-panel", "aria-label": findScenario(scenario).label },
    el("h3", {}, "This client"),
    el("p", {}, describeOutcome(turn)),
    el("dl", { class: "mono" }, fields),
    renderOtherClients(comparison, scenario),
  );
}
