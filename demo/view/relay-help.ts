import { copyable } from "./copy.js";
import { el } from "./dom.js";

/** A relay that lets this page in. It holds no key: the visitor's own is passed on. */
export function relayLines(origin: string): string {
  return [
    'import { relay } from "npm:baseten-fetch/relay";',
    "",
    "// The caller's own key is passed on. To keep one here, add apiKey and authorize.",
    `const handler = relay({ origins: [${JSON.stringify(origin)}] });`,
    'Deno.serve({ hostname: "127.0.0.1", port: 8000 }, handler);',
  ].join("\n");
}

/** Those lines to copy, and what to do with them. */
export function relayHelp(origin: string): HTMLElement {
  return el(
    "div",
    { class: "help" },
    copyable(relayLines(origin)),
    el(
      "p",
      { class: "hint" },
      "Save them as relay.ts, run ",
      el("code", {}, "deno run --allow-net relay.ts"),
      ", choose “A URL of your own” and give it ",
      el("code", {}, "http://localhost:8000/v1"),
      ".",
    ),
  );
}
