import type { MarkKind } from "./events.ts";
import type { Mark } from "./recorder.ts";

/** A pause between two marks that is long enough to be shown. */
export interface Gap {
  from: number;
  to: number;
}

/** The marks of a call, laid out on a time axis. */
export interface Timeline {
  /** Ms that the whole width stands for. */
  span: number;
  /** The positions of each kind of mark, as SVG path data over a width of {@link WIDTH}. */
  paths: Map<MarkKind, string>;
  /** The longest pauses, longest first. */
  gaps: Gap[];
}

/** The width of the drawing, in its own units. */
export const WIDTH = 1_000;

/** A pause is shown from this length in ms, and from this share of the whole. */
const MIN_GAP_MS = 250;
const MIN_GAP_SHARE = 0.12;
const MAX_GAPS = 4;

function layOutPaths(marks: readonly Mark[], span: number): Map<MarkKind, string> {
  const positions = new Map<MarkKind, Set<number>>();
  for (const { at, kind } of marks) {
    const ofKind = positions.get(kind) ?? new Set<number>();
    // Marks at the same position are drawn once, so that the path stays short however long the stream is.
    positions.set(kind, ofKind.add(Math.round((at / span) * WIDTH)));
  }
  return new Map(Array.from(positions, ([kind, xs]) => [kind, Array.from(xs, (x) => `M${x} 0V1`).join("")]));
}

function findGaps(marks: readonly Mark[], span: number): Gap[] {
  return marks
    .map(({ at }, index): Gap => ({ from: marks[index - 1]?.at ?? 0, to: at }))
    .concat({ from: marks.at(-1)?.at ?? 0, to: span })
    .filter(({ from, to }) => to - from >= Math.max(MIN_GAP_MS, span * MIN_GAP_SHARE))
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MAX_GAPS);
}

/**
 * Lays out the marks of a call.
 * @param elapsed - ms since the call began, or its whole duration
 */
export function layOut(marks: readonly Mark[], elapsed: number): Timeline {
  const span = Math.max(elapsed, marks.at(-1)?.at ?? 0, 1);
  return { span, paths: layOutPaths(marks, span), gaps: findGaps(marks, span) };
}
