import { el, setText } from "./dom.js";
import { explain, KINDS, type Part, type Reading, wordsOf } from "./explain.js";
import type { Fields, Plan } from "./fields.js";

const SOURCES: Record<NonNullable<Part["from"]>, string> = {
  model: "from the model",
  environment: "the environment",
  address: "the base URL",
};

function mark(text: string, from: NonNullable<Part["from"]>): HTMLElement {
  return el("mark", { class: `from-${from}`, title: SOURCES[from] }, text);
}

function urlView(parts: Part[]): HTMLElement {
  const pieces = parts.filter(({ text }) => text).map(({ text, from }) => (from ? mark(text, from) : text));
  return el("p", { class: "url mono" }, el("span", { class: "verb" }, "POST "), ...pieces);
}

/** The model string in the two pieces that it is read as, each with its meaning under it. */
function modelView({ prefix, name, route }: Reading): HTMLElement {
  const meaning = {
    "model-api": "the model’s name",
    dedicated: "the deployment’s code",
    proxy: "the proxy’s name for it",
    custom: "the model’s name",
  };
  const pieces = [el("div", {}, el("dt", { class: "mono" }, mark(name, "model")), el("dd", {}, meaning[route.kind]))];
  if (prefix) {
    const fate = route.kind === "proxy" ? "prefix: names the proxy" : "prefix: taken off";
    pieces.unshift(el("div", {}, el("dt", { class: "mono prefix" }, prefix), el("dd", {}, fate)));
  }
  return el("dl", { class: "pieces" }, ...pieces);
}

function bodyView({ route }: Reading): HTMLElement {
  const model = mark(JSON.stringify(route.model), "model");
  return el("p", { class: "body mono" }, '{ "model": ', model, ', "messages": […], "stream": true }');
}

function readingView(reading: Reading): HTMLElement[] {
  const views = [
    el("p", { class: "kind" }, el("span", { class: `badge ${reading.route.kind}` }, KINDS[reading.route.kind])),
    modelView(reading),
    urlView(reading.parts),
    bodyView(reading),
    el("p", { class: "why" }, reading.why),
  ];
  if (reading.next)
    views.push(
      el("div", { class: "hop" }, el("p", { class: "hint" }, "and the relay sends it on:"), ...hopView(reading.next)),
    );
  return views;
}

function hopView(next: Reading): HTMLElement[] {
  return [
    el("p", { class: "kind" }, el("span", { class: `badge ${next.route.kind}` }, KINDS[next.route.kind])),
    urlView(next.parts),
  ];
}

function refusedView(words: string): HTMLElement[] {
  return [
    el("p", { class: "kind" }, el("span", { class: "badge refused" }, "Refused")),
    el("p", { class: "words mono" }, words),
    el("p", { class: "why" }, "These are the client’s own words. Nothing would be sent."),
  ];
}

/** Shows where a call will go; or, in the client's own words, why it goes nowhere. */
export function showRoute(region: HTMLElement, status: HTMLElement, plan: Plan, fields: Fields): void {
  try {
    const reading = explain(plan, fields);
    region.replaceChildren(...readingView(reading));
    setText(status, `${KINDS[reading.route.kind]}: ${reading.route.url}`);
  } catch (error) {
    const words = wordsOf(error);
    region.replaceChildren(...refusedView(words));
    setText(status, `Refused: ${words}`);
  }
}
