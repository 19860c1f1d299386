import type { Mark, MarkKind } from "./recorder.ts";

/** A pause between two marks that is long enough to be shown. */
export interface Gap {
  from: number;
  to: number;
}

/** The width of the drawing, in its own units. */
const WIDTH = 1_000;

/** A pause is shown from this length in ms, and from this share of the whole. */
const MIN_GAP_MS = 250;
const MIN_GAP_SHARE = 0.12;
const MAX_GAPS = 4;

/** The ms that the whole width stands for: from the beginning to the last mark, or to now. */
export function findSpan(marks: readonly Mark[], elapsed: number): number {
  return Math.max(elapsed, marks.at(-1)?.at ?? 0, 1);
}

/** The positions of one kind of mark, as SVG path data over a width of {@link WIDTH}. */
export function layOutMarks(marks: readonly Mark[], kind: MarkKind, span: number): string {
  const ofKind = marks.filter((mark) => mark.kind === kind);
  // Marks at the same position are drawn once, so that the path stays short however long the stream is.
  const positions = new Set(ofKind.map(({ at }) => Math.round((at / span) * WIDTH)));
  return Array.from(positions, (x) => `M${x} 0V1`).join("");
}

/** The longest pauses, longest first. */
export function findGaps(marks: readonly Mark[], span: number): Gap[] {
  return marks
    .map(({ at }, index): Gap => ({ from: marks[index - 1]?.at ?? 0, to: at }))
    .concat({ from: marks.at(-1)?.at ?? 0, to: span })
    .filter(({ from, to }) => to - from >= Math.max(MIN_GAP_MS, span * MIN_GAP_SHARE))
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MAX_GAPS);
}
