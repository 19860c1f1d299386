import type { Exchange } from "../call/exchange.js";
import { time } from "../call/metrics.js";
import type { Mark, MarkKind } from "../call/recorder.js";
import { counts, type Gap, lay, WIDTH } from "../call/timeline.js";
import { el, setText } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const KINDS: readonly MarkKind[] = ["other", "content", "reasoning", "tool", "response", "request", "done", "failure"];

/** How many events are listed; of a longer stream the first ones are. */
const LISTED = 400;

function svg(tag: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function gapView({ from, to }: Gap, span: number): HTMLElement {
  const view = el("span", { class: "gap" }, time(to - from));
  // The page's policy forbids style attributes; the style object is not one.
  view.style.left = `${(from / span) * 100}%`;
  view.style.width = `${((to - from) / span) * 100}%`;
  return view;
}

/** The strip: one line per mark, and the silences between them with their length. */
function stripInto(target: HTMLElement): (exchange: Exchange) => void {
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} 1`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const lines = new Map(
    KINDS.map((kind) => [kind, svg("path", { "data-kind": kind, "vector-effect": "non-scaling-stroke" })]),
  );
  picture.append(...lines.values());
  const gaps = el("div", { class: "gaps", "aria-hidden": "true" });
  target.replaceChildren(picture, gaps);
  return ({ marks, started, took }) => {
    const timeline = lay(marks, took ?? performance.now() - started);
    for (const [kind, line] of lines) line.setAttribute("d", timeline.paths.get(kind) ?? "");
    gaps.replaceChildren(...timeline.gaps.map((gap) => gapView(gap, timeline.span)));
  };
}

function rowView(mark: Mark, before: Mark | undefined): HTMLElement {
  const gap = mark.at - (before?.at ?? 0);
  const head = el(
    "summary",
    {},
    el("span", { class: "at mono" }, time(mark.at)),
    el("span", { class: `silence mono${gap > 250 ? " long" : ""}` }, `+${time(gap)}`),
    el("span", { class: "what", "data-kind": mark.kind }, mark.kind),
    el("span", { class: "label mono" }, mark.label),
  );
  const row = el("details", {}, head);
  // The text is made when somebody wants to see it.
  row.addEventListener(
    "toggle",
    () => row.children.length === 1 && row.append(el("pre", { tabindex: "0" }, mark.raw || "nothing")),
    { once: true },
  );
  return el("li", {}, row);
}

/** The list, which grows by what is new; nothing is drawn while it is closed. */
function listInto(list: HTMLElement): (marks: readonly Mark[]) => void {
  let drawn = 0;
  const more = el("li", { class: "hint", hidden: true });
  list.replaceChildren(more);
  return (marks) => {
    const fresh = marks.slice(drawn, LISTED).map((mark, index) => rowView(mark, marks[drawn + index - 1]));
    drawn += fresh.length;
    more.before(...fresh);
    more.hidden = marks.length <= LISTED;
    setText(more, `and ${marks.length - LISTED} more, which are not listed`);
  };
}

function summaryOf({ marks, took }: Exchange): string {
  const { requests, events } = counts(marks);
  const parts = [
    `${requests} ${requests === 1 ? "request" : "requests"}`,
    `${events} ${events === 1 ? "event" : "events"}`,
  ];
  return `${parts.join(", ")}${took === undefined ? "" : ` in ${time(took)}`}`;
}

/** The places of the page that a timeline is drawn into. */
export interface Places {
  strip: HTMLElement;
  events: HTMLDetailsElement;
  list: HTMLElement;
  summary: HTMLElement;
}

/** Makes room for a call's timeline; what it gives draws it as far as it has come. */
export function timelineInto({ strip, events, list, summary }: Places): (exchange: Exchange) => void {
  const drawStrip = stripInto(strip);
  const drawList = listInto(list);
  return (exchange) => {
    drawStrip(exchange);
    setText(summary, summaryOf(exchange));
    if (events.open) drawList(exchange.marks);
  };
}
