import { BasetenError } from "baseten-fetch";
import { type Action, adviseOn } from "../call/advice.ts";
import type { Environment } from "../call/form.ts";
import type { Turn } from "../call/turn.ts";
import { prepareCopy } from "./copy.ts";
import { button, type Child, el } from "./dom.ts";

const LABELS: Record<Action, string> = {
  retry: "Retry",
  "use-relay": "Use the relay",
  "use-emulator": "Use the emulator",
};

const MAX_BODY_CHARS = 4_000;

/** A relay for Deno that sends the caller's own key on, and what to do with it. */
function renderRelayHelp(origin: string): HTMLElement {
  const serve = `Deno.serve({ port: 8000 }, relay({ origins: [${JSON.stringify(origin)}] }));`;
  const lines = ["// deno run --allow-net relay.ts", 'import { relay } from "npm:baseten-fetch/relay";', "", serve];
  const code = el("pre", { tabindex: "0" }, lines.join("\n"));
  const copy = el("button", { type: "button", class: "small" }, "Copy");
  prepareCopy(copy, () => code);
  const text = "This is a relay. Run it, then select Custom URL and enter http://localhost:8000/v1.";
  return el("div", { class: "relay-help" }, el("div", { class: "row" }, el("p", {}, text), copy), code);
}

function renderBody(error: unknown): Child {
  if (!(error instanceof BasetenError) || !error.body) return undefined;
  const body = el("pre", { tabindex: "0" }, error.body.slice(0, MAX_BODY_CHARS));
  return el("details", {}, el("summary", {}, "The server's answer"), body);
}

/** The alert for a failed turn: the error's name and message, what to do next, and the buttons that do it. */
export function renderErrorAlert(
  turn: Turn,
  environment: Environment,
  onAction: (action: Action) => void,
): HTMLElement {
  const { error } = turn;
  const { text, actions, showsRelay } = adviseOn(error, turn, environment);
  const [name, message] = error instanceof Error ? [error.name, error.message] : ["Error", String(error)];
  // A screen reader reads the alert when it appears; the rest is there to be read later.
  const alert = el(
    "div",
    { role: "alert" },
    el("h3", { class: "mono" }, name),
    el("p", { class: "mono message" }, message),
    el("p", { class: "next" }, text),
  );
  const buttons = actions.map((action) => button(() => onAction(action), LABELS[action]));
  return el(
    "div",
    { class: "alert" },
    alert,
    el("div", { class: "buttons" }, buttons),
    showsRelay ? renderRelayHelp(environment.origin) : undefined,
    renderBody(error),
  );
}
