import { el } from "./dom.js";

/** How long the button says that it is done, in ms. */
const THANKS = 1_600;

async function copy(code: HTMLElement, text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    // No permission, or no secure context: the text is selected, and the visitor's own keys copy it.
    getSelection()?.selectAllChildren(code);
    return "Selected";
  }
}

/** Code with a button that copies it. */
export function copyable(text: string): HTMLElement {
  const code = el("code", {}, text);
  const button = el("button", { type: "button", class: "copy", "aria-live": "polite" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = await copy(code, text);
    setTimeout(() => {
      button.textContent = "Copy";
    }, THANKS);
  });
  return el("div", { class: "copyable" }, el("pre", { tabindex: "0" }, code), button);
}
