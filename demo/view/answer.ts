import type { Exchange } from "../call/exchange.js";
import { el, setText } from "./dom.js";
import { markdownInto } from "./markdown.js";

type Draw = (exchange: Exchange) => void;

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** What a model thought, apart from what it said; open while that is all there is. */
function reasoningView(): { element: HTMLElement; draw: Draw } {
  const text = el("p", { class: "thoughts" });
  const element = el("details", { class: "reasoning", hidden: true }, el("summary", {}, "Reasoning"), text);
  let untouched = true;
  element.addEventListener("click", () => {
    untouched = false;
  });
  return {
    element,
    draw: ({ reasoning, content }) => {
      element.hidden = !reasoning;
      setText(text, reasoning);
      if (untouched) element.open = !content;
    },
  };
}

function toolsView(): { element: HTMLElement; draw: Draw } {
  const element = el("div", { class: "calls" });
  return {
    element,
    draw: ({ reply }) => {
      const calls = reply?.choices[0]?.message.tool_calls ?? [];
      const views = calls.map(({ function: { name, arguments: given } }) =>
        el(
          "div",
          { class: "call" },
          el("p", {}, "The model calls ", el("code", {}, name)),
          el("pre", { tabindex: "0" }, pretty(given)),
        ),
      );
      if (views.length > 0) element.replaceChildren(...views);
    },
  };
}

/** A word on how the answer ended, where it did not end of itself. */
function endingOf({ outcome, reply, content, reasoning }: Exchange): string {
  const reason = reply?.choices[0]?.finish_reason;
  if (outcome === "stopped")
    return content || reasoning ? "Stopped by you. What came, stays." : "Stopped by you, before anything came.";
  if (outcome !== "complete") return "";
  if (reason === "length") return "Cut by the limit of tokens (finish_reason: length).";
  return content || reply?.choices[0]?.message.tool_calls ? "" : "The answer is whole, and empty.";
}

/** Makes room for an answer; what it gives draws the exchange as far as it has come. */
export function answerInto(target: HTMLElement): Draw {
  const text = el("div", { class: "prose" });
  const ending = el("p", { class: "ending" });
  const reasoning = reasoningView();
  const tools = toolsView();
  const draw = markdownInto(text);
  target.replaceChildren(reasoning.element, text, tools.element, ending);
  return (exchange) => {
    reasoning.draw(exchange);
    draw(exchange.content);
    tools.draw(exchange);
    setText(ending, endingOf(exchange));
    target.classList.toggle("running", exchange.outcome === "running");
  };
}
