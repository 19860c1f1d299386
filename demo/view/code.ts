import type { Snippet } from "../call/snippets.js";
import { copyable } from "./copy.js";
import { el } from "./dom.js";

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };

/** Tabs as the ARIA practices have them: arrows move between them, Tab leaves them. */
export function codeInto(tabs: HTMLElement, panel: HTMLElement): (snippets: readonly Snippet[]) => void {
  let shown: readonly Snippet[] = [];
  let selected = 0;
  const buttons: HTMLButtonElement[] = [];

  function draw(): void {
    for (const [at, button] of buttons.entries()) {
      button.setAttribute("aria-selected", String(at === selected));
      button.tabIndex = at === selected ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", buttons[selected]?.id ?? "");
    panel.replaceChildren(copyable(shown[selected]?.code ?? ""));
  }

  function select(at: number): void {
    selected = (at + shown.length) % shown.length;
    draw();
  }

  function tabOf({ id, label }: Snippet, at: number): HTMLButtonElement {
    const tab = el("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": panel.id }, label);
    tab.addEventListener("click", () => select(at));
    tab.addEventListener("keydown", ({ key }) => {
      const step = STEPS[key];
      if (!step) return;
      select(selected + step);
      buttons[selected]?.focus();
    });
    return tab;
  }

  return (snippets) => {
    shown = snippets;
    if (buttons.length === 0) {
      buttons.push(...snippets.map(tabOf));
      tabs.replaceChildren(...buttons);
    }
    draw();
  };
}
