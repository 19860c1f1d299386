import { contentOf, type Step, type ToolUse, type Turn } from "../call/turn.ts";
import { el, setText } from "./dom.ts";
import { createMarkdown } from "./markdown.ts";

/** An element and the function that draws its content. */
interface View<T> {
  element: HTMLElement;
  draw: (content: T) => void;
}

function formatJSON(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function toolCard({ call, result }: ToolUse): HTMLElement {
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

function stepView(): View<Step> {
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
      tools.replaceChildren(...step.tools.map(toolCard));
    },
  };
}

/** Says how the answer ended, where it did not end by itself. */
function describeEnd(turn: Turn): string {
  const { outcome, steps } = turn;
  if (outcome === "failed") return "Not completed. Later requests leave this turn out.";
  if (outcome === "stopped") return contentOf(turn) ? "Stopped. The partial answer is kept." : "Stopped.";
  if (outcome === "running") return steps.length === 0 ? "Waiting for the first token…" : "";
  if (steps.at(-1)?.finishReason === "length") return "Cut off by the token limit (finish_reason: length).";
  return contentOf(turn) ? "" : "The answer is complete, but empty.";
}

/** A question with its answer; what `foot` holds follows the answer. */
export function turnView(turn: Turn): View<Turn> & { foot: HTMLElement } {
  const steps = el("div", { class: "steps" });
  const end = el("p", { class: "end" });
  const foot = el("div", { class: "foot" });
  const views: View<Step>[] = [];
  return {
    element: el("li", { class: "turn" }, el("p", { class: "question" }, turn.question), steps, end, foot),
    foot,
    draw: () => {
      for (const [index, step] of turn.steps.entries()) {
        const view = views[index] ?? stepView();
        if (!views[index]) steps.append(view.element);
        views[index] = view;
        view.draw(step);
      }
      setText(end, describeEnd(turn));
      steps.classList.toggle("running", turn.outcome === "running");
    },
  };
}
