import { adviceOn } from "../call/advice.js";
import { explain, KINDS, type Part, type Reading, wordsOf } from "../call/explain.js";
import type { Fields, Plan } from "../call/fields.js";
import { byId, el, setText } from "./dom.js";

type Source = NonNullable<Part["from"]>;

const SOURCES: Record<Source, string> = {
  model: "from the model",
  environment: "the environment",
  address: "the base URL",
};

/** What a name is, once its prefix is off. */
const MEANINGS: Record<Reading["route"]["kind"], string> = {
  "model-api": "the model’s name",
  dedicated: "the deployment’s code",
  proxy: "the proxy’s name for it",
  custom: "the model’s name",
};

function mark(text: string, from: Source): HTMLElement {
  return el("mark", { class: `from-${from}`, title: SOURCES[from] }, text);
}

function pieceView(dt: HTMLElement, meaning: string): HTMLElement {
  return el("div", {}, dt, el("dd", {}, meaning));
}

/** The model string in the pieces that it is read as, each with its meaning under it. */
function modelView({ prefix, name, route }: Reading): HTMLElement {
  const fate = route.kind === "proxy" ? "names the proxy" : "taken off";
  const piece = pieceView(el("dt", { class: "mono" }, mark(name, "model")), MEANINGS[route.kind]);
  const pieces = prefix ? [pieceView(el("dt", { class: "mono prefix" }, prefix), fate), piece] : [piece];
  return el("dl", { class: "pieces" }, ...pieces);
}

function urlView(parts: Part[]): HTMLElement {
  const pieces = parts.filter(({ text }) => text).map(({ text, from }) => (from ? mark(text, from) : text));
  return el("p", { class: "url mono" }, el("span", { class: "verb" }, "POST "), ...pieces);
}

function bodyView({ route }: Reading): HTMLElement {
  const model = mark(JSON.stringify(route.model), "model");
  return el("p", { class: "body mono" }, '{ "model": ', model, ', "messages": […], … }');
}

function hopView(next: Reading): HTMLElement {
  const lead = `The relay reads the name by the same rules (${KINDS[next.route.kind]}) and sends it on:`;
  return el("div", { class: "hop" }, el("p", { class: "hint" }, lead), urlView(next.parts));
}

function readingView(reading: Reading): HTMLElement[] {
  return [
    modelView(reading),
    urlView(reading.parts),
    bodyView(reading),
    el("p", { class: "why" }, reading.why),
    ...(reading.next ? [hopView(reading.next)] : []),
  ];
}

function refusedView(words: string, advice: string): HTMLElement[] {
  return [el("p", { class: "words mono" }, words), el("p", { class: "why" }, `The client’s own words. ${advice}`)];
}

function show(kind: string, summary: string, views: HTMLElement[]): void {
  const badge = byId("route-kind", HTMLElement);
  setText(badge, kind);
  badge.classList.toggle("refused", kind === "Refused");
  // Heard by a screen reader with the field, not at each letter.
  setText(byId("route-status", HTMLElement), `${kind}: ${summary}`);
  byId("route", HTMLElement).replaceChildren(...views);
}

/** Shows where a call will go; or, in the client's own words, why it goes nowhere. */
export function showRoute(plan: Plan, fields: Fields): void {
  try {
    const reading = explain(plan, fields);
    show(KINDS[reading.route.kind], reading.route.url, readingView(reading));
  } catch (error) {
    const words = wordsOf(error);
    show("Refused", words, refusedView(words, adviceOn(error, fields)));
  }
}
