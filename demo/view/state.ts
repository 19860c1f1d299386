import { formatTime } from "../call/metrics.ts";
import { contentOf, type Turn } from "../call/turn.ts";
import { byId, setText } from "./dom.ts";

const LABELS = {
  ready: "Ready",
  waiting: "Waiting",
  running: "Streaming",
  complete: "Complete",
  stopped: "Stopped",
  failed: "Failed",
};

/** Shows how far the latest turn has come; without one, that the page is ready. */
export function showState(turn?: Turn): void {
  const waits = turn?.outcome === "running" && turn.steps.length === 0;
  const state = waits ? "waiting" : (turn?.outcome ?? "ready");
  byId("state").dataset.outcome = state;
  setText(byId("state"), LABELS[state]);
}

/** Tells a screen reader that a call has ended. A failure is announced by its alert. */
export function announceEnd(turn: Turn): void {
  const words = contentOf(turn).split(/\s+/).filter(Boolean).length;
  const texts = {
    running: "",
    failed: "",
    complete: `Answer complete: ${words} words in ${formatTime(turn.duration ?? 0)}.`,
    stopped: `Stopped after ${words} words.`,
  };
  byId("status").textContent = texts[turn.outcome];
}
