/** Property-based tests: any stream, any split into reads, any sequence of failures. Seeds are fixed, so runs are the same. */

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  BasetenError,
  type ChatCompletionChunk,
  collect,
  completion,
  type Options,
  stream,
  text,
} from "../../src/index.js";
import { flushEventLoop } from "../helpers/leak-check.js";
import { type Responder, recordedFetch, type ScriptedPiece, sseResponse } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { chunk, completionBody, contentChunk, DONE_EVENT, finishChunk, sseEvent } from "../helpers/wire-chunks.js";

const base = { baseURL: "http://host.test/v1", apiKey: "some-key-of-ours" };

/** One event and how it is written. */
interface EventSource {
  /** The chunk in the event. Absent for `[DONE]`. */
  chunk?: object;
  before: string;
  data: string;
  eol: string;
}

/** A stream as bytes, with the offset at which each event is complete and the one at which its blank line ends it. */
interface EncodedStream {
  bytes: Uint8Array;
  events: { chunk: object | undefined; completeAt: number; dispatchedAt: number }[];
}

const word = fc.string({ unit: "binary", maxLength: 12 });
const index = fc.nat({ max: 1 });
const delta = fc.oneof(
  fc.record({ content: word }),
  fc.record({ role: fc.constant("assistant"), content: fc.constant("") }),
  fc.record({ reasoning_content: word, content: fc.constant(null) }),
  fc.record({
    tool_calls: fc.array(fc.record({ index, id: word, function: fc.record({ name: word, arguments: word }) }), {
      maxLength: 2,
    }),
  }),
);
const choice = fc.record({ index, delta, finish_reason: fc.constantFrom(null, null, null, "stop", "length") });
const usage = fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat(), total_tokens: fc.nat() });
const anyChunk = fc.oneof(
  { weight: 9, arbitrary: fc.array(choice, { minLength: 1, maxLength: 2 }).map((choices) => chunk(choices)) },
  { weight: 1, arbitrary: usage.map((counted) => chunk([], { usage: counted })) },
);
const before = fc.constantFrom(
  "",
  "",
  ": ping\n\n",
  ":\r\r",
  "id: 7\n",
  "event: x\r\n",
  "\n\n",
  "data:\n\n",
  "data: 1\n\n",
  "unknown\n",
);

/** An event, written in any way that the standard allows. */
const anyEvent: fc.Arbitrary<EventSource> = fc
  .record({
    chunk: anyChunk,
    before,
    eol: fc.constantFrom("\n", "\r\n", "\r"),
    space: fc.constantFrom("", " "),
    indent: fc.constantFrom(0, 0, 1),
  })
  .map(({ space, indent, ...rest }) => ({
    ...rest,
    data: JSON.stringify(rest.chunk, null, indent)
      .split("\n")
      .map((line) => `data:${space}${line}`)
      .join(rest.eol),
  }));

const doneEvent: EventSource = { before: "", data: "data: [DONE]", eol: "\n" };
const anyStream = fc
  .tuple(fc.constantFrom("", "\uFEFF"), fc.array(anyEvent, { maxLength: 8 }), fc.boolean())
  .map(([bom, all, withDone]) => encodeStream(bom, withDone ? [...all, doneEvent] : all));

function encodeStream(bom: string, all: readonly EventSource[]): EncodedStream {
  const events: EncodedStream["events"] = [];
  let encoded = bom;
  for (const { chunk: eventChunk, before: ignored, data, eol } of all) {
    // A line feed right after a carriage return would be one line end with it.
    const start = encoded.endsWith("\r") && ignored.startsWith("\n") ? ignored.slice(1) : ignored;
    const complete = encoded + start + data;
    encoded = complete + eol + eol;
    events.push({
      chunk: eventChunk,
      completeAt: Buffer.byteLength(complete),
      dispatchedAt: Buffer.byteLength(encoded),
    });
  }
  return { bytes: Buffer.from(encoded), events };
}

/** Splits the bytes at these offsets, each taken modulo the length. */
function splitAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const sorted = [0, ...[...offsets].map((offset) => offset % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((offset, at) => bytes.subarray(sorted[at], offset));
}

/** Reads a stream with this body. Returns its chunks and "complete", or the name of its error. */
async function readStream(
  pieces: readonly ScriptedPiece[],
): Promise<{ chunks: ChatCompletionChunk[]; outcome: string }> {
  const chunks: ChatCompletionChunk[] = [];
  try {
    for await (const each of stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(pieces)) })) chunks.push(each);
    return { chunks, outcome: "complete" };
  } catch (error) {
    if (!(error instanceof BasetenError)) throw error;
    return { chunks, outcome: error.name };
  }
}

/** What `readStream` must return for these events; `errorName` is how it must end if they are not a complete answer. */
function expected(events: EncodedStream["events"], errorName: string): { chunks: unknown[]; outcome: string } {
  const chunks = events.flatMap((event) => event.chunk ?? []) as ChatCompletionChunk[];
  const finishedChoices = new Map<number, boolean>();
  for (const { index: at, finish_reason, delta } of chunks.flatMap(({ choices }) => choices)) {
    const { content, reasoning_content, refusal, tool_calls = [] } = delta;
    const goesOn = Boolean(content || reasoning_content || refusal || tool_calls.length > 0);
    finishedChoices.set(at, finish_reason !== null || (finishedChoices.get(at) === true && !goesOn));
  }
  const finished = finishedChoices.size > 0 && [...finishedChoices.values()].every(Boolean);
  const done = events.some((event) => !event.chunk);
  return { chunks, outcome: finished || done ? "complete" : errorName };
}

const offsets = fc.array(fc.nat({ max: 10_000 }), { maxLength: 20 });
const settings = { seed: 20_261_122, numRuns: 400 };

describe("for any stream", () => {
  it("the split of its body into reads changes neither its chunks nor its end", () =>
    fc.assert(
      fc.asyncProperty(anyStream, offsets, async ({ bytes, events }, cuts) => {
        expect(await readStream(splitAt(bytes, cuts))).toEqual(expected(events, "StreamTruncatedError"));
      }),
      settings,
    ));

  it("reading its body byte by byte changes neither its chunks nor its end", () =>
    fc.assert(
      fc.asyncProperty(anyStream, async ({ bytes, events }) => {
        expect(await readStream([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(
          expected(events, "StreamTruncatedError"),
        );
      }),
      { ...settings, numRuns: 60 },
    ));

  it("a prefix delivers its complete events, then StreamTruncatedError unless every choice is finished", () =>
    fc.assert(
      fc.asyncProperty(anyStream, fc.nat({ max: 10_000 }), offsets, async ({ bytes, events }, at, cuts) => {
        const end = at % (bytes.length + 1);
        const complete = events.filter((each) => each.completeAt <= end);
        expect(await readStream(splitAt(bytes.subarray(0, end), cuts))).toEqual(
          expected(complete, "StreamTruncatedError"),
        );
      }),
      { ...settings, numRuns: 1_000 },
    ));

  it("a body error after any event delivers the events before it, then APIConnectionError unless every choice is finished", () =>
    fc.assert(
      fc.asyncProperty(anyStream, fc.nat({ max: 8 }), offsets, async ({ bytes, events }, kept, cuts) => {
        const before = events.slice(0, kept);
        const pieces = splitAt(bytes.subarray(0, before.at(-1)?.dispatchedAt ?? 0), cuts);
        expect(await readStream([...pieces, new Error("broken")])).toEqual(expected(before, "APIConnectionError"));
      }),
      settings,
    ));

  it("text and collect give the content of choice 0", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(index, word), { maxLength: 20 }), offsets, async (words, cuts) => {
        const all = [[0, ""] as const, ...words].map(([at, content]) => sseEvent(contentChunk(content, at)));
        const bytes = Buffer.from(
          all.join("") + sseEvent(finishChunk()) + sseEvent(finishChunk("stop", 1)) + DONE_EVENT,
        );
        const content = words
          .filter(([at]) => at === 0)
          .map(([, word]) => word)
          .join("");
        const chunks = () => stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(splitAt(bytes, cuts))) });
        let joined = "";
        for await (const part of text(chunks())) joined += part;
        expect(joined).toBe(content);
        expect((await collect(chunks())).choices[0]?.message.content).toBe(content);
      }),
      { ...settings, numRuns: 100 },
    ));
});

describe("one stream with every line end and multi-byte characters", () => {
  const all = encodeStream("\uFEFF", [
    {
      before: ": hi\r\n",
      chunk: contentChunk("Grüße 🌍"),
      data: `data: ${JSON.stringify(contentChunk("Grüße 🌍"))}`,
      eol: "\r\n",
    },
    {
      before: "",
      chunk: finishChunk(),
      data: `data: ${JSON.stringify(finishChunk(), null, 1).replaceAll("\n", "\rdata: ")}`,
      eol: "\r",
    },
    doneEvent,
  ]);

  it("each of its prefixes delivers its complete events, then StreamTruncatedError unless the choice is finished", async () => {
    for (let end = 0; end <= all.bytes.length; end++) {
      const complete = all.events.filter((each) => each.completeAt <= end);
      expect(await readStream([all.bytes.subarray(0, end)]), `the first ${end} bytes`).toEqual(
        expected(complete, "StreamTruncatedError"),
      );
    }
  });

  it("each split of its body into two reads gives the same chunks", async () => {
    for (let at = 0; at <= all.bytes.length; at++) {
      const pieces = [all.bytes.subarray(0, at), all.bytes.subarray(at)];
      expect(await readStream(pieces), `split at byte ${at}`).toEqual(expected(all.events, "StreamTruncatedError"));
    }
  });
});

describe("for any sequence of failures", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect(left, "timers left behind").toBe(0);
  });

  const retryable = fc.oneof(
    fc.constant("rejected fetch" as const),
    fc.record({
      status: fc.constantFrom(408, 429, 500, 502, 503, 504),
      after: fc.constantFrom(undefined, "0", "1", "60", "-1", "soon"),
    }),
  );
  const final = fc.oneof(
    fc.constantFrom("completion" as const, "body error" as const, "error in a 200" as const),
    fc.record({ status: fc.constantFrom(301, 400, 401, 404, 422, 501), after: fc.constantFrom(undefined, "0") }),
    fc.record({ status: fc.constantFrom(429, 503), after: fc.constantFrom("61", "100000") }),
  );
  type Attempt =
    | "rejected fetch"
    | "completion"
    | "body error"
    | "error in a 200"
    | { status: number; after: string | undefined };

  function responderFor(attempt: Attempt): Responder {
    if (attempt === "rejected fetch") return () => Promise.reject(new TypeError("fetch failed"));
    if (attempt === "completion") return () => new Response(JSON.stringify(completionBody("Hello")));
    if (attempt === "body error") return sseResponse(['{"choices":', new Error("broken")]);
    if (attempt === "error in a 200") return () => new Response('{"error":"no"}');
    const { status, after } = attempt;
    return () => new Response("no", { status, headers: after === undefined ? {} : { "retry-after": after } });
  }

  const calls: Record<string, (options: Options) => Promise<unknown>> = {
    completion: (options) => completion(REQUEST, options),
    collect: (options) => collect(stream(REQUEST, options)),
  };

  it.each(Object.entries(calls))(
    "%s sends one request more than it got retryable failures, and at most maxRetries + 1",
    (_, call) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(retryable, { maxLength: 6 }),
          final,
          fc.nat({ max: 5 }),
          async (failures, last, maxRetries) => {
            const attempts: Attempt[] = [...failures, last];
            const fetch = recordedFetch(...attempts.map(responderFor));
            const pending = call({ ...base, fetch, maxRetries }).then(
              () => "completion",
              (error: unknown) => error,
            );
            for (let waits = 0; waits <= maxRetries; waits++) {
              await flushEventLoop();
              await vi.advanceTimersByTimeAsync(60_000);
            }
            const outcome = await pending;
            const requests = Math.min(attempts.length, maxRetries + 1);
            expect(fetch.calls.length).toBe(requests);
            if (outcome === "completion") expect(attempts[requests - 1]).toBe("completion");
            else expect((outcome as BasetenError).attempts).toBe(requests);
          },
        ),
        { ...settings, numRuns: 150 },
      ),
  );
});
