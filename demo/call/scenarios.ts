import type { Timeouts } from "baseten-fetch";
import type { EmulatorOptions } from "baseten-fetch/emulator";

/** A way in which the emulator behaves. */
export interface Scenario {
  label: string;
  /** What the server does, in one sentence. */
  server: string;
  emulator?: EmulatorOptions;
  /** Set where the default timeout would make the visitor wait for minutes. */
  timeout?: Timeouts;
  /** The id of its row in `test/bench/rivals/results.json`. */
  comparison?: string;
  /** Whether only a dedicated deployment behaves so. */
  needsDeployment?: true;
}

/** The scenarios by id, in the order in which they are offered. */
export const SCENARIOS = {
  normal: { label: "Normal", server: "The server answers, and nothing fails." },
  rateLimited: {
    label: "Rate limited once",
    server: "The server refuses the first request with status 429 and answers the second.",
    emulator: { faults: ["429"] },
  },
  overloaded: {
    label: "Overloaded (503)",
    server: "The server refuses every request with status 503.",
    emulator: { faults: ["503", "503", "503"] },
  },
  truncated: {
    label: "Truncated stream",
    server: "The server closes the stream in the middle of the answer, without an error.",
    emulator: { faults: ["truncate"] },
    comparison: "no-finish",
  },
  reset: {
    label: "Connection reset",
    server: "The connection breaks in the middle of the answer.",
    emulator: { faults: ["reset"] },
    comparison: "socket-reset",
  },
  stalled: {
    label: "Stalled stream",
    server: "The server stops sending. The idle timeout is 3\u00a0s here instead of 120\u00a0s.",
    emulator: { faults: ["stall"] },
    timeout: { idle: 3_000 },
    comparison: "silent-mid-stream",
  },
  invalidJSON: {
    label: "Invalid JSON in the stream",
    server: "One event in the middle of the stream is not valid JSON.",
    emulator: { faults: ["badJson"] },
    comparison: "event-not-json",
  },
  errorEvent: {
    label: "Error inside the stream",
    server: "The status is 200, and then an event of the stream reports an error.",
    emulator: { faults: ["errorEvent"] },
    comparison: "error-event",
  },
  html: {
    label: "HTML instead of a stream",
    server: "The server answers with status 200 and an HTML page.",
    emulator: { faults: ["html"] },
    comparison: "html-or-json",
  },
  rejectedKey: {
    label: "Rejected API key",
    server: "The server rejects every API key.",
    emulator: { apiKeys: ["no request has this key"] },
  },
  coldStart: {
    label: "Slow cold start",
    server: "A dedicated deployment is scaled to zero and needs 4\u00a0s to start.",
    emulator: { coldStart: 4_000 },
    needsDeployment: true,
  },
} satisfies Record<string, Scenario>;

/** The key of a scenario in {@link SCENARIOS}. */
export type ScenarioId = keyof typeof SCENARIOS;

/** Whether a text is the id of a scenario. */
export function isScenarioId(text: string): text is ScenarioId {
  return Object.hasOwn(SCENARIOS, text);
}

/** The scenario with this id. */
export function findScenario(id: ScenarioId): Scenario {
  return SCENARIOS[id];
}
