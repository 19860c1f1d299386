import type { Action } from "../call/advice.ts";
import type { Comparison } from "../call/comparison.ts";
import { EXAMPLES, type Example } from "../call/emulator-replies.ts";
import type { Environment } from "../call/form.ts";
import type { Turn } from "../call/turn.ts";
import { button, byId, el } from "./dom.ts";
import { renderErrorAlert } from "./error-alert.ts";
import { renderScenarioPanel } from "./scenario-panel.ts";
import { createTurnView } from "./turn.ts";

/** How far from its end the thread may be scrolled and still follow the answer, in px. */
const FOLLOW_DISTANCE = 48;

/** What the thread needs from the page. */
export interface ThreadOptions {
  environment: Environment;
  comparison: Comparison;
  onExample: (example: Example) => void;
  onAction: (action: Action, turn: Turn) => void;
}

/** Keeps an element scrolled to its end until the visitor scrolls away from there. */
function createFollower(element: HTMLElement) {
  let follows = true;
  element.addEventListener("scroll", () => {
    follows = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOW_DISTANCE;
  });
  const follow = () => {
    if (follows) element.scrollTop = element.scrollHeight;
  };
  return {
    start: () => {
      follows = true;
      follow();
    },
    follow,
    /** Scrolls to the turn, or further until its alert is in view, if the visitor has not scrolled away. */
    showFrom: (turn: Element, alert: Element) => {
      if (!follows) return;
      const view = element.getBoundingClientRect();
      const toTurn = turn.getBoundingClientRect().top - view.top - 16;
      const toAlert = alert.getBoundingClientRect().bottom - view.bottom + 48;
      element.scrollTop += Math.max(toTurn, toAlert);
    },
  };
}

/** The conversation: the examples while it is empty, then its turns. */
export function createThread({ environment, comparison, onExample, onAction }: ThreadOptions) {
  const list = byId("turns");
  const welcome = byId("welcome");
  const { start, follow, showFrom } = createFollower(byId("thread"));
  for (const example of EXAMPLES)
    byId("examples").append(button(() => onExample(example), el("small", {}, example.label), example.question));

  function clearAlerts(): void {
    for (const alert of list.querySelectorAll(".alert")) alert.remove();
  }

  return {
    clearAlerts,
    /** Empties the thread. */
    clear(): void {
      list.replaceChildren();
      welcome.hidden = false;
    },
    /** Adds a turn and returns the function that draws it as far as it has come. */
    add(turn: Turn): () => void {
      const { element, draw, foot } = createTurnView(turn);
      clearAlerts();
      welcome.hidden = true;
      list.append(element);
      start();
      let hasEnded = false;
      return () => {
        draw();
        // The prices may arrive after the end.
        if (hasEnded) return;
        follow();
        hasEnded = turn.duration !== undefined;
        if (!hasEnded) return;
        if (turn.outcome === "failed")
          foot.append(renderErrorAlert(turn, environment, (action) => onAction(action, turn)));
        if (turn.scenario !== "normal") foot.append(renderScenarioPanel(turn, comparison));
        if (foot.firstElementChild) showFrom(element, foot.firstElementChild);
      };
    },
  };
}
