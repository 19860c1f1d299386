import { BasetenError } from "baseten-fetch";
import { adviceOn, wantsRelay } from "../call/advice.js";
import type { EndpointId } from "../call/fields.js";
import { time } from "../call/metrics.js";
import { el } from "./dom.js";
import { relayHelp } from "./relay-help.js";

const SHOWN = ["status", "code", "type", "param", "url", "requestId", "attempts"] as const;

function fieldsOf(error: BasetenError): [string, string][] {
  const fields: [string, string][] = SHOWN.flatMap((name) => {
    const value = error[name];
    return value === undefined ? [] : [[name, String(value)] as [string, string]];
  });
  if (error.retryAfter !== undefined) fields.push(["retryAfter", time(error.retryAfter)]);
  return fields;
}

function fieldsView(error: BasetenError): HTMLElement {
  const rows = fieldsOf(error).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", { class: "mono" }, value)),
  );
  return el("dl", { class: "fields" }, ...rows);
}

function bodyView({ body }: BasetenError): HTMLElement[] {
  if (!body) return [];
  return [el("details", {}, el("summary", {}, "body"), el("pre", { tabindex: "0" }, body.slice(0, 4_000)))];
}

/** What is shown of a failure: the error's own name, words and fields, and what to do next. */
export function failureView(error: unknown, endpoint: EndpointId, origin: string, retry: () => void): HTMLElement {
  const known = error instanceof BasetenError;
  const name = error instanceof Error ? error.name : "Error";
  const again = el("button", { type: "button" }, "Retry");
  again.addEventListener("click", retry);
  return el(
    "div",
    { class: "failure" },
    // Said aloud when it appears; the rest is there to be read.
    el(
      "div",
      { class: "news", role: "alert" },
      el("h3", { class: "mono" }, name),
      el("p", { class: "words mono" }, error instanceof Error ? error.message : String(error)),
      el("p", { class: "next" }, adviceOn(error, { endpoint })),
    ),
    ...(wantsRelay(error, { endpoint }) ? [relayHelp(origin)] : []),
    again,
    ...(known ? [fieldsView(error), ...bodyView(error)] : []),
  );
}
