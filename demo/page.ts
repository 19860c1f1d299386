import { clearProblems, findAsk, readAsk } from "./ask.js";
import { codeInto } from "./code-view.js";
import { prepareControls, showNotes } from "./controls.js";
import { byId } from "./dom.js";
import type { Surroundings } from "./endpoints.js";
import { planOf } from "./fields.js";
import type { Price } from "./metrics.js";
import { showMetrics } from "./metrics-view.js";
import { showState } from "./results.js";
import { showRoute } from "./route-view.js";
import { prepareSending } from "./sending.js";
import { type Published, snippetsOf } from "./snippets.js";
import { showTries } from "./tries.js";

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
