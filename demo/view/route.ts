import { BasetenError } from "baseten-fetch";
import { adviseOn } from "../call/advice.ts";
import type { Environment, Form } from "../call/form.ts";
import type { Plan } from "../call/plan.ts";
import { explainRoute, type RouteExplanation, type URLPart } from "../call/route-explanation.ts";
import { byId, type Child, el, setText } from "./dom.ts";

const SOURCES: Record<NonNullable<URLPart["source"]>, string> = {
  model: "from the model",
  environment: "the environment",
  url: "the base URL",
};

function renderMark(source: keyof typeof SOURCES, content: Child): HTMLElement {
  return el("mark", { class: `from-${source}`, title: SOURCES[source] }, content);
}

/** A part of the URL, whose lines may break after a slash. */
function renderPart({ text, source }: URLPart): Child {
  const pieces = text.split(/(?<=[^/]\/)(?!\/)/).flatMap((piece) => [piece, el("wbr")]);
  return source ? renderMark(source, pieces) : pieces;
}

function show(kind: string, summary: string, url: Child, body: Child, reason: string): void {
  const lines = byId("route-lines");
  setText(byId("route-kind"), kind);
  byId("route-kind").classList.toggle("refused", kind === "Refused");
  // A description of the field: a screen reader reads it with the field, not at each letter.
  setText(byId("route-status"), `${kind}: ${summary}`);
  setText(byId("route-reason"), reason);
  byId("route-url").replaceChildren(el("span", {}, url));
  byId("route-model").replaceChildren(el("span", {}, body));
  // What scrolls must be reachable by keyboard.
  if (lines.scrollHeight > lines.clientHeight) lines.tabIndex = 0;
  else lines.removeAttribute("tabindex");
}

function showExplanation({ kind, url, parts, model, reason }: RouteExplanation): void {
  const body = ['"model": ', renderMark("model", JSON.stringify(model))];
  show(kind, url, [el("span", { class: "method" }, "POST "), parts.map(renderPart)], body, reason);
}

/** Shows where a call will go, or why the client refuses it. */
export function showRoute(plan: Plan, form: Form, environment: Environment): void {
  try {
    showExplanation(explainRoute(plan, form));
  } catch (error) {
    if (!(error instanceof BasetenError)) throw error;
    const { text } = adviseOn(error, { ...form, scenario: "normal" }, environment);
    show("Refused", text, el("span", { class: "refused" }, text), undefined, error.message);
  }
}
