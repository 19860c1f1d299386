/** A `fetch` in the process, for what no socket can do: exact reads, fake time, replies that no HTTP stack would give. */

/** A read's bytes; an Error breaks the body; a promise is waited for. */
export type Piece = string | Uint8Array | Error | Promise<unknown>;

/** A body, and what became of it. */
export interface Body {
  stream: ReadableStream<Uint8Array>;
  /** `open` to the end means that somebody left it unread. */
  state: "open" | "ended" | "failed" | "cancelled";
  /** How many pieces have been asked for. */
  reads: number;
}

/** One call of the fetch. */
export interface Call {
  url: string;
  init: RequestInit;
  signal: AbortSignal | null | undefined;
}

/** What a call gives or throws. */
export type Reply = (call: Call) => Response | Promise<Response>;

/** A fetch of scripted replies; the last one serves all further calls. */
export interface Fake {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  calls: Call[];
}

const encoder = new TextEncoder();

/** A body that gives one piece a read, and only when it is asked. */
export function body(pieces: Iterable<Piece>): Body {
  const source = pieces[Symbol.iterator]();
  const made: Body = { state: "open", reads: 0, stream: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }) };
  function cancel(): void {
    made.state = "cancelled";
  }
  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    made.reads += 1;
    const next = source.next();
    if (next.done) {
      made.state = "ended";
      return controller.close();
    }
    const piece = next.value instanceof Promise ? await next.value : next.value;
    if (made.state !== "open") return;
    if (piece instanceof Error) {
      made.state = "failed";
      return controller.error(piece);
    }
    if (piece === undefined) return pull(controller);
    controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : (piece as Uint8Array));
  }
  return made;
}

/** A reply with a body of such pieces, an event stream unless told otherwise. */
export function replies(pieces: Iterable<Piece>, init: ResponseInit = {}): Reply {
  return () => new Response(body(pieces).stream, { headers: { "content-type": "text/event-stream" }, ...init });
}

/** A reply that never comes; it rejects on abort as a fetch does, unless told to ignore its signal. */
export function never(ignoring = false): Reply {
  return ({ signal }) =>
    new Promise((_, reject) => {
      if (!ignoring) signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
}

/** The fetch that gives these replies in turn. A reply that throws makes it throw, as no real fetch does. */
export function fake(...turns: Reply[]): Fake {
  const calls: Call[] = [];
  const fetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    calls.push({ url: String(input), init, signal: init.signal });
    const reply = turns[Math.min(calls.length, turns.length) - 1];
    if (!reply) throw new Error("no reply was scripted");
    const given = reply(calls[calls.length - 1] as Call);
    return given instanceof Promise ? given : Promise.resolve(given);
  };
  return Object.assign(fetch, { calls });
}
