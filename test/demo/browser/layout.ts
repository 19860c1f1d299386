/** What the layout tests ask a page. Everything is a JavaScript expression, so that each browser can evaluate it. */

/** The sizes at which the demo is tested. */
export const SIZES: readonly (readonly [name: string, width: number, height: number])[] = [
  ["1440x900", 1_440, 900],
  ["1280x720", 1_280, 720],
  ["768x1024", 768, 1_024],
  ["390x844", 390, 844],
];

/** From this width on the page fills the window and does not scroll. */
export const DESKTOP_WIDTH = 1_100;

export interface Box {
  id: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The boxes that the visitor works with, in the page's coordinates, in whole pixels. */
export const BOXES = `[${[
  "#model",
  "#environment",
  "#presets",
  ".route",
  "#endpoint",
  "#endpoint-note",
  "#key",
  "#key-note",
  "#scenario",
  "#scenario-note",
  "#thread",
  ".metrics",
  "#message",
  "#tool",
  "#stop",
  "#send",
  ".inspector",
]
  .map((selector) => JSON.stringify(selector))
  .join(", ")}].map((id) => {
  const { left, top, right, bottom } = document.querySelector(id).getBoundingClientRect();
  const [x, y] = [(edge) => Math.round(edge + scrollX), (edge) => Math.round(edge + scrollY)];
  return { id, left: x(left), top: y(top), right: x(right), bottom: y(bottom) };
})`;

/** The pairs of boxes that overlap. */
export function overlaps(boxes: readonly Box[]): [string, string][] {
  return boxes.flatMap((a, index) =>
    boxes.slice(index + 1).flatMap((b): [string, string][] => {
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      return width > 0 && height > 0 ? [[a.id, b.id]] : [];
    }),
  );
}

/** Elements that are positioned over the page, or whose text is cut off without a way to scroll to it. */
export const MISPLACED = `[...document.querySelectorAll("body *")].filter((element) => {
  const { position, overflowX, overflowY, clipPath } = getComputedStyle(element);
  if (position === "fixed" || position === "sticky") return true;
  const hides = overflowX === "hidden" && overflowY === "hidden" && clipPath === "none";
  return hides && element.scrollHeight > element.clientHeight + 1 && element.clientHeight > 0;
}).map(({ id, className }) => id || String(className))`;
