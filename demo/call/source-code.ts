const NAME = /^[A-Za-z_$][\w$]*$/;
const MAX_LINE_LENGTH = 60;

/** Writes a list on one line, or with an item on each line if that is too long. */
export function writeList(items: string[], [open, close]: readonly [string, string], depth = 0): string {
  const oneLine = `${open}${items.join(", ")}${close}`;
  if (items.length === 0) return open.trim() + close.trim();
  if (oneLine.length + 2 * depth < MAX_LINE_LENGTH && !oneLine.includes("\n")) return oneLine;
  const indent = "  ".repeat(depth + 1);
  return `${open.trim()}\n${items.map((item) => `${indent}${item},\n`).join("")}${"  ".repeat(depth)}${close.trim()}`;
}

/**
 * A JSON value as a programmer would write it: names without quotes, short lists on one line.
 * @param depth - the indentation, in levels of two spaces
 */
export function toSource(value: unknown, depth = 0): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => toSource(item, depth + 1));
    return writeList(items, ["[", "]"], depth);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const items = fields.map(([name, field]) => {
    return `${NAME.test(name) ? name : JSON.stringify(name)}: ${toSource(field, depth + 1)}`;
  });
  return writeList(items, ["{ ", " }"], depth);
}

/** A text as one word of a POSIX shell. */
export function toShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** JavaScript for inside a script element: no string in it can end the element. */
export function escapeScript(code: string): string {
  return code.replaceAll("</", "<\\/").replaceAll("<!--", "<\\!--");
}
