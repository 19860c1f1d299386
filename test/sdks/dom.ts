/** A DOM for React on Node, whose own `fetch`, streams and abort signals stay. */

import { Window } from "happy-dom";
import { onTestFinished, vi } from "vitest";

/** Where the page is. */
export const ORIGIN = "http://page.test";

/** Puts a window of happy-dom in place until the test is over. */
export function installDOM(url = `${ORIGIN}/`): Document {
  const window = new Window({ url });
  const document = window.document as unknown as Document;
  for (const [name, value] of Object.entries({ window, document, location: window.location })) {
    vi.stubGlobal(name, value);
  }
  onTestFinished(() => window.happyDOM.close());
  return document;
}
