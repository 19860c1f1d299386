type Attributes = Record<string, string | boolean | undefined>;

/**
 * Creates an element. An attribute that is `true` is set, one that is `false` or `undefined` is not.
 * Children that are strings become text: no text is ever parsed as HTML here.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A button with a click listener. */
export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = el("button", { type: "button", ...attributes }, label);
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
