import type { FaultId } from "../call/faults.js";
import type { Ask } from "./ask.js";
import { el } from "./dom.js";

/** Something to see at one press, before anything is filled in. */
interface Try {
  label: string;
  fault: FaultId;
  tool: boolean;
  /** A message that fits it better than the first one. */
  message?: string;
}

const TRIES: readonly Try[] = [
  { label: "Watch it stream", fault: "none", tool: false },
  { label: "Refuse it once", fault: "busy", tool: false },
  { label: "Cut it off", fault: "cut", tool: false },
  { label: "Let it call a tool", fault: "none", tool: true, message: "What is the weather like in Lisbon?" },
];

function tryButton({ label, fault, tool, message }: Try, ask: Ask, go: () => void): HTMLElement {
  const button = el("button", { type: "button" }, label);
  button.addEventListener("click", () => {
    ask.endpoint.value = "emulator";
    ask.fault.value = fault;
    ask.tool.checked = tool;
    // What the visitor has typed stays.
    if (message && ask.message.value === ask.message.defaultValue) ask.message.value = message;
    go();
  });
  return button;
}

/**
 * Fills the place of the first answer with things to try. They run against the emulator.
 * @param go - called when the fields are set
 */
export function showTries(target: HTMLElement, ask: Ask, go: () => void): void {
  target.replaceChildren(
    el(
      "div",
      { class: "placeholder" },
      el("p", {}, "Send the message, or begin with one of these:"),
      el("div", { class: "presets" }, ...TRIES.map((attempt) => tryButton(attempt, ask, go))),
    ),
  );
}
