import type { Action } from "./call/advice.ts";
import type { PublishedScript } from "./call/code-samples.ts";
import type { Comparison } from "./call/comparison.ts";
import { EXAMPLES, type Example } from "./call/emulator-replies.ts";
import type { EndpointId, Environment } from "./call/form.ts";
import { type Plan, planCall } from "./call/plan.ts";
import { runTurn } from "./call/run-turn.ts";
import { createTurn, type Turn, toMessages } from "./call/turn.ts";
import { prepareComposer } from "./view/composer.ts";
import { perFrame } from "./view/dom.ts";
import { findFields, MESSAGE_HINT, readForm, reportMissingField, showNote } from "./view/fields.ts";
import { createInspector } from "./view/inspector.ts";
import { showRoute } from "./view/route.ts";
import { prepareSetup } from "./view/setup.ts";
import { announceEnd, showStatus } from "./view/status.ts";
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
    onSend: () => send(fields.message.value),
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

  /** Asks a question, unless a field is missing. Message is emptied if it holds the question, and keeps a draft. */
  async function send(question: string): Promise<void> {
    if (running) return;
    if (reportMissingField(fields, question, environment)) return keep(question);
    const plan = planFor(question);
    const turn = createTurn({ question, ...readForm(fields) });
    running = new AbortController();
    const draw = perFrame(show(turn));
    composer.setRunning(true);
    if (fields.message.value === question) composer.setMessage("");
    const timer = setInterval(draw, TICK_MS);
    draw();
    await runTurn(turn, plan, { readKey: () => fields.key.value, signal: running.signal, onChange: draw });
    clearInterval(timer);
    running = undefined;
    if (turn.outcome === "failed") keep(question);
    composer.setRunning(false);
    // New chat may have emptied the thread meanwhile.
    if (turns.at(-1) === turn) announceEnd(turn);
    update();
  }

  /** Puts a question that was not answered back into Message, unless there is a draft. */
  function keep(question: string): void {
    if (!fields.message.value) composer.setMessage(question);
  }

  /** Adds a turn to the page and returns the function that draws it. */
  function show(turn: Turn): () => void {
    turns.push(turn);
    const drawTurn = thread.add(turn);
    composer.bringIntoView();
    return () => {
      if (turns.at(-1) !== turn) return;
      drawTurn();
      showStatus(turn);
      inspector.showTurn(turn);
    };
  }

  function sendExample({ question, offersTool }: Example): void {
    fields.tool.checked = offersTool;
    void send(question);
  }

  function act(action: Action, { question }: Turn): void {
    const endpoints: Partial<Record<Action, EndpointId>> = { "use-relay": "relay", "use-emulator": "emulator" };
    fields.endpoint.value = endpoints[action] ?? fields.endpoint.value;
    update();
    void send(question);
  }

  function clear(): void {
    running?.abort();
    turns = [];
    thread.clear();
    inspector.clear();
    showStatus();
    update();
  }

  // What scrolls must be reachable by keyboard.
  for (const element of document.querySelectorAll<HTMLElement>("#thread, [role=tabpanel], #request"))
    element.tabIndex = 0;
  for (const field of [fields.message, fields.tool]) field.addEventListener("input", update);
  update();
}
