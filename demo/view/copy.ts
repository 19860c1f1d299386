/** How long a button says that it has copied, in ms. */
const CONFIRMATION_MS = 1_600;

async function copyText(source: Element): Promise<string> {
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    return "Copied";
  } catch {
    // Without permission or a secure context the text is selected, so that the visitor can copy it by keyboard.
    getSelection()?.selectAllChildren(source);
    return "Selected";
  }
}

/**
 * Makes a button copy a text.
 * @param findSource - finds the element whose text is copied, at each click
 */
export function prepareCopy(button: HTMLButtonElement, findSource: () => Element | null): void {
  button.addEventListener("click", async () => {
    const source = findSource();
    if (!source) return;
    button.textContent = await copyText(source);
    setTimeout(() => {
      button.textContent = "Copy";
    }, CONFIRMATION_MS);
  });
}
