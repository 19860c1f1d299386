import type { Action } from "./call/advice.ts";
import type { PublishedScript } from "./call/code-samples.ts";
import type { Comparison } from "./call/comparison.ts";
import { EXAMPLES, type Example } from "./call/emulator-replies.ts";
import type { EndpointId, Environment } from "./call/form.ts";
import { measure } from "./call/metrics.ts";
import { type Plan, planCall } from "./call/plan.ts";
import { runTurn } from "./call/run-turn.ts";
import { createTurn, type Turn, toMessages } from "./call/turn.ts";
import { prepareComposer } from "./view/composer.ts";
import { byId, perFrame } from "./view/dom.ts";
import { findFields, hasMissingField, MESSAGE_HINT, readForm, showNote } from "./view/fields.ts";
import { createInspector } from "./view/inspector.ts";
import { showMetrics } from "./view/metrics.ts";
import { showRoute } from "./view/route.ts";
import { prepareSetup } from "./view/setup.ts";
import { announceEnd, showState } from "./view/state.ts";
import { createThread } from "./view/thread.ts";

/** What the page is made with. */
export interface PlaygroundOptions {
  environment: Environment;
  published: PublishedScript;
  comparison: Comparison;
}

/** How often a pause is seen to grow, in ms. */
const TICK_MS = 100;

/** Makes the page work. */
export function startPlayground({ environment, published, comparison }: PlaygroundOptions): void {
  const fields = findFields();
  const inspector = createInspector(published);
  const thread = createThread({ environment, comparison, onExample: sendExample, onAction: act });
  const composer = prepareComposer(fields.message, {
    onSend: sendMessage,
    onStop: () => running?.abort(),
    onNewChat: clear,
  });
  const showNotes = prepareSetup(fields, environment, () => {
    thread.clearAlerts();
    update();
  });
  let turns: Turn[] = [];
  let running: AbortController | undefined;

  function planFor(question: string, history = turns): Plan {
    return planCall(readForm(fields), [...toMessages(history), { role: "user", content: question }], environment);
  }

  /** The call to show: of the message as it is written, or else of the last turn, or of an example. */
  function planToShow(): Plan {
    const last = turns.at(-1);
    if (fields.message.value || !last) return planFor(fields.message.value || EXAMPLES[0].question);
    return planFor(last.question, turns.slice(0, -1));
  }

  /** Shows where requests go and what they are. */
  function update(): void {
    const plan = planToShow();
    showNotes();
    showRoute(plan, readForm(fields), environment);
    showNote(fields.message, MESSAGE_HINT);
    void inspector.showPlan(plan);
  }

  async function send(question: string): Promise<void> {
    if (running || hasMissingField(fields, question, environment)) return;
    const plan = planFor(question);
    const turn = createTurn({ question, ...readForm(fields) });
    running = new AbortController();
    const draw = perFrame(show(turn));
    composer.setRunning(true);
    const timer = setInterval(draw, TICK_MS);
    draw();
    await runTurn(turn, plan, { readKey: () => fields.key.value, signal: running.signal, onChange: draw });
    clearInterval(timer);
    running = undefined;
    if (turn.outcome === "failed") fields.message.value ||= question;
    composer.setRunning(false);
    // New chat may have emptied the thread meanwhile.
    if (turns.at(-1) === turn) announceEnd(turn);
    update();
  }

  /** Adds a turn to the page and returns the function that draws it. */
  function show(turn: Turn): () => void {
    turns.push(turn);
    const drawTurn = thread.add(turn);
    composer.bringIntoView();
    return () => {
      if (turns.at(-1) !== turn) return;
      byId("answer-region").setAttribute("aria-busy", String(turn.outcome === "running"));
      showState(turn);
      drawTurn();
      showMetrics(measure(turn));
      inspector.showTurn(turn);
    };
  }

  function sendMessage(): void {
    const question = fields.message.value;
    if (running) return;
    void send(question);
    if (running) composer.clearMessage();
  }

  function sendExample({ question, offersTool }: Example): void {
    fields.tool.checked = offersTool;
    void send(question);
    // A missing key has kept it from being sent.
    if (!running) fields.message.value ||= question;
  }

  function act(action: Action, { question }: Turn): void {
    const endpoints: Partial<Record<Action, EndpointId>> = { "use-relay": "relay", "use-emulator": "emulator" };
    fields.endpoint.value = endpoints[action] ?? fields.endpoint.value;
    update();
    void send(question);
    if (running && fields.message.value === question) composer.clearMessage();
  }

  function clear(): void {
    running?.abort();
    turns = [];
    thread.clear();
    inspector.clear();
    byId("answer-region").setAttribute("aria-busy", "false");
    showState();
    showMetrics();
    update();
  }

  for (const field of [fields.message, fields.tool]) field.addEventListener("input", update);
  update();
}
