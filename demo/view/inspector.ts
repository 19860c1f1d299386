import { type PublishedScript, writeCode } from "../call/code-samples.ts";
import type { Plan } from "../call/plan.ts";
import { describeError, type SentRequest } from "../call/recorder.ts";
import { previewRequest } from "../call/run-turn.ts";
import type { Turn } from "../call/turn.ts";
import { prepareCopy } from "./copy.ts";
import { byId, setText } from "./dom.ts";
import { createEvents } from "./events.ts";
import { prepareTabs } from "./tabs.ts";

function formatRequest({ method, url, headers, body }: SentRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${url}`, ...lines, "", JSON.stringify(JSON.parse(body), null, 2)].join("\n");
}

function showRequest(note: string, request: SentRequest | Error): void {
  setText(byId("request-note"), note);
  setText(byId("request"), request instanceof Error ? describeError(request) : formatRequest(request));
}

/** Makes the inspector work, and returns what shows the next call and what shows a turn. */
export function createInspector(published: PublishedScript) {
  const drawEvents = createEvents();
  let latest: Plan | undefined;
  let sent: SentRequest | undefined;
  for (const list of document.querySelectorAll('[role="tablist"]')) prepareTabs(list);
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copies]")) {
    const { copies } = button.dataset;
    prepareCopy(button, () => document.querySelector(`#panel-${copies} pre:not([hidden])`));
  }

  return {
    /** Shows the call that Send would make. */
    async showPlan(plan: Plan): Promise<void> {
      latest = plan;
      const request = await previewRequest(plan);
      if (plan !== latest) return;
      const samples = writeCode(plan, request, published);
      for (const [language, code] of Object.entries(samples)) setText(byId(`code-${language}`), code);
      if (!sent) showRequest("The next request, not sent yet.", request);
    },
    /** Forgets the last call, so that the next request is shown. */
    clear(): void {
      sent = undefined;
      drawEvents();
    },
    /** Shows the events and the last request of a turn, as far as it has come. */
    showTurn(turn: Turn): void {
      drawEvents(turn);
      const request = turn.marks.findLast((mark) => mark.request)?.request;
      if (!request || request === sent) return;
      sent = request;
      showRequest("The last request, as it was sent.", sent);
    },
  };
}
