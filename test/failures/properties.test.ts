/** What must hold for any stream, any cut and any order of failures. The seeds are fixed: each run checks the same. */

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
import { type BodyPiece, type Responder, recordedFetch, sseResponse } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { chunk, completionBody, contentChunk, DONE_EVENT, finishChunk, sseEvent } from "../helpers/wire-chunks.js";

const base = { baseURL: "http://host.test/v1", apiKey: "some-key-of-ours" };

/** One event of a stream, how it is written, and which choice it finishes. */
interface Written {
  /** Absent: `[DONE]`, or what is passed over. */
  chunk?: object;
  before: string;
  data: string;
  eol: string;
}

/** A stream as bytes, and where in them each event is whole and where it is dispatched. */
interface Streamed {
  bytes: Uint8Array;
  events: { chunk: object | undefined; whole: number; dispatched: number }[];
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

/** An event in one of the ways that the standard allows. */
const written: fc.Arbitrary<Written> = fc
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

const done: Written = { before: "", data: "data: [DONE]", eol: "\n" };
const anyStream = fc
  .tuple(fc.constantFrom("", "\uFEFF"), fc.array(written, { maxLength: 8 }), fc.boolean())
  .map(([bom, all, marked]) => encode(bom, marked ? [...all, done] : all));

function encode(bom: string, all: readonly Written[]): Streamed {
  const events: Streamed["events"] = [];
  let whole = bom;
  for (const { chunk: made, before: comment, data, eol } of all) {
    // A line feed behind a carriage return would be one line end with it.
    const start = whole.endsWith("\r") && comment.startsWith("\n") ? comment.slice(1) : comment;
    const payload = whole + start + data;
    whole = payload + eol + eol;
    events.push({ chunk: made, whole: Buffer.byteLength(payload), dispatched: Buffer.byteLength(whole) });
  }
  return { bytes: Buffer.from(whole), events };
}

/** The bytes in pieces, cut at these places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...[...places].map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((place, at) => bytes.subarray(sorted[at], place));
}

/** What a stream delivers, and how it ends. */
async function read(pieces: readonly BodyPiece[]): Promise<{ chunks: ChatCompletionChunk[]; outcome: string }> {
  const chunks: ChatCompletionChunk[] = [];
  try {
    for await (const each of stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(pieces)) })) chunks.push(each);
    return { chunks, outcome: "complete" };
  } catch (error) {
    if (!(error instanceof BasetenError)) throw error;
    return { chunks, outcome: error.name };
  }
}

/** What must be delivered of the events up to here, and whether they are a whole answer. */
function expected(events: Streamed["events"], broken: string): { chunks: unknown[]; outcome: string } {
  const chunks = events.flatMap(({ chunk: made }) => made ?? []) as ChatCompletionChunk[];
  const seen = new Map<number, boolean>();
  for (const { index: at, finish_reason } of chunks.flatMap(({ choices }) => choices)) {
    seen.set(at, seen.get(at) === true || finish_reason !== null);
  }
  const finished = seen.size > 0 && [...seen.values()].every(Boolean);
  const marked = events.some(({ chunk: made }) => !made);
  return { chunks, outcome: finished || marked ? "complete" : broken };
}

const places = fc.array(fc.nat({ max: 10_000 }), { maxLength: 20 });
const settings = { seed: 20_261_122, numRuns: 400 };

describe("for any stream", () => {
  it("any cut gives the same chunks, and the same end", () =>
    fc.assert(
      fc.asyncProperty(anyStream, places, async ({ bytes, events }, cuts) => {
        expect(await read(cutAt(bytes, cuts))).toEqual(expected(events, "StreamTruncatedError"));
      }),
      settings,
    ));

  it("byte by byte gives the same", () =>
    fc.assert(
      fc.asyncProperty(anyStream, async ({ bytes, events }) => {
        expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(
          expected(events, "StreamTruncatedError"),
        );
      }),
      { ...settings, numRuns: 60 },
    ));

  it("any prefix gives the chunks that are whole, then StreamTruncatedError, or from the finish on success", () =>
    fc.assert(
      fc.asyncProperty(anyStream, fc.nat({ max: 10_000 }), places, async ({ bytes, events }, at, cuts) => {
        const end = at % (bytes.length + 1);
        const whole = events.filter((each) => each.whole <= end);
        expect(await read(cutAt(bytes.subarray(0, end), cuts))).toEqual(expected(whole, "StreamTruncatedError"));
      }),
      { ...settings, numRuns: 1_000 },
    ));

  it("a break behind any event gives what came before it, then APIConnectionError, or from the finish on success", () =>
    fc.assert(
      fc.asyncProperty(anyStream, fc.nat({ max: 8 }), places, async ({ bytes, events }, kept, cuts) => {
        const before = events.slice(0, kept);
        const pieces = cutAt(bytes.subarray(0, before.at(-1)?.dispatched ?? 0), cuts);
        expect(await read([...pieces, new Error("broken")])).toEqual(expected(before, "APIConnectionError"));
      }),
      settings,
    ));

  it("its text is that of choice 0, as collect has it", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(index, word), { maxLength: 20 }), places, async (words, cuts) => {
        const all = [[0, ""] as const, ...words].map(([at, content]) => sseEvent(contentChunk(content, at)));
        const bytes = Buffer.from(
          all.join("") + sseEvent(finishChunk()) + sseEvent(finishChunk("stop", 1)) + DONE_EVENT,
        );
        const mine = words
          .filter(([at]) => at === 0)
          .map(([, content]) => content)
          .join("");
        const chunks = () => stream(REQUEST, { ...base, fetch: recordedFetch(sseResponse(cutAt(bytes, cuts))) });
        let spoken = "";
        for await (const part of text(chunks())) spoken += part;
        expect(spoken).toBe(mine);
        expect((await collect(chunks())).choices[0]?.message.content).toBe(mine);
      }),
      { ...settings, numRuns: 100 },
    ));
});

describe("one stream, exhaustively", () => {
  const all = encode("\uFEFF", [
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
    done,
  ]);

  it("each of its prefixes", async () => {
    for (let end = 0; end <= all.bytes.length; end++) {
      const whole = all.events.filter((each) => each.whole <= end);
      expect(await read([all.bytes.subarray(0, end)]), `the first ${end} bytes`).toEqual(
        expected(whole, "StreamTruncatedError"),
      );
    }
  });

  it("each of its cuts in two", async () => {
    for (let at = 0; at <= all.bytes.length; at++) {
      const pieces = [all.bytes.subarray(0, at), all.bytes.subarray(at)];
      expect(await read(pieces), `cut at ${at}`).toEqual(expected(all.events, "StreamTruncatedError"));
    }
  });
});

describe("for any order of failures", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect(left, "timers left behind").toBe(0);
  });

  const passing = fc.oneof(
    fc.constant("rejects" as const),
    fc.record({
      status: fc.constantFrom(408, 429, 500, 502, 503, 504),
      after: fc.constantFrom(undefined, "0", "1", "60", "-1", "soon"),
    }),
  );
  const lasting = fc.oneof(
    fc.constantFrom("good" as const, "breaks" as const, "reports" as const),
    fc.record({ status: fc.constantFrom(301, 400, 401, 404, 422, 501), after: fc.constantFrom(undefined, "0") }),
    fc.record({ status: fc.constantFrom(429, 503), after: fc.constantFrom("61", "100000") }),
  );
  type Attempt = "rejects" | "good" | "breaks" | "reports" | { status: number; after: string | undefined };

  function playing(attempt: Attempt): Responder {
    if (attempt === "rejects") return () => Promise.reject(new TypeError("fetch failed"));
    if (attempt === "good") return () => new Response(JSON.stringify(completionBody("Hello")));
    if (attempt === "breaks") return sseResponse(['{"choices":', new Error("broken")]);
    if (attempt === "reports") return () => new Response('{"error":"no"}');
    const { status, after } = attempt;
    return () => new Response("no", { status, headers: after === undefined ? {} : { "retry-after": after } });
  }

  const calls: Record<string, (options: Options) => Promise<unknown>> = {
    completion: (options) => completion(REQUEST, options),
    collect: (options) => collect(stream(REQUEST, options)),
  };

  it.each(Object.entries(calls))(
    "%s: never more than maxRetries + 1 requests, and exactly as many as there is hope for",
    (_, call) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(passing, { maxLength: 6 }),
          lasting,
          fc.nat({ max: 5 }),
          async (failures, last, maxRetries) => {
            const attempts: Attempt[] = [...failures, last];
            const fetch = recordedFetch(...attempts.map(playing));
            const settledCall = call({ ...base, fetch, maxRetries }).then(
              () => "good",
              (error: unknown) => error,
            );
            for (let waits = 0; waits <= maxRetries; waits++) {
              await flushEventLoop();
              await vi.advanceTimersByTimeAsync(60_000);
            }
            const outcome = await settledCall;
            const requests = Math.min(attempts.length, maxRetries + 1);
            expect(fetch.calls.length).toBe(requests);
            if (outcome === "good") expect(attempts[requests - 1]).toBe("good");
            else expect((outcome as BasetenError).attempts).toBe(requests);
          },
        ),
        { ...settings, numRuns: 150 },
      ),
  );
});
