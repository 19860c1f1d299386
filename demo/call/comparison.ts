import { findScenario, type ScenarioId } from "./scenarios.ts";

/** What clients do when a server fails: a part of `test/bench/rivals/results.json`. */
export interface Comparison {
  /** The day of the measurement, as `2026-11-25`. */
  date: string;
  clients: string[];
  rows: { id: string; server: string; outcomes: Record<string, string> }[];
}

/** The verdicts of the measurement by how they begin, in words for a reader who has not seen how it was made. */
const VERDICTS: readonly (readonly [verdict: string, meaning: string])[] = [
  ["right", "Throws an error of its own"],
  ["silent, onError", "Ends as if complete; only onError is called"],
  ["silent, onAbort", "Ends as if complete; only onAbort is called"],
  ["silent, empty", "Ends as if complete, without any text"],
  ["silent", "Ends as if complete"],
  ["hangs", "Still waiting after 4\u00a0s"],
  ["crash", "Crashes the process (unhandled rejection)"],
  ["a chunk", "Yields the error as if it were text"],
];

function explainVerdict(verdict: string): string {
  const meaning = VERDICTS.find(([start]) => verdict.startsWith(start))?.[1];
  return meaning ?? verdict.replace(/^throws /, "Throws a bare ");
}

/** What each other client does in a scenario; nothing where none was measured. */
export function compareClients(
  { clients, rows }: Comparison,
  scenario: ScenarioId,
): [client: string, outcome: string][] {
  const row = rows.find(({ id }) => id === findScenario(scenario).comparison);
  return clients.flatMap((client): [string, string][] => {
    const verdict = client === "baseten-fetch" ? undefined : row?.outcomes[client];
    return verdict === undefined ? [] : [[client, explainVerdict(verdict)]];
  });
}
