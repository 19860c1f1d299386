import { byId } from "./dom.ts";

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };

function select(tabs: readonly HTMLElement[], selected: HTMLElement): void {
  for (const tab of tabs) {
    const isSelected = tab === selected;
    tab.setAttribute("aria-selected", String(isSelected));
    tab.tabIndex = isSelected ? 0 : -1;
    byId(tab.getAttribute("aria-controls") ?? "").hidden = !isSelected;
  }
}

/** Makes the tabs of a list work as the ARIA Authoring Practices say: arrow keys move between them, Tab leaves them. */
export function prepareTabs(list: Element): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  for (const [index, tab] of tabs.entries()) {
    // A panel may scroll, and what scrolls must be reachable by keyboard.
    byId(tab.getAttribute("aria-controls") ?? "").tabIndex = 0;
    tab.addEventListener("click", () => select(tabs, tab));
    tab.addEventListener("keydown", ({ key }) => {
      const next = STEPS[key] && tabs.at((index + STEPS[key]) % tabs.length);
      if (!next) return;
      select(tabs, next);
      next.focus();
    });
  }
}
