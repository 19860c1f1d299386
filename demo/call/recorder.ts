import type { ChatCompletionChunk, Fetch } from "baseten-fetch";

/** A request as it was sent, with its API key masked. */
export interface SentRequest {
  method: string;
  url: string;
  headers: [name: string, value: string][];
  body: string;
}

/** What a mark on the time axis stands for. */
export type MarkKind = "request" | "response" | "reasoning" | "content" | "tool" | "other" | "done" | "failure";

/** Something that happened during a call. */
export interface Mark {
  /** Ms since the call began. */
  at: number;
  kind: MarkKind;
  /** A few words on it. */
  label: string;
  /** The text that was sent or received. */
  raw?: string;
  request?: SentRequest;
}

type Description = Pick<Mark, "kind" | "label">;

/** Adds a mark; the time is the listener's to add. */
export type AddMark = (mark: Omit<Mark, "at">) => void;

const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;

/** The name of anything that was thrown. */
export function readErrorName(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}

/** The error's name and message as one line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function readData(raw: string): string {
  const lines = raw.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data"));
  return lines.map((line) => line.replace(/^data: ?/, "")).join("\n");
}

function describeChunk({ error, usage, choices }: Partial<ChatCompletionChunk> & { error?: unknown }): Description {
  if (error) return { kind: "failure", label: "error" };
  const choice = choices?.[0];
  if (!choice) return { kind: "other", label: usage ? `usage: ${usage.completion_tokens} tokens` : "no choices" };
  const { content, reasoning_content, reasoning = reasoning_content, tool_calls, role } = choice.delta ?? {};
  const called = tool_calls?.[0]?.function;
  if (tool_calls?.length) return { kind: "tool", label: called?.name || called?.arguments || "tool call" };
  if (reasoning) return { kind: "reasoning", label: String(reasoning) };
  if (content) return { kind: "content", label: content };
  if (choice.finish_reason) return { kind: "other", label: `finish_reason: ${choice.finish_reason}` };
  return { kind: "other", label: role ? `role: ${role}` : "no text" };
}

/** The kind of an event of the stream, and a few words on what it holds. */
export function describeEvent(raw: string): Description {
  const data = readData(raw).trim();
  if (data === "[DONE]") return { kind: "done", label: "[DONE]" };
  if (!data) return { kind: "other", label: raw.startsWith(":") ? "comment" : "no data" };
  try {
    return describeChunk(JSON.parse(data));
  } catch {
    return { kind: "failure", label: "invalid JSON" };
  }
}

/** What `fetch` is about to send, without the API key. */
export function maskRequest(url: string, { method = "GET", headers, body }: RequestInit = {}): SentRequest {
  const masked = Array.from(new Headers(headers), ([name, value]): [string, string] => {
    return name === "authorization" ? ["Authorization", "Bearer ***"] : [name, value];
  });
  return { method, url, headers: masked, body: String(body ?? "") };
}

/** Splits the text of an event stream into events. */
function createEventSplitter(onEvent: (raw: string) => void): (text: string) => void {
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
  const split = createEventSplitter((raw) => addMark({ ...describeEvent(raw), raw }));
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
