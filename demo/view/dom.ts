type Attributes = Record<string, string | boolean | undefined>;

/** What an element holds: nodes, texts, lists of them, or nothing. */
export type Child = Node | string | undefined | readonly Child[];

/**
 * Creates an element. An attribute that is `true` is set, one that is `false` or `undefined` is not.
 * Children that are strings become text: no text is ever parsed as HTML here.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === "string" || child instanceof Node) parent.append(child);
    else append(parent, child);
  }
}

/** A button with a click listener. */
export function button(onClick: () => void, ...children: Child[]): HTMLButtonElement {
  const element = el("button", { type: "button" }, children);
  element.addEventListener("click", onClick);
  return element;
}

/** The element of the page with this id, which must be of this class. */
export function byId(id: string): HTMLElement;
export function byId<T extends Element>(id: string, kind: new () => T): T;
export function byId(id: string, kind: new () => Element = HTMLElement): Element {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no #${id}`);
  return found;
}

/** Calls `draw` at most once per animation frame. */
export function perFrame(draw: () => void): () => void {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  };
}

/** Sets an element's text unless it is the same already, so that nothing is written without a change. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
