const NAME = /^[A-Za-z_$][\w$]*$/;

function list(items: string[], open: string, close: string, depth: number): string {
  const oneLine = `${open}${items.join(", ")}${close}`;
  if (items.length === 0) return open.trim() + close.trim();
  if (oneLine.length + 2 * depth < 90 && !oneLine.includes("\n")) return oneLine;
  const indent = "  ".repeat(depth + 1);
  return `${open.trim()}\n${items.map((item) => `${indent}${item},\n`).join("")}${"  ".repeat(depth)}${close.trim()}`;
}

/**
 * A value as a programmer would write it: names without quotes, short things on one line.
 * @param depth - how deep it stands, in levels of two spaces
 */
export function toSource(value: unknown, depth = 0): string {
  if (Array.isArray(value)) {
    return list(
      value.map((item) => toSource(item, depth + 1)),
      "[",
      "]",
      depth,
    );
  }
  if (value !== Object(value)) return JSON.stringify(value) ?? "undefined";
  const entries = Object.entries(value as object).filter(([, field]) => field !== undefined);
  const fields = entries.map(([name, field]) => {
    return `${NAME.test(name) ? name : JSON.stringify(name)}: ${toSource(field, depth + 1)}`;
  });
  return list(fields, "{ ", " }", depth);
}

/** A text as one word of a POSIX shell. */
export function toShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Code for inside a script element: nothing in it can end the element. */
export function escapeHTML(code: string): string {
  return code.replaceAll("</", "<\\/").replaceAll("<!--", "<\\!--");
}
