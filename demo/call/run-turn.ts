import { type Fetch, type Options, runTools, stream, type ToolEvent } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { replyTo } from "./emulator-replies.ts";
import type { Plan } from "./plan.ts";
import { loadPricing } from "./pricing.ts";
import { type AddMark, describeError, maskRequest, readErrorName, recordFetch, type SentRequest } from "./recorder.ts";
import { addEvent, type Turn } from "./turn.ts";
import { WEATHER_TOOL } from "./weather-tool.ts";

/** What a call needs beside its plan. */
export interface CallContext {
  /** Reads the visitor's API key; called for each attempt. */
  readKey: () => string;
  signal: AbortSignal;
  /** Called after every change of the turn. */
  onChange: () => void;
}

async function* callModel({ request, offersTool }: Plan, options: Options): AsyncGenerator<ToolEvent> {
  if (offersTool) return yield* runTools(request, WEATHER_TOOL, options);
  for await (const chunk of stream(request, options)) yield { type: "chunk", chunk };
}

/** The fetch that reaches the endpoint: an emulator of the call's own, or the page's. */
function resolveFetch(plan: Plan): Fetch {
  return plan.emulator ? emulator({ ...plan.emulator, reply: replyTo }) : (url, init) => globalThis.fetch(url, init);
}

function markEnd(turn: Turn, addMark: AddMark, { aborted }: AbortSignal): void {
  if (aborted) addMark({ kind: "response", label: "Stopped" });
  else addMark({ kind: "failure", label: readErrorName(turn.error), raw: describeError(turn.error) });
}

/** Makes the call and keeps the turn up to date until the call has ended. Never rejects: a failure is an outcome. */
export async function runTurn(turn: Turn, plan: Plan, { readKey, signal, onChange }: CallContext): Promise<void> {
  const addMark: AddMark = (mark) => {
    // A server may quote the key that it was sent.
    const key = plan.sendsKey ? readKey() : "";
    const raw = key ? mark.raw?.replaceAll(key, "***") : mark.raw;
    turn.marks.push({ at: performance.now() - turn.started, ...mark, ...(raw !== undefined && { raw }) });
    onChange();
  };
  const fetch = resolveFetch(plan);
  const options = { ...plan.options, ...(plan.sendsKey && { apiKey: readKey }), signal };
  void loadPricing(plan, { ...options, fetch: plan.emulator ? emulator() : fetch }).then((pricing) => {
    Object.assign(turn, pricing && { pricing });
    onChange();
  });
  try {
    for await (const event of callModel(plan, { ...options, fetch: recordFetch(fetch, addMark) })) {
      addEvent(turn, event);
      onChange();
    }
    turn.outcome = "complete";
  } catch (error) {
    turn.outcome = signal.aborted ? "stopped" : "failed";
    turn.error = error;
    markEnd(turn, addMark, signal);
  }
  turn.duration = performance.now() - turn.started;
  onChange();
}

/**
 * The first request of a call, without sending it.
 * @returns the request with its API key masked, or the error of a call that is refused before it is sent
 */
export async function previewRequest(plan: Plan): Promise<SentRequest | Error> {
  let request: SentRequest | undefined;
  const fetch: Fetch = (url, init) => {
    request = maskRequest(String(url), init);
    return Promise.reject(new TypeError("not sent"));
  };
  const options = { ...plan.options, ...(plan.sendsKey && { apiKey: "preview" }), fetch, maxRetries: 0 };
  try {
    await callModel(plan, options).next();
  } catch (error) {
    if (!request) return error instanceof Error ? error : new Error(String(error));
  }
  return request ?? new Error("No request was made.");
}
