import type { Mark, MarkKind } from "./recorder.js";

/** A silence on the wire that is long enough to be seen. */
export interface Gap {
  from: number;
  to: number;
}

/** A call's marks, ready to be drawn. */
export interface Timeline {
  /** Ms that the whole width stands for. */
  span: number;
  /** Where marks of each kind stand, as SVG path data over a width of {@link WIDTH}. */
  paths: Map<MarkKind, string>;
  /** The longest silences, longest first. */
  gaps: Gap[];
}

/** The width of the drawing, in its own units. */
export const WIDTH = 1_000;

/** A silence counts from here, in ms, and from this share of the whole. */
const SILENCE = 250;
const SHARE = 0.07;
const MOST_GAPS = 4;

function pathsOf(marks: readonly Mark[], span: number): Map<MarkKind, string> {
  const seen = new Map<MarkKind, Set<number>>();
  for (const { at, kind } of marks) {
    const places = seen.get(kind) ?? new Set<number>();
    // Marks that would fall on each other are drawn once: the path stays short however long the stream.
    seen.set(kind, places.add(Math.round((at / span) * WIDTH)));
  }
  return new Map(Array.from(seen, ([kind, places]) => [kind, Array.from(places, (x) => `M${x} 0V1`).join("")]));
}

function gapsOf(marks: readonly Mark[], span: number): Gap[] {
  return marks
    .map(({ at }, index): Gap => ({ from: marks[index - 1]?.at ?? 0, to: at }))
    .concat({ from: marks.at(-1)?.at ?? 0, to: span })
    .filter(({ from, to }) => to - from >= Math.max(SILENCE, span * SHARE))
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MOST_GAPS);
}

/**
 * Lays a call's marks out.
 * @param now - ms since the call began, or how long it took
 */
export function lay(marks: readonly Mark[], now: number): Timeline {
  const span = Math.max(now, marks.at(-1)?.at ?? 0, 1);
  return { span, paths: pathsOf(marks, span), gaps: gapsOf(marks, span) };
}

/** What an event of a stream is marked as. */
const EVENTS: ReadonlySet<MarkKind> = new Set(["reasoning", "content", "tool", "other", "done"]);

/** How many requests were sent, and how many events came. */
export function counts(marks: readonly Mark[]): { requests: number; events: number } {
  const requests = marks.filter(({ kind }) => kind === "request").length;
  const events = marks.filter(({ kind }) => EVENTS.has(kind)).length;
  return { requests, events };
}
