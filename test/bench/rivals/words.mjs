/**
 * The vocabulary of the table, as data: each word, when it holds and what it means, in the order in which they are tried.
 *
 * @typedef {object} Seen What one case showed.
 * @property {boolean} crashed The process died of an error that its caller could not catch.
 * @property {boolean} finished The caller's loop ended, one way or the other, within the row's limit.
 * @property {string[]} texts The text of each choice.
 * @property {boolean} other An item was handed out that is no chunk.
 * @property {{ name: string, own: boolean, reason: boolean }} [error] What the loop threw. `own`: not merely a class of
 * the language or the platform (Error, TypeError, SyntaxError …); `reason`: the signal's reason, or named as an abort.
 * @property {string} [aside] The callback that heard of an error which the loop did not throw.
 * @property {number} ms From the call to the end of the loop.
 * @property {number} memory Bytes by which the process grew.
 * @property {import("./server.mjs").Heard} server
 * @property {import("./server.mjs").Heard} elsewhere The other origin of a redirect.
 *
 * @typedef {import("./rows.mjs").Row} Row
 */

const lost = (seen, row) => (seen.texts[0] ?? "") !== textOf(row);
const textOf = ({ text = "Hello, world" }) => text;

/** What is right where a row does not say so itself. @param {Seen} seen @param {Row} row */
function isRight(seen, row) {
  if (row.right) return row.right(seen);
  if (!seen.finished || seen.other || lost(seen, row)) return false;
  return row.fails ? Boolean(seen.error?.own) : !seen.error;
}

/** @type {{ meaning?: string, when: (seen: Seen, row: Row) => string | false | undefined }[]} */
const words = [
  {
    meaning:
      "**crash**: an unhandled rejection ends the process, although the caller caught what the loop threw; behind it what " +
      "a careful caller sees, who attaches a handler to each promise of the result that he has no use for",
    when: (seen) => seen.crashed && "crash",
  },
  { when: (seen, row) => isRight(seen, row) && "right" },
  { when: (seen, row) => row.word?.(seen) },
  {
    meaning: "**hangs**: the loop still waited after 4 s",
    when: (seen) => !seen.finished && "hangs",
  },
  {
    meaning:
      "**throws** and a name: the failure is told, but by a bare error of the language or the platform, " +
      "or after text got lost, which the verdict then says",
    when: (seen, row) => seen.error && `${row.fails && lost(seen, row) ? "loses text, " : ""}throws ${seen.error.name}`,
  },
  {
    meaning: "**a chunk**: the server's error was handed out as a chunk like any other",
    when: (seen) => seen.other && "a chunk",
  },
  {
    meaning:
      "**silent**: the loop ended as if all were well; **onError**, **onAbort**: only that callback was told, " +
      "which is what ai documents (without one it prints errors to the console)",
    when: (seen) => seen.aside && `silent, ${seen.aside}`,
  },
  { when: (seen) => seen.texts.join("") === "" && "silent, empty" },
  { when: (_, row) => (row.fails || row.caller) && "silent" },
  { when: (seen) => seen.texts[0]?.includes("\uFFFD") && "garbled" },
  {
    meaning: "**loses text**: the loop ended as if all were well, and less or other text was delivered",
    when: () => "loses text",
  },
];

/** The sentences that explain the words which a reader may not guess. */
export const meanings = words.flatMap(({ meaning }) => meaning ?? []);

/** @param {Seen} seen @param {Row} row @returns {string} */
export function verdict(seen, row) {
  for (const { when } of words) {
    const word = when(seen, row);
    if (word) return word;
  }
  throw new Error("the last word fits everything");
}

/**
 * One cell of a row with several cases: the verdict that all share, else each that is not right behind its label.
 *
 * @param {Record<string, string>} verdicts By label.
 */
export function cell(verdicts) {
  const found = new Set(Object.values(verdicts));
  if (found.size === 1) return [...found][0];
  return Object.entries(verdicts)
    .flatMap(([label, word]) => (word === "right" ? [] : `${label}: ${word}`))
    .join("; ");
}
