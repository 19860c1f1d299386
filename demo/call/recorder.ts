import type { Fetch } from "baseten-fetch";
import { type Description, describeEvent } from "./events.ts";

/** A request as it was sent, with its API key masked. */
export interface SentRequest {
  method: string;
  url: string;
  headers: [name: string, value: string][];
  body: string;
}

/** Something that happened during a call. */
export interface Mark extends Description {
  /** Ms since the call began. */
  at: number;
  /** The text that was sent or received. */
  raw?: string;
  request?: SentRequest;
}

/** Adds a mark; the time is the listener's to add. */
export type AddMark = (mark: Omit<Mark, "at">) => void;

const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;

/** The name of anything that was thrown. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}

/** The error's name and message as one line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What `fetch` is about to send, without the API key. */
export function maskRequest(url: string, { method = "GET", headers, body }: RequestInit = {}): SentRequest {
  const masked = Array.from(new Headers(headers), ([name, value]): [string, string] => {
    return name === "authorization" ? ["Authorization", "Bearer ***"] : [name, value];
  });
  return { method, url, headers: masked, body: String(body ?? "") };
}

/** Splits the text of an event stream into events. */
function eventSplitter(onEvent: (raw: string) => void): (text: string) => void {
  let buffer = "";
  return (text) => {
    const events = (buffer + text).split(BLANK_LINE);
    buffer = events.pop() ?? "";
    for (const event of events) if (event) onEvent(event);
  };
}

/** The same body, whose events are recorded as they are read. Back-pressure and cancellation pass through. */
function recordBody(body: ReadableStream<Uint8Array>, addMark: AddMark): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const split = eventSplitter((raw) => addMark({ ...describeEvent(raw), raw }));
  let cancelled = false;
  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await reader.read();
      if (cancelled) return;
      split(done ? "\n\n" : decoder.decode(value, { stream: true }));
      if (!done) return controller.enqueue(value);
      addMark({ kind: "response", label: "End of the body" });
      controller.close();
    } catch (error) {
      addMark({ kind: "failure", label: "The body broke off", raw: describeError(error) });
      throw error;
    }
  }
  function cancel(reason: unknown): Promise<void> {
    cancelled = true;
    return reader.cancel(reason);
  }
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

function formatHead({ status, headers }: Response): string {
  return [`HTTP ${status}`, ...Array.from(headers, ([name, value]) => `${name}: ${value}`)].join("\n");
}

/**
 * Wraps a fetch so that each request, response and event is recorded. The client has no hooks: a fetch that is wrapped is
 * how anything is observed.
 */
export function recordFetch(fetch: Fetch, addMark: AddMark): Fetch {
  return async (input, init) => {
    const request = maskRequest(String(input), init);
    addMark({
      kind: "request",
      label: `${request.method} ${new URL(request.url).pathname}`,
      raw: request.body,
      request,
    });
    try {
      const response = await fetch(input, init);
      addMark({
        kind: response.ok ? "response" : "failure",
        label: `Status ${response.status}`,
        raw: formatHead(response),
      });
      if (!response.ok || !response.body) return response;
      const { status, headers } = response;
      return new Response(recordBody(response.body, addMark), { status, headers });
    } catch (error) {
      addMark({ kind: "failure", label: "The request failed", raw: describeError(error) });
      throw error;
    }
  };
}
