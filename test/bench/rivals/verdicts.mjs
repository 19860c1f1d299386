/**
 * The vocabulary of the comparison as data: each verdict, when it holds and what it means, in the order in which they are
 * tried.
 *
 * @typedef {object} Seen What one run of a scenario showed.
 * @property {boolean} crashed The process died of an error that its caller could not catch.
 * @property {boolean} finished The call ended, with or without an error, within the row's limit.
 * @property {string[]} texts The text of each choice.
 * @property {[name: string, args: unknown][]} [toolCalls] What the client made of the tool calls.
 * @property {boolean} other An item was yielded that is no chunk.
 * @property {{ name: string, own: boolean, reason: boolean }} [error] What the call threw. `own`: not merely a class of
 * the language or the platform (Error, TypeError, SyntaxError …); `reason`: the signal's reason, or named as an abort.
 * @property {string} [callback] The callback that received an error which the loop did not throw.
 * @property {number} ms From the call to its end.
 * @property {number} memory Bytes by which the process grew.
 * @property {import("./scripted-server.mjs").ServerLog} server
 * @property {import("./scripted-server.mjs").ServerLog} elsewhere The other origin of a redirect.
 *
 * @typedef {import("./scenarios.mjs").Scenario} Scenario
 */

const isTextLost = (seen, { text = "Hello, world" }) => (seen.texts[0] ?? "") !== text;

/** The rule for scenarios that have none of their own. @param {Seen} seen @param {Scenario} scenario */
function isRight(seen, scenario) {
  if (scenario.isRight) return scenario.isRight(seen);
  if (!seen.finished || seen.other || isTextLost(seen, scenario)) return false;
  return scenario.fails ? Boolean(seen.error?.own) : !seen.error;
}

/** @type {{ meaning?: string, find: (seen: Seen, scenario: Scenario) => string | false | undefined }[]} */
const verdicts = [
  {
    meaning:
      "**crash**: an unhandled rejection ends the process, although the caller caught what the loop threw; in parentheses " +
      "what a careful caller sees, one that attaches a handler to every promise of the result, used or not",
    find: (seen) => seen.crashed && "crash",
  },
  { find: (seen, scenario) => isRight(seen, scenario) && "right" },
  { find: (seen, scenario) => scenario.verdict?.(seen) },
  {
    meaning: "**hangs**: the loop still waited after 4 s",
    find: (seen) => !seen.finished && "hangs",
  },
  {
    meaning:
      "**throws** and a name: the failure is reported, but by a bare error of the language or the platform, " +
      "or after text was lost, which the verdict then says",
    find: (seen, scenario) =>
      seen.error && `${scenario.fails && isTextLost(seen, scenario) ? "loses text, " : ""}throws ${seen.error.name}`,
  },
  {
    meaning: "**a chunk**: the server's error was yielded like any other chunk",
    find: (seen) => seen.other && "a chunk",
  },
  {
    meaning:
      "**silent**: the loop ended without an error; **onError**, **onAbort**: only that callback was called, " +
      "which is what ai documents (without one it prints errors to the console)",
    find: (seen) => seen.callback && `silent, ${seen.callback}`,
  },
  { find: (seen) => seen.texts.join("") === "" && "silent, empty" },
  { find: (_, scenario) => (scenario.fails || scenario.caller) && "silent" },
  { find: (seen) => seen.texts[0]?.includes("\uFFFD") && "garbled" },
  {
    meaning: "**loses text**: the loop ended without an error, and less or other text was delivered",
    find: () => "loses text",
  },
];

/** The sentences that explain the verdicts which a reader may not guess. */
export const VERDICT_MEANINGS = verdicts.flatMap(({ meaning }) => meaning ?? []);

/** @param {Seen} seen @param {Scenario} scenario @returns {string} */
export function findVerdict(seen, scenario) {
  for (const { find } of verdicts) {
    const verdict = find(seen, scenario);
    if (verdict) return verdict;
  }
  throw new Error("the last verdict fits everything");
}

/**
 * One cell for a scenario with several scripts: the verdict that all share, else each that is not right with its label.
 *
 * @param {Record<string, string>} verdictByLabel
 */
export function formatCell(verdictByLabel) {
  const distinct = new Set(Object.values(verdictByLabel));
  if (distinct.size === 1) return [...distinct][0];
  return Object.entries(verdictByLabel)
    .flatMap(([label, verdict]) => (verdict === "right" ? [] : `${label}: ${verdict}`))
    .join("; ");
}
