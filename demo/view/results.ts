import type { Exchange } from "../call/exchange.js";
import type { EndpointId } from "../call/fields.js";
import { measure, type Price } from "../call/metrics.js";
import { answerInto } from "./answer.js";
import { byId, perFrame, setText } from "./dom.js";
import { failureView } from "./failure.js";
import { showMetrics } from "./metrics.js";
import { timelineInto } from "./timeline.js";

const STATES: Record<Exchange["outcome"] | "ready" | "waiting", string> = {
  ready: "Ready",
  waiting: "Waiting",
  running: "Streaming",
  complete: "Complete",
  stopped: "Stopped",
  failed: "Failed",
};

/** Says how far the call is. */
export function showState(outcome: keyof typeof STATES): void {
  const state = byId("state", HTMLElement);
  state.dataset.outcome = outcome;
  setText(state, STATES[outcome]);
}

/** How often a silence is seen to grow, in ms. */
const TICK = 100;

/** What a result is shown with. */
export interface Showing {
  endpoint: EndpointId;
  origin: string;
  price: Price | undefined;
  retry: () => void;
}

function placesOfTimeline() {
  return {
    strip: byId("strip", HTMLElement),
    events: byId("events", HTMLDetailsElement),
    list: byId("event-list", HTMLElement),
    summary: byId("timeline-summary", HTMLElement),
  };
}

/**
 * Makes room for a call's results, and draws them once per animation frame, however fast they come.
 * @returns a function to call whenever something has changed
 */
export function showResults(exchange: Exchange, { endpoint, origin, price, retry }: Showing): () => void {
  const places = placesOfTimeline();
  const region = byId("answer-region", HTMLElement);
  const failure = byId("failure", HTMLElement);
  const metrics = byId("metrics", HTMLElement);
  const drawAnswer = answerInto(byId("answer", HTMLElement));
  const drawTimeline = timelineInto(places);
  failure.replaceChildren();
  const schedule = perFrame(() => {
    const running = exchange.outcome === "running";
    region.setAttribute("aria-busy", String(running));
    showState(running && exchange.chunks.length === 0 ? "waiting" : exchange.outcome);
    drawAnswer(exchange);
    drawTimeline(exchange);
    showMetrics(metrics, measure(exchange, price));
    if (exchange.outcome !== "failed" || failure.hasChildNodes()) return;
    failure.append(failureView(exchange.error, endpoint, origin, retry));
  });
  places.events.ontoggle = schedule;
  const ticking = setInterval(() => (exchange.outcome === "running" ? schedule() : clearInterval(ticking)), TICK);
  schedule();
  return schedule;
}
