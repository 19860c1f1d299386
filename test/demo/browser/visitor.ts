/** What a visitor can do with a page, the same in every browser. Elements are found by CSS selectors. */
export interface Visitor {
  /** The browser's name and version. */
  browser: string;
  open(url: string): Promise<void>;
  /** Gives the page this size, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  /** Puts a text into a field in place of what it held. */
  fill(selector: string, text: string): Promise<void>;
  /** Picks an option by its value. */
  choose(selector: string, value: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** Presses Enter where the field has the focus. */
  enter(selector: string): Promise<void>;
  /** The value of a JavaScript expression in the page, as JSON. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

/** Evaluates an expression in the page until it is true. */
export async function until(visitor: Visitor, expression: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await visitor.evaluate<boolean>(`Boolean(${expression})`)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never true in ${visitor.browser}: ${expression}`);
}
