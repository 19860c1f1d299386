import { joinContent, type Step, type ToolUse, type Turn } from "../call/turn.ts";
import { el, setText } from "./dom.ts";
import { createMarkdown } from "./markdown.ts";

/** A turn in the page. */
export interface TurnView {
  element: HTMLElement;
  /** Follows the answer; holds the alert and the panel of the scenario. */
  foot: HTMLElement;
  /** Draws the turn as far as it has come. */
  draw: () => void;
}

/** A step of a turn in the page, and the function that draws it. */
interface StepView {
  element: HTMLElement;
  draw: (step: Step) => void;
}

function formatJSON(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function renderToolCard({ call, result }: ToolUse): HTMLElement {
  const { name, arguments: args } = call.function;
  return el(
    "div",
    { class: "tool-card" },
    el("p", {}, "Tool call ", el("code", {}, name)),
    el("pre", { tabindex: "0" }, formatJSON(args)),
    el("p", {}, result === undefined ? "Waiting for the result…" : "Result"),
    result === undefined ? undefined : el("pre", { tabindex: "0" }, formatJSON(result)),
  );
}

function createStepView(): StepView {
  const thoughts = el("p");
  const reasoning = el("details", { class: "reasoning", hidden: true }, el("summary", {}, "Reasoning"), thoughts);
  const prose = el("div", { class: "prose" });
  const tools = el("div");
  const drawProse = createMarkdown(prose);
  let drawnTools = "";
  return {
    element: el("div", { class: "step" }, reasoning, prose, tools),
    draw: (step) => {
      reasoning.hidden = !step.reasoning;
      setText(thoughts, step.reasoning);
      drawProse(step.content);
      const toolState = JSON.stringify(step.tools);
      if (toolState === drawnTools) return;
      drawnTools = toolState;
      tools.replaceChildren(...step.tools.map(renderToolCard));
    },
  };
}

/** Says how the answer ended, where it did not end by itself. */
function describeEnd(turn: Turn): string {
  const { outcome, steps } = turn;
  if (outcome === "failed") return "Not completed. Later requests leave this turn out.";
  if (outcome === "stopped") return joinContent(turn) ? "Stopped. The partial answer is kept." : "Stopped.";
  if (outcome === "running") return steps.length === 0 ? "Waiting for the first token…" : "";
  if (steps.at(-1)?.finishReason === "length") return "Cut off by the token limit (finish_reason: length).";
  return joinContent(turn) ? "" : "The answer is complete, but empty.";
}

/** Creates the view of a turn: the question and its answer. */
export function createTurnView(turn: Turn): TurnView {
  const steps = el("div", { class: "steps" });
  const end = el("p", { class: "end" });
  const foot = el("div", { class: "foot" });
  const views: StepView[] = [];
  return {
    element: el("li", { class: "turn" }, el("p", { class: "question" }, turn.question), steps, end, foot),
    foot,
    draw: () => {
      for (const [index, step] of turn.steps.entries()) {
        const view = views[index] ?? createStepView();
        if (!views[index]) steps.append(view.element);
        views[index] = view;
        view.draw(step);
      }
      setText(end, describeEnd(turn));
      steps.classList.toggle("running", turn.outcome === "running");
    },
  };
}
