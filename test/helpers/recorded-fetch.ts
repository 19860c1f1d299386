/** A `fetch` in the process that records its calls, for what no socket can do: exact reads, fake time, invalid responses. */

import { expect } from "vitest";
import { completionBody, FINISH_EVENTS, HELLO_EVENTS } from "./wire-chunks.js";

/** The bytes of one read; an Error breaks the body; a promise is awaited first. */
export type ScriptedPiece = string | Uint8Array | Error | Promise<unknown>;

/** A response body and its state. */
export interface ScriptedBody {
  stream: ReadableStream<Uint8Array>;
  /** A body that is still `open` after the call was left unread. */
  state: "open" | "ended" | "failed" | "cancelled";
  /** How many pieces have been pulled. */
  reads: number;
}

/** One call of the fetch. */
export interface FetchCall {
  url: string;
  init: RequestInit;
  signal: AbortSignal | null | undefined;
}

/** Answers one call, or throws. */
export type Responder = (call: FetchCall) => Response | Promise<Response>;

/** A fetch with scripted responses, and the calls that it got. */
export interface RecordedFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  calls: FetchCall[];
}

const encoder = new TextEncoder();

/** A body that delivers one piece per read, and only when it is pulled. */
export function scriptedBody(pieces: Iterable<ScriptedPiece>): ScriptedBody {
  const source = pieces[Symbol.iterator]();
  const body: ScriptedBody = {
    state: "open",
    reads: 0,
    stream: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }),
  };
  function cancel(): void {
    body.state = "cancelled";
  }
  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    body.reads += 1;
    const next = source.next();
    if (next.done) {
      body.state = "ended";
      return controller.close();
    }
    const piece = next.value instanceof Promise ? await next.value : next.value;
    if (body.state !== "open") return;
    if (piece instanceof Error) {
      body.state = "failed";
      return controller.error(piece);
    }
    if (piece === undefined) return pull(controller);
    controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : (piece as Uint8Array));
  }
  return body;
}

/** Responds 200 with a body of these pieces, as an event stream unless `init` has other headers. */
export function sseResponse(pieces: Iterable<ScriptedPiece>, init: ResponseInit = {}): () => Response {
  return () => new Response(scriptedBody(pieces).stream, { headers: { "content-type": "text/event-stream" }, ...init });
}

/** Responds with this body: a string as it is, anything else as JSON. */
export function jsonResponse(body: unknown, status = 200, headers: Record<string, string> = {}): () => Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { status, headers: { "content-type": "application/json", ...headers } };
  return () => new Response(status === 204 ? null : text, init);
}

/** Never responds. Rejects on abort as a real fetch does, unless it is to ignore its signal. */
export function pendingResponse(ignoreSignal = false): Responder {
  return ({ signal }) =>
    new Promise((_, reject) => {
      if (!ignoreSignal) signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
}

/**
 * A fetch that uses these responders in turn; the last one serves all further calls. If a responder throws, the fetch
 * throws synchronously, which no real fetch does.
 */
export function recordedFetch(...responders: Responder[]): RecordedFetch {
  const calls: FetchCall[] = [];
  const fetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const call = { url: String(input), init, signal: init.signal };
    calls.push(call);
    const respond = responders[Math.min(calls.length, responders.length) - 1];
    if (!respond) throw new Error("no response was scripted");
    const response = respond(call);
    return response instanceof Promise ? response : Promise.resolve(response);
  };
  return Object.assign(fetch, { calls });
}

/** A fetch whose response body is these pieces, one per read, as an event stream unless `init` has other headers. */
export function replayFetch(pieces: Iterable<ScriptedPiece>, init: ResponseInit = {}): RecordedFetch {
  return recordedFetch(sseResponse(pieces, init));
}

/** A fetch that answers each call with the completion "Hello". */
export function helloFetch(): RecordedFetch {
  return recordedFetch(jsonResponse(completionBody("Hello")));
}

/** A fetch that answers each call with a stream of "Hello". */
export function helloStreamFetch(): RecordedFetch {
  return replayFetch([HELLO_EVENTS + FINISH_EVENTS]);
}

/** Returns the request that the fetch was called with, and expects that there was only one. */
export function onlyRequest(fetch: RecordedFetch): {
  url: string;
  init: RequestInit;
  headers: Headers;
  body: Record<string, unknown>;
} {
  expect(fetch.calls.length).toBe(1);
  const { url = "", init = {} } = fetch.calls[0] ?? {};
  return { url, init, headers: new Headers(init.headers), body: JSON.parse(String(init.body)) };
}
