import type { Timeouts } from "baseten-fetch";
import type { EmulatorOptions } from "baseten-fetch/emulator";

/** A bad day that the emulator can have. */
export interface BadDay {
  label: string;
  /** What to look for, in one sentence. */
  watch: string;
  emulator?: EmulatorOptions;
  /** Set where the default would make the visitor wait for minutes. */
  timeout?: Timeouts;
}

/** What goes wrong, and what the client should do about it. */
export const FAULTS = {
  none: { label: "Nothing, all is well", watch: "Choose a bad day for the emulator." },
  busy: {
    label: "429, then fine",
    watch: "The first request is refused. The client waits half a second, tries again, and the answer comes.",
    emulator: { faults: ["429"] },
  },
  down: {
    label: "503, again and again",
    watch: "Three requests, two waits between them, then the server's own error.",
    emulator: { faults: ["503", "503", "503"] },
  },
  cut: {
    label: "Cut mid-stream",
    watch: "The stream ends early without an error. Other clients call that a success.",
    emulator: { faults: ["truncate"] },
  },
  reset: {
    label: "Connection reset",
    watch: "The body breaks off. Nothing is sent twice: the work had begun, and would be billed again.",
    emulator: { faults: ["reset"] },
  },
  stall: {
    label: "Falls silent",
    watch: "The server stops talking. The idle timeout, here 3 s instead of 120 s, ends the wait.",
    emulator: { faults: ["stall"] },
    timeout: { idle: 3_000 },
  },
  badJson: {
    label: "An event that is no JSON",
    watch: "One event in the middle cannot be read. What came before it is kept.",
    emulator: { faults: ["badJson"] },
  },
  errorEvent: {
    label: "An error inside the stream",
    watch: "Status 200, and then the engine fails. The error is in an event, and is thrown as one.",
    emulator: { faults: ["errorEvent"] },
  },
  html: {
    label: "HTML with status 200",
    watch: "A login page or a proxy's greeting instead of an answer.",
    emulator: { faults: ["html"] },
  },
  refused: {
    label: "A key that is refused",
    watch: "Whatever the key, the server says no. No retry: the answer would be the same.",
    emulator: { apiKeys: ["a key that nobody has"] },
  },
  cold: {
    label: "A cold start",
    watch: "A deployment that slept holds the request for 4 s. Only dedicated ones sleep: take an 8-character code.",
    emulator: { coldStart: 4_000 },
  },
} satisfies Record<string, BadDay>;

export type FaultId = keyof typeof FAULTS;
