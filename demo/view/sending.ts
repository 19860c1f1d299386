import type { Surroundings } from "../call/endpoints.js";
import { begin, type Exchange, run } from "../call/exchange.js";
import { planOf } from "../call/fields.js";
import { type Price, time } from "../call/metrics.js";
import { type Ask, clearProblems, isMissing, readAsk } from "./ask.js";
import { byId, setText } from "./dom.js";
import { showResults } from "./results.js";

/** The two buttons; one of them works at a time. */
interface Buttons {
  send: HTMLButtonElement;
  stop: HTMLButtonElement;
}

/** Changes which button works, and takes the focus along if it stood on the other. */
function turn({ send, stop }: Buttons, running: boolean): void {
  const [on, off] = running ? [stop, send] : [send, stop];
  on.disabled = false;
  if (document.activeElement === off) on.focus();
  off.disabled = true;
}

/** What is said to a screen reader when a call has ended: once, and not the answer token by token. */
function summaryOf({ outcome, content, took = 0 }: Exchange): string {
  const words = content.trim().split(/\s+/).filter(Boolean).length;
  if (outcome === "complete") return `The answer is complete: ${words} words in ${time(took)}.`;
  // A failure is an alert already.
  return outcome === "stopped" ? `Stopped, with ${words} words.` : "";
}

function bringIntoView(region: HTMLElement): void {
  const { top } = region.getBoundingClientRect();
  if (top < innerHeight * 0.7) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  region.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}

function isEnter({ key, shiftKey, isComposing }: KeyboardEvent): boolean {
  return key === "Enter" && !shiftKey && !isComposing;
}

/**
 * Makes Send, Stop and Enter work. One call at a time.
 * @returns what Send does
 */
export function prepareSending(
  ask: Ask,
  surroundings: Surroundings,
  prices: ReadonlyMap<string, Price>,
): () => Promise<void> {
  const buttons: Buttons = { send: byId("send", HTMLButtonElement), stop: byId("stop", HTMLButtonElement) };
  const status = byId("status", HTMLElement);
  let running: AbortController | undefined;

  async function send(): Promise<void> {
    if (running) return;
    clearProblems(ask);
    if (isMissing(ask, surroundings)) return;
    running = new AbortController();
    turn(buttons, true);
    setText(status, "Sent. The answer is on its way.");
    await show(running.signal);
    running = undefined;
    turn(buttons, false);
  }

  async function show(signal: AbortSignal): Promise<void> {
    const fields = readAsk(ask);
    const exchange = begin();
    const price = prices.get(fields.model.replace(/^baseten\//, ""));
    const showing = { endpoint: fields.endpoint, origin: surroundings.origin, price, retry: () => void send() };
    const changed = showResults(exchange, showing);
    // The button that asked, a Retry or a first try, may just have gone.
    if (document.activeElement === document.body) buttons.stop.focus();
    bringIntoView(byId("answer-region", HTMLElement));
    await run(planOf(fields, surroundings), exchange, { key: () => ask.key.value, signal, changed });
    setText(status, summaryOf(exchange));
  }

  buttons.send.addEventListener("click", () => void send());
  buttons.stop.addEventListener("click", () => running?.abort());
  ask.message.addEventListener("keydown", (event) => {
    if (!isEnter(event)) return;
    event.preventDefault();
    void send();
  });
  return send;
}
