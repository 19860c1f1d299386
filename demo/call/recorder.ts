import type { Fetch } from "baseten-fetch";
import { describe } from "./events.js";

/** What a mark on the timeline stands for. */
export type MarkKind = "request" | "response" | "reasoning" | "content" | "tool" | "other" | "done" | "failure";

/** Something that happened during a call, on the wire or to it. */
export interface Mark {
  /** Ms since the call began. */
  at: number;
  kind: MarkKind;
  label: string;
  /** What came, as it came. */
  raw?: string;
}

const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;

function textOfFailure(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Cuts the text of an event stream into its events; what is no whole event waits for more. */
function splitter(note: (raw: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const events = (rest + text).split(BLANK_LINE);
    rest = events.pop() ?? "";
    for (const event of events) if (event) note(event);
  };
}

/** The same body, noted while it is read; back-pressure and a reader that leaves pass through. */
function watched(body: ReadableStream<Uint8Array>, note: (mark: Omit<Mark, "at">) => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const utf8 = new TextDecoder();
  const split = splitter((raw) => note({ ...describe(raw), raw }));
  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await reader.read();
      split(done ? "\n\n" : utf8.decode(value, { stream: true }));
      if (!done) return controller.enqueue(value);
      note({ kind: "response", label: "end of the body" });
      controller.close();
    } catch (error) {
      note({ kind: "failure", label: "the body broke off", raw: textOfFailure(error) });
      throw error;
    }
  }
  return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
}

function headline({ status, headers }: Response): string {
  return [`HTTP ${status}`, ...Array.from(headers, ([name, value]) => `${name}: ${value}`)].join("\n");
}

/**
 * Wraps a fetch so that what passes through it is seen: each request, each response, each event of a body. This is how
 * anything is watched here; the client has no hooks, and needs none.
 * @param note - told of each mark as it happens
 */
export function record(fetch: Fetch, note: (mark: Omit<Mark, "at">) => void): Fetch {
  return async (input, init) => {
    // The body alone: the headers hold the key.
    note({
      kind: "request",
      label: `${init?.method ?? "GET"} ${new URL(String(input)).pathname}`,
      raw: String(init?.body ?? ""),
    });
    try {
      const response = await fetch(input, init);
      note({ kind: response.ok ? "response" : "failure", label: `status ${response.status}`, raw: headline(response) });
      if (!response.ok || !response.body) return response;
      const { status, headers } = response;
      return new Response(watched(response.body, note), { status, headers });
    } catch (error) {
      note({ kind: "failure", label: "the request failed", raw: textOfFailure(error) });
      throw error;
    }
  };
}
