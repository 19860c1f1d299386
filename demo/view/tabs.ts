import { byId } from "./dom.ts";

/** The tab that a key moves to, as the ARIA Authoring Practices' tabs pattern has it. */
const MOVES: Record<string, (tabs: readonly HTMLElement[], index: number) => HTMLElement | undefined> = {
  ArrowRight: (tabs, index) => tabs[(index + 1) % tabs.length],
  ArrowLeft: (tabs, index) => tabs.at(index - 1),
  Home: (tabs) => tabs[0],
  End: (tabs) => tabs.at(-1),
};

function select(tabs: readonly HTMLElement[], selected: HTMLElement): void {
  for (const tab of tabs) {
    const isSelected = tab === selected;
    tab.setAttribute("aria-selected", String(isSelected));
    tab.tabIndex = isSelected ? 0 : -1;
    byId(tab.getAttribute("aria-controls") ?? "").hidden = !isSelected;
  }
}

/** Makes the tabs of a list work: arrow keys, Home and End move between them, Tab leaves them. */
export function prepareTabs(list: Element): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => select(tabs, tab));
    tab.addEventListener("keydown", (event) => {
      const next = MOVES[event.key]?.(tabs, index);
      if (!next) return;
      // Home and End would scroll the page too.
      event.preventDefault();
      select(tabs, next);
      next.focus();
    });
  }
}
