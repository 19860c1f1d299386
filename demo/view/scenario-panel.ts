import { BasetenError } from "baseten-fetch";
import { type Comparison, compareClients } from "../call/comparison.ts";
import { formatTime, measure } from "../call/metrics.ts";
import { errorName } from "../call/recorder.ts";
import { findScenario } from "../call/scenarios.ts";
import { contentOf, type Turn } from "../call/turn.ts";
import { el } from "./dom.ts";

/** What the sentence above does not say yet. */
const FIELDS = ["status", "code", "type", "requestId"] as const;

function describeOutcome(turn: Turn): string {
  const { attempts, firstToken } = measure(turn);
  const retries = ["nothing is sent", "no retry"][attempts] ?? `${attempts} attempts`;
  if (turn.outcome === "stopped") return "You stopped the call.";
  if (turn.outcome === "complete")
    return `${retries}, first token after ${formatTime(firstToken ?? 0)}, then the answer.`;
  const kept = contentOf(turn) ? " The text before the failure is kept." : "";
  return `throws ${errorName(turn.error)}, ${retries}.${kept}`;
}

function fieldRows(error: unknown): HTMLElement[] {
  if (!(error instanceof BasetenError)) return [];
  return FIELDS.flatMap((field) => {
    const value = error[field];
    return value === undefined ? [] : [row(`error.${field}`, String(value))];
  });
}

function row(term: string, value: string): HTMLElement {
  return el("div", {}, el("dt", {}, term), el("dd", {}, value));
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What this client did in a scenario, and what other clients do with the same failure. */
export function scenarioPanel(turn: Turn, comparison: Comparison): HTMLElement {
  const { label } = findScenario(turn.scenario);
  const others = compareClients(comparison, turn.scenario);
  return el(
    "section",
    { class: "scenario-panel", "aria-label": label },
    el("h3", {}, "This client"),
    el("p", {}, capitalize(describeOutcome(turn))),
    el("dl", { class: "mono" }, ...fieldRows(turn.error)),
    ...(others.length > 0
      ? [
          el("h3", {}, "Other clients"),
          el("dl", {}, ...others.map(([client, outcome]) => row(client, outcome))),
          el("p", { class: "note" }, `Measured on ${comparison.date} by npm run bench:rivals.`),
        ]
      : []),
  );
}
