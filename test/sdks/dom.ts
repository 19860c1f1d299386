/** A DOM for React on Node, whose own `fetch`, streams and abort signals stay. */

import { Window } from "happy-dom";
import { onTestFinished, vi } from "vitest";

/** Where the page is. */
export const ORIGIN = "http://page.test";

/** Puts a window of happy-dom in place until the test is over. */
export function installDOM(): Document {
  const window = new Window({ url: `${ORIGIN}/` });
  const document = window.document as unknown as Document;
  for (const [name, value] of Object.entries({ window, document, location: window.location })) {
    vi.stubGlobal(name, value);
  }
  // What React asks of a test that uses act().
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  onTestFinished(() => window.happyDOM.close());
  return document;
}
