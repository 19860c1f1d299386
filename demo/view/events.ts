import { formatCount, formatTime } from "../call/metrics.ts";
import type { Mark, MarkKind } from "../call/recorder.ts";
import { findGaps, findSpan, type Gap, layOutMarks } from "../call/timeline.ts";
import type { Turn } from "../call/turn.ts";
import { byId, el, setText } from "./dom.ts";

const SVG = "http://www.w3.org/2000/svg";

/** The kinds of marks, those drawn on top last. */
const KINDS: readonly MarkKind[] = ["other", "content", "reasoning", "tool", "response", "request", "done", "failure"];

/** Of a longer stream the first events are listed. */
const MAX_ROWS = 400;

/** A pause from this length on stands out in the list. */
const LONG_GAP_MS = 250;

function createPath(kind: MarkKind): SVGElement {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("data-kind", kind);
  path.setAttribute("vector-effect", "non-scaling-stroke");
  return path;
}

function renderGap({ from, to }: Gap, span: number): HTMLElement {
  const view = el("span", {}, formatTime(to - from));
  // The page's policy forbids style attributes, but not the style object.
  view.style.left = `${(from / span) * 100}%`;
  view.style.width = `${((to - from) / span) * 100}%`;
  return view;
}

function renderEvent(mark: Mark, previous: Mark | undefined): HTMLElement {
  const gap = mark.at - (previous?.at ?? 0);
  const summary = el(
    "summary",
    {},
    el("span", { class: "time" }, formatTime(mark.at)),
    el("span", { class: gap > LONG_GAP_MS ? "gap long" : "gap" }, `+${formatTime(gap)}`),
    el("span", { class: "label", "data-kind": mark.kind }, mark.label.trim() || JSON.stringify(mark.label)),
  );
  const row = el("details", {}, summary);
  const showRaw = () => row.append(el("pre", { tabindex: "0" }, mark.raw || "(empty)"));
  // The raw text is added when it is opened: most rows never are.
  row.addEventListener("toggle", showRaw, { once: true });
  return el("li", {}, row);
}

function summarize({ marks, duration }: Turn): string {
  const requests = marks.filter(({ kind }) => kind === "request");
  const events = marks.filter(({ raw }) => raw?.startsWith("data"));
  const counts = `${formatCount(requests.length, "request")}, ${formatCount(events.length, "event")}`;
  return duration === undefined ? counts : `${counts} in ${formatTime(duration)}`;
}

/** What is drawn without a turn. */
const EMPTY: Pick<Turn, "marks" | "started" | "duration"> = { marks: [], started: 0, duration: 0 };

/** What is said in place of a summary before the first call. */
const HINT = "Every request, response and event appears here, on one time axis.";

/** Returns a function that draws the events of a turn: its marks on a time axis, and a row for each. */
export function createEvents(): (turn?: Turn) => void {
  const paths = new Map(KINDS.map((kind) => [kind, createPath(kind)]));
  byId("strip-marks", SVGElement).append(...paths.values());
  const list = byId("event-list");
  const more = el("li", { class: "note", hidden: true });
  let drawn: Turn | undefined;
  let rows = 0;

  function drawStrip(marks: readonly Mark[], elapsed: number): void {
    const span = findSpan(marks, elapsed);
    for (const [kind, path] of paths) path.setAttribute("d", layOutMarks(marks, kind, span));
    byId("strip-gaps").replaceChildren(...findGaps(marks, span).map((gap) => renderGap(gap, span)));
  }

  function drawRows(marks: readonly Mark[]): void {
    const fresh = marks.slice(rows, MAX_ROWS).map((mark, index) => renderEvent(mark, marks[rows + index - 1]));
    rows += fresh.length;
    more.before(...fresh);
    more.hidden = marks.length <= MAX_ROWS;
    setText(more, `${marks.length - MAX_ROWS} more events are not listed.`);
  }

  return (turn) => {
    if (turn !== drawn) {
      [drawn, rows] = [turn, 0];
      list.replaceChildren(more);
    }
    const { marks, started, duration = performance.now() - started } = turn ?? EMPTY;
    drawStrip(marks, duration);
    drawRows(marks);
    setText(byId("events-summary"), turn ? summarize(turn) : HINT);
  };
}
