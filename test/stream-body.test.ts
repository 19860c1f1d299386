import { describe, expect, it } from "vitest";
import { BasetenError, type ChatCompletionChunk, completion, stream } from "../src/index.js";
import { catchBasetenError, catchError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { joinContent, readChunks, readStream } from "./helpers/read-stream.js";
import { recordedFetch, replayFetch, type ScriptedPiece, scriptedBody } from "./helpers/recorded-fetch.js";
import { MODEL_API_URL, MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import {
  chunk,
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
  usageChunk,
} from "./helpers/wire-chunks.js";

clearEnvironment();

const resetError = new TypeError("terminated");
const FINISH_EVENT = sseEvent(finishChunk());

describe("a body that errors with a BasetenError of another call, as a relay in the same process may", () => {
  const foreignError = new BasetenError("BadRequestError", "502 from upstream.example: no", {
    url: "https://upstream.example",
  });

  it.each<[string, ScriptedPiece[]]>([
    ["a stream", [HELLO_EVENTS, foreignError]],
    ["a completion", ['{"id":', foreignError]],
  ])("rejects with an APIConnectionError of this call that has it as cause: %s", async (_, pieces) => {
    const { error } = await readStream(pieces);
    expect(error).toMatchObject({ name: "APIConnectionError", url: MODEL_API_URL, cause: foreignError });
    const options = singleAttempt(replayFetch(pieces));
    expect(await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, options))).toMatchObject({
      name: "APIConnectionError",
      url: MODEL_API_URL,
    });
  });
});

it("a read without a value does not end the stream", async () => {
  const withEmptyReads = new ReadableStream({
    start(controller) {
      for (const value of [
        undefined,
        new TextEncoder().encode(HELLO_EVENTS),
        undefined,
        new TextEncoder().encode(FINISH_EVENTS),
      ])
        controller.enqueue(value);
      controller.close();
    },
  });
  // A real Response accepts only bytes in its body.
  const response = Object.defineProperty(new Response(""), "body", { value: withEmptyReads });
  const chunks: ChatCompletionChunk[] = [];
  for await (const part of stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(() => response))))
    chunks.push(part);
  expect(joinContent(chunks)).toBe("Hello");
});

describe("one read with many events", () => {
  const endings: [string, string, string?][] = [
    ["[DONE]", FINISH_EVENT + DONE_EVENT],
    ["nothing", "", "StreamTruncatedError"],
    ["an event that is not JSON", "data: {\n\n", "InvalidResponseError"],
    ["an error", sseEvent({ error: "busy" }), "APIError"],
    ["an incomplete event", 'data: {"id"', "StreamTruncatedError"],
  ];
  const counts = [1, 2, 254, 255, 256, 257, 511, 512, 513, 1_000];

  it.each<[number, string, string, string?]>(endings.flatMap((ending) => counts.map((count) => [count, ...ending])))(
    "delivers all %i chunks before the outcome of %s",
    async (count, _, ending, errorName) => {
      const contents = Array.from({ length: count }, (_, index) => `${index} `);
      const { chunks, error } = await readStream([
        contents.map((content) => sseEvent(contentChunk(content))).join("") + ending,
      ]);
      expect(joinContent(chunks)).toBe(contents.join(""));
      expect((error as BasetenError | undefined)?.name).toBe(errorName);
    },
  );

  it.each([1, 255, 256, 257, 400])("drops what an abort after chunk %i leaves undelivered", async (count) => {
    const controller = new AbortController();
    const fetch = replayFetch([sseEvent(contentChunk("a")).repeat(500) + FINISH_EVENT + DONE_EVENT]);
    let delivered = 0;
    const error = await catchError(async () => {
      for await (const _ of stream(
        { model: MODEL_SLUG, messages },
        singleAttempt(fetch, { signal: controller.signal }),
      )) {
        if (++delivered === count) controller.abort("enough");
      }
    });
    expect([error, delivered]).toEqual(["enough", count]);
  });
});

describe("a stream that", () => {
  /** How the stream is, its body, the content that it delivers, and the name of its error if it has one. */
  const bodies: [string, ScriptedPiece[], string, string?][] = [
    ["ends with [DONE]", [HELLO_EVENTS, FINISH_EVENTS], "Hello"],
    ["ends with [DONE] alone", [HELLO_EVENTS, DONE_EVENT], "Hello"],
    ["contains nothing but [DONE]", [DONE_EVENT], ""],
    ["ends with finish_reason alone", [HELLO_EVENTS, FINISH_EVENT], "Hello"],
    ["ends with finish_reason and usage", [HELLO_EVENTS, FINISH_EVENT, sseEvent(usageChunk())], "Hello"],
    ["ends without finish_reason or [DONE]", [HELLO_EVENTS], "Hello", "StreamTruncatedError"],
    [
      "ends with usage, without finish_reason or [DONE]",
      [HELLO_EVENTS, sseEvent(usageChunk())],
      "Hello",
      "StreamTruncatedError",
    ],
    ["ends with an empty finish_reason", [HELLO_EVENTS, sseEvent(finishChunk(""))], "Hello", "StreamTruncatedError"],
    ["is empty", [], "", "StreamTruncatedError"],
    ["contains nothing but white space", ["\n\n \n"], "", "StreamTruncatedError"],
    ["contains nothing but comments", [": ping\n\n", ": ping\n\n"], "", "StreamTruncatedError"],
    [
      "finishes one of two choices",
      [sseEvent(contentChunk("a")), sseEvent(contentChunk("b", 1)), FINISH_EVENT],
      "ab",
      "StreamTruncatedError",
    ],
    [
      "finishes both choices",
      [sseEvent(contentChunk("a")), sseEvent(contentChunk("b", 1)), FINISH_EVENT, sseEvent(finishChunk("length", 1))],
      "ab",
    ],
    [
      "finishes its first choice before its second begins",
      [sseEvent(contentChunk("a")), FINISH_EVENT, sseEvent(contentChunk("b", 1))],
      "ab",
      "StreamTruncatedError",
    ],
    [
      'has a choice with index "__proto__", unfinished',
      [sseEvent(chunk([{ index: "__proto__", delta: { content: "a" } }]))],
      "a",
      "StreamTruncatedError",
    ],
    [
      'has a choice with index "__proto__", finished',
      [sseEvent(chunk([{ index: "__proto__", delta: { content: "a" }, finish_reason: "stop" }]))],
      "a",
    ],
    [
      "has a choice whose index cannot become a property key",
      [sseEvent(chunk([{ index: { toString: 0, valueOf: 0 }, delta: { content: "a" } }]))],
      "a",
      "StreamTruncatedError",
    ],
    ["has a choice without an index", [sseEvent(chunk([{ delta: { content: "a" } }])), FINISH_EVENT], "a"],
    [
      "goes on with content after finish_reason and is cut",
      [FINISH_EVENT, HELLO_EVENTS],
      "Hello",
      "StreamTruncatedError",
    ],
    [
      "goes on with content after finish_reason and finishes again",
      [FINISH_EVENT, HELLO_EVENTS, FINISH_EVENT],
      "Hello",
    ],
    [
      "goes on with a function call, as older servers send it, after finish_reason and is cut",
      [FINISH_EVENT, sseEvent(chunk([{ index: 0, delta: { function_call: { name: "pay" } } }]))],
      "",
      "StreamTruncatedError",
    ],
    [
      "goes on with a tool call after finish_reason and is cut",
      [FINISH_EVENT, sseEvent(chunk([{ index: 0, delta: { tool_calls: [{ index: 0 }] } }]))],
      "",
      "StreamTruncatedError",
    ],
    [
      "goes on with nothing but empty fields after finish_reason",
      [HELLO_EVENTS, FINISH_EVENT, sseEvent(chunk([{ index: 0, delta: { content: "", tool_calls: [] } }]))],
      "Hello",
    ],
    ["is reset after finish_reason", [HELLO_EVENTS, FINISH_EVENT, resetError], "Hello"],
    ["is reset after [DONE]", [HELLO_EVENTS, DONE_EVENT, resetError], "Hello"],
    ["is reset before finish_reason", [HELLO_EVENTS, resetError], "Hello", "APIConnectionError"],
    ["is reset before any event", [resetError], "", "APIConnectionError"],
    ["is reset inside an event after finish_reason", [HELLO_EVENTS, FINISH_EVENT, 'data: {"id":', resetError], "Hello"],
    ["ends inside an event after finish_reason", [HELLO_EVENTS, FINISH_EVENT, 'data: {"id":'], "Hello"],
    ["contains an event that is not JSON after finish_reason", [HELLO_EVENTS, FINISH_EVENT, "data: oops\n\n"], "Hello"],
    [
      "reports an error after finish_reason",
      [HELLO_EVENTS, FINISH_EVENT, sseEvent({ error: "late" })],
      "Hello",
      "APIError",
    ],
    ["reports an error after [DONE]", [HELLO_EVENTS, DONE_EVENT, sseEvent({ error: "late" })], "Hello"],
    [
      "reports an error object",
      [HELLO_EVENTS, sseEvent({ error: { message: "busy" } }), HELLO_EVENTS],
      "Hello",
      "APIError",
    ],
    [
      "reports an error message that is not inside an error object",
      [HELLO_EVENTS, sseEvent({ message: "busy" })],
      "Hello",
      "APIError",
    ],
    [
      "reports an error in an event named error",
      [HELLO_EVENTS, `event: error\n${sseEvent({ error: "busy" })}`],
      "Hello",
      "APIError",
    ],
    [
      "reports an error in a line of its own, as llama.cpp does",
      [HELLO_EVENTS, 'error: {"code":500,"message":"busy"}\n\n'],
      "Hello",
      "APIError",
    ],
    ["has an empty line error", ["error:\n\n", HELLO_EVENTS, FINISH_EVENTS], "Hello"],
    ["has a line error behind its data", [HELLO_EVENTS, `${FINISH_EVENT.trimEnd()}\nerror: busy\n\n`], "Hello"],
    ["reports an error and nothing else", [sseEvent({ error: "busy" })], "", "APIError"],
    [
      "reports an error in the same read as its content",
      [HELLO_EVENTS + sseEvent({ error: "busy" })],
      "Hello",
      "APIError",
    ],
    [
      "contains an event that is not JSON",
      [HELLO_EVENTS, "data: oops\n\n", FINISH_EVENTS],
      "Hello",
      "InvalidResponseError",
    ],
    [
      "contains an event that is not JSON in the same read as its content",
      [`${HELLO_EVENTS}data: {\n\n${FINISH_EVENTS}`],
      "Hello",
      "InvalidResponseError",
    ],
    ['has "error": null in its chunks', [sseEvent({ ...contentChunk("Hello"), error: null }), FINISH_EVENTS], "Hello"],
    [
      "has a message field beside its choices",
      [sseEvent({ ...contentChunk("Hello"), message: "note" }), FINISH_EVENTS],
      "Hello",
    ],
    [
      "has an empty error string in its chunks",
      [sseEvent({ ...contentChunk("Hello"), error: "" }), FINISH_EVENTS],
      "Hello",
    ],
    ["has events with empty data", [HELLO_EVENTS, "data\n\ndata:\n\ndata:   \n\n", FINISH_EVENTS], "Hello"],
    [
      "has JSON data that is not an object",
      [HELLO_EVENTS, 'data: 5\n\ndata: null\n\ndata: []\n\ndata: "x"\n\ndata: true\n\n', FINISH_EVENTS],
      "Hello",
    ],
    ["has white space around [DONE]", [HELLO_EVENTS, "data:   [DONE] \t\n\n"], "Hello"],
    ["has comments as keep-alives", [": ping\n\n", HELLO_EVENTS, ": ping\n\n", FINISH_EVENTS], "Hello"],
    ["begins with a byte order mark", [`\ufeff${HELLO_EVENTS}`, FINISH_EVENTS], "Hello"],
    ["begins with a byte order mark in a read of its own", ["\ufeff", HELLO_EVENTS, FINISH_EVENTS], "Hello"],
    ["begins with blank lines", ["\n\n", `\r\n${HELLO_EVENTS}`, FINISH_EVENTS], "Hello"],
    ["begins with other SSE fields", [`id: 1\nretry: 5\n${HELLO_EVENTS}`, FINISH_EVENTS], "Hello"],
    [
      "splits an event over several data lines",
      [`${JSON.stringify(contentChunk("Hello"), null, 1).replace(/^/gm, "data: ")}\n\n`, DONE_EVENT],
      "Hello",
    ],
    ["ends its lines with CRLF", [(HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r\n")], "Hello"],
    ["ends its lines with CR", [(HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r")], "Hello"],
    ["ends after [DONE] and one line end", [HELLO_EVENTS, "data: [DONE]\n"], "Hello"],
    ["ends after [DONE] without a line end", [HELLO_EVENTS, "data: [DONE]"], "Hello"],
    ["ends after [DONE] with white space around it and no line end", [HELLO_EVENTS, "data:  [DONE] "], "Hello"],
    [
      "ends after finish_reason without the blank line",
      [sseEvent(contentChunk("Hel")), FINISH_EVENT.slice(0, -2)],
      "Hel",
    ],
    [
      "ends after a content chunk without the blank line",
      [sseEvent(contentChunk("Hel")), sseEvent(contentChunk("lo")).trim()],
      "Hello",
      "StreamTruncatedError",
    ],
    [
      "ends after an error without the blank line",
      [HELLO_EVENTS, sseEvent({ error: "busy" }).trim()],
      "Hello",
      "APIError",
    ],
    ["ends inside an event", [HELLO_EVENTS, FINISH_EVENT.slice(0, -9)], "Hello", "StreamTruncatedError"],
    ["ends inside [DONE]", [HELLO_EVENTS, "data: [DON"], "Hello", "StreamTruncatedError"],
    [
      "ends inside a character",
      [HELLO_EVENTS, Buffer.from('data: {"a":"é').subarray(0, -1)],
      "Hello",
      "StreamTruncatedError",
    ],
    [
      "ends inside a character after a complete object",
      [HELLO_EVENTS, Buffer.concat([Buffer.from(FINISH_EVENT.trim()), Uint8Array.of(0xf0)])],
      "Hello",
      "StreamTruncatedError",
    ],
    [
      "ends with unterminated JSON data that is not an object",
      [HELLO_EVENTS, "data: 5"],
      "Hello",
      "StreamTruncatedError",
    ],
    [
      "ends with an unterminated field that is not data",
      [HELLO_EVENTS, `id: ${JSON.stringify(finishChunk())}`],
      "Hello",
      "StreamTruncatedError",
    ],
    ["is a whole completion instead", [JSON.stringify(completionBody("Hello"))], "Hello"],
    ["is a completion after white space", ["\n", "  \n", JSON.stringify(completionBody("Hello")), "\n"], "Hello"],
    [
      "is a completion after a byte order mark in a read of its own",
      ["\ufeff", `\n${JSON.stringify(completionBody("Hello"))}`],
      "Hello",
    ],
    [
      "is a completion that begins with a byte order mark",
      [`\ufeff${JSON.stringify(completionBody("Hello"))}`],
      "Hello",
    ],
    [
      "is a completion, read byte by byte",
      [...Buffer.from(JSON.stringify(completionBody("Hello")))].map((byte) => Uint8Array.of(byte)),
      "Hello",
    ],
    [
      "is a completion without a finish_reason",
      [JSON.stringify(completionBody("Hello")).replace('"stop"', "null")],
      "Hello",
    ],
    [
      "is a completion cut off by a reset",
      [JSON.stringify(completionBody("Hello")).slice(0, 50), resetError],
      "",
      "APIConnectionError",
    ],
    [
      "is a completion that ends early",
      [JSON.stringify(completionBody("Hello")).slice(0, 50)],
      "",
      "InvalidResponseError",
    ],
    ["is an error as JSON", ['{"error":', '"busy"}'], "", "APIError"],
    ["is a JSON error message that is not inside an error object", ['{"message":"busy"}'], "", "APIError"],
    ["is JSON that is neither completion nor error", ['{"id":"x","detail":"hm"}'], "", "InvalidResponseError"],
    ["is JSON whose choices are a number", ['{"choices":5}'], "", "InvalidResponseError"],
    ["is a JSON array", [`[${JSON.stringify(completionBody("Hello"))}]`], "", "InvalidResponseError"],
    ["is HTML", ["\n\n <!doctype html>", "<title>Sign in</title>"], "", "InvalidResponseError"],
    ["is HTML cut off by a reset", ["<html>", resetError], "", "InvalidResponseError"],
    ["is HTML that never ends", [`<${"x".repeat(600)}`, new Promise(() => {})], "", "InvalidResponseError"],
    [
      "is JSON of more than 64 Mi characters that never ends",
      ["{", ...Array.from({ length: 65 }, () => " ".repeat(2 ** 20)), new Promise(() => {})],
      "",
      "InvalidResponseError",
    ],
    ["is plain text", ["upstream is busy"], "", "StreamTruncatedError"],
  ];

  for (const [name, pieces, content, errorName] of bodies) {
    it(`${name} ${errorName ? `rejects with ${errorName}` : "succeeds"}`, async () => {
      const { chunks, error } = await readStream(pieces);
      if (errorName) {
        expect(error).toMatchObject({ name: errorName, status: 200, attempts: 1 });
        expect((error as Error).message).toMatch(/^200 from inference\.baseten\.co: ./);
      } else expect(error).toBeUndefined();
      expect(joinContent(chunks)).toBe(content);
    });
  }

  it.each([
    ["HTML", "<p>Sign in</p>", "text/event-stream", "not an event stream"],
    ["JSON", '{"id":"x","detail":"hm"}', "application/json", "not a completion"],
    ["a JSON array", "[1,2]", "text/plain", "not a completion"],
  ])("is %s instead rejects with an error that quotes status, content type and body", async (_, text, type, what) => {
    const fetch = replayFetch([text], { headers: { "content-type": type } });
    const error = await catchBasetenError(() => stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)).next());
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200 });
    expect(error.message).toBe(`200 from inference.baseten.co: the body is ${what} (${type}): ${text}`);
  });

  it.each([1, 7, 100_000])(
    "is HTML instead rejects with an error that quotes its first 500 characters, with %i characters per read",
    async (size) => {
      const page = `<${"é".repeat(5_000)}`;
      const pieces = page.match(new RegExp(`.{1,${size}}`, "gsu")) ?? [];
      const source = scriptedBody(pieces);
      const fetch = recordedFetch(() => new Response(source.stream, { headers: { "content-type": "text/html" } }));
      const error = await catchBasetenError(() => stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)).next());
      expect(error.message).toContain(page.slice(0, 500));
      expect(error.message).not.toContain(page.slice(0, 501));
      expect(source.state).not.toBe("open");
    },
  );

  it.each(["application/json", "text/html", "text/plain", ""])(
    "has events is read whatever its content type: %j",
    async (type) => {
      const fetch = replayFetch([HELLO_EVENTS, FINISH_EVENTS], { headers: { "content-type": type } });
      const chunks: ChatCompletionChunk[] = [];
      for await (const part of stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch))) chunks.push(part);
      expect(joinContent(chunks)).toBe("Hello");
    },
  );

  it("is split into two reads anywhere delivers the same, with or without an empty read between them", async () => {
    const content = "é ☀ 🙂\uFEFF a\uFEFF";
    const bytes = Buffer.from(sseEvent(contentChunk(content)) + FINISH_EVENTS);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(joinContent(await readChunks([head, tail].filter(({ length }) => length)))).toBe(content);
      expect(joinContent(await readChunks([head, new Uint8Array(0), tail]))).toBe(content);
    }
  });

  it("ends anywhere before its last event is complete rejects with StreamTruncatedError after the complete chunks", async () => {
    const bytes = Buffer.from(HELLO_EVENTS + FINISH_EVENT);
    const complete = bytes.length - 2;
    for (let cut = 0; cut < complete; cut++) {
      const { chunks, error } = await readStream([bytes.subarray(0, cut)].filter(({ length }) => length));
      expect(error, `cut at ${cut}`).toMatchObject({ name: "StreamTruncatedError" });
      expect("Hello".startsWith(joinContent(chunks))).toBe(true);
    }
    expect(await readStream([bytes.subarray(0, complete)])).toEqual({ chunks: await readChunks([bytes]) });
  });
});
