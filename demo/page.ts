import type { Surroundings } from "./call/endpoints.js";
import { planOf } from "./call/fields.js";
import type { Price } from "./call/metrics.js";
import { type Published, snippetsOf } from "./call/snippets.js";
import { clearProblems, findAsk, readAsk } from "./view/ask.js";
import { codeInto } from "./view/code.js";
import { prepareControls, showNotes } from "./view/controls.js";
import { byId } from "./view/dom.js";
import { showMetrics } from "./view/metrics.js";
import { showState } from "./view/results.js";
import { showRoute } from "./view/route.js";
import { prepareSending } from "./view/sending.js";
import { showTries } from "./view/tries.js";

/** What the page is given when it starts. */
export interface Given {
  surroundings: Surroundings;
  published: Published;
  /** By slug. */
  prices: ReadonlyMap<string, Price>;
}

/** Brings the page to life: what is typed is shown as a route and as code at once, and sent when that is asked for. */
export function start({ surroundings, published, prices }: Given): void {
  const ask = findAsk();
  const showCode = codeInto(byId("tabs", HTMLElement), byId("snippet", HTMLElement));

  function changed(): void {
    const fields = readAsk(ask);
    const plan = planOf(fields, surroundings);
    showRoute(plan, fields);
    showNotes(fields, ask, surroundings);
    showCode(snippetsOf(plan, published));
    clearProblems(ask);
  }

  prepareControls(ask, surroundings, changed);
  const send = prepareSending(ask, surroundings, prices);
  showTries(byId("answer", HTMLElement), ask, () => {
    changed();
    void send();
  });
  showState("ready");
  showMetrics(byId("metrics", HTMLElement), undefined);
  changed();
}
