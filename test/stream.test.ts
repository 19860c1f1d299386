import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BasetenError,
  type ChatCompletionChunk,
  collect,
  completion,
  type Options,
  stream,
  text,
} from "../src/index.js";
import { catchBasetenError, catchError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { type BodyPiece, onlyRequest, recordedFetch, scriptedBody } from "./helpers/recorded-fetch.js";
import { GATEWAY_URL, MODEL_API_URL, MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { readChunks, replayFetch } from "./helpers/vectors.js";
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

/** What a stream with this body gives, and how it ends. */
async function run(
  pieces: BodyPiece[],
  options: Options = {},
): Promise<{ chunks: ChatCompletionChunk[]; error?: unknown }> {
  const chunks: ChatCompletionChunk[] = [];
  try {
    for await (const part of stream({ model: MODEL_SLUG, messages }, singleAttempt(replayFetch(pieces), options)))
      chunks.push(part);
  } catch (error) {
    return { chunks, error };
  }
  return { chunks };
}

const words = (chunks: ChatCompletionChunk[]) => chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
const reset = new TypeError("terminated");
const LAST = sseEvent(finishChunk());

describe("a body that breaks off with an error of ours, as a relay's in the same process may", () => {
  const theirs = new BasetenError("BadRequestError", "502 from upstream.example: no", {
    url: "https://upstream.example",
  });

  it.each<[string, BodyPiece[]]>([
    ["a stream", [HELLO_EVENTS, theirs]],
    ["a completion", ['{"id":', theirs]],
  ])("is told in this call's own words: %s", async (_, pieces) => {
    const { error } = await run(pieces);
    expect(error).toMatchObject({ name: "APIConnectionError", url: MODEL_API_URL, cause: theirs });
    const options = singleAttempt(replayFetch(pieces));
    expect(await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, options))).toMatchObject({
      name: "APIConnectionError",
      url: MODEL_API_URL,
    });
  });
});

it("a read that holds nothing at all is no end", async () => {
  const nothing = new ReadableStream({
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
  // A real Response reads bytes alone.
  const response = Object.defineProperty(new Response(""), "body", { value: nothing });
  const chunks: ChatCompletionChunk[] = [];
  for await (const part of stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(() => response))))
    chunks.push(part);
  expect(words(chunks)).toBe("Hello");
});

describe("one read of many chunks", () => {
  const endings: [string, string, string?][] = [
    ["[DONE]", LAST + DONE_EVENT],
    ["nothing", "", "StreamTruncatedError"],
    ["an event that is no JSON", "data: {\n\n", "InvalidResponseError"],
    ["an error", sseEvent({ error: "enough" }), "APIError"],
    ["half an event", 'data: {"id"', "StreamTruncatedError"],
  ];
  const numbers = [1, 2, 254, 255, 256, 257, 511, 512, 513, 1_000];

  it.each<[number, string, string, string?]>(endings.flatMap((ending) => numbers.map((number) => [number, ...ending])))(
    "gives all %i, then what %s means",
    async (number, _, ending, name) => {
      const texts = Array.from({ length: number }, (_, at) => `${at} `);
      const { chunks, error } = await run([texts.map((text) => sseEvent(contentChunk(text))).join("") + ending]);
      expect(words(chunks)).toBe(texts.join(""));
      expect((error as BasetenError | undefined)?.name).toBe(name);
    },
  );

  it.each([1, 255, 256, 257, 400])("is dropped by an abort behind the %ith", async (number) => {
    const controller = new AbortController();
    const fetch = replayFetch([sseEvent(contentChunk("a")).repeat(500) + LAST + DONE_EVENT]);
    let seen = 0;
    const error = await catchError(async () => {
      for await (const _ of stream(
        { model: MODEL_SLUG, messages },
        singleAttempt(fetch, { signal: controller.signal }),
      )) {
        if (++seen === number) controller.abort("enough");
      }
    });
    expect([error, seen]).toEqual(["enough", number]);
  });
});

describe("a stream that", () => {
  /** Body, what was said, and the error's name if there is one. */
  it.each<[string, BodyPiece[], string, string?]>([
    ["ends with [DONE]", [HELLO_EVENTS, FINISH_EVENTS], "Hello"],
    ["ends with [DONE] alone", [HELLO_EVENTS, DONE_EVENT], "Hello"],
    ["is nothing but [DONE]", [DONE_EVENT], ""],
    ["ends with a finish_reason alone", [HELLO_EVENTS, LAST], "Hello"],
    ["ends with a finish_reason and usage", [HELLO_EVENTS, LAST, sseEvent(usageChunk())], "Hello"],
    ["ends with neither", [HELLO_EVENTS], "Hello", "StreamTruncatedError"],
    ["ends with usage alone", [HELLO_EVENTS, sseEvent(usageChunk())], "Hello", "StreamTruncatedError"],
    ["ends with an empty finish_reason", [HELLO_EVENTS, sseEvent(finishChunk(""))], "Hello", "StreamTruncatedError"],
    ["is empty", [], "", "StreamTruncatedError"],
    ["is blank", ["\n\n \n"], "", "StreamTruncatedError"],
    ["is all comments", [": ping\n\n", ": ping\n\n"], "", "StreamTruncatedError"],
    [
      "finishes one choice of two",
      [sseEvent(contentChunk("a")), sseEvent(contentChunk("b", 1)), LAST],
      "ab",
      "StreamTruncatedError",
    ],
    [
      "finishes both",
      [sseEvent(contentChunk("a")), sseEvent(contentChunk("b", 1)), LAST, sseEvent(finishChunk("length", 1))],
      "ab",
    ],
    [
      "finishes the first before the second begins",
      [sseEvent(contentChunk("a")), LAST, sseEvent(contentChunk("b", 1))],
      "ab",
      "StreamTruncatedError",
    ],
    [
      "gives a choice an odd index",
      [sseEvent(chunk([{ index: "__proto__", delta: { content: "a" } }]))],
      "a",
      "StreamTruncatedError",
    ],
    [
      "finishes a choice with an odd index",
      [sseEvent(chunk([{ index: "__proto__", delta: { content: "a" }, finish_reason: "stop" }]))],
      "a",
    ],
    [
      "gives a choice an index that can be no key",
      [sseEvent(chunk([{ index: { toString: 0, valueOf: 0 }, delta: { content: "a" } }]))],
      "a",
      "StreamTruncatedError",
    ],
    ["leaves the index of its only choice out", [sseEvent(chunk([{ delta: { content: "a" } }])), LAST], "a"],
    ["goes on after a finish_reason", [LAST, HELLO_EVENTS], "Hello"],
    ["is reset after a finish_reason", [HELLO_EVENTS, LAST, reset], "Hello"],
    ["is reset after [DONE]", [HELLO_EVENTS, DONE_EVENT, reset], "Hello"],
    ["is reset before", [HELLO_EVENTS, reset], "Hello", "APIConnectionError"],
    ["is reset at once", [reset], "", "APIConnectionError"],
    ["breaks inside an event after a finish_reason", [HELLO_EVENTS, LAST, 'data: {"id":', reset], "Hello"],
    ["ends inside an event after a finish_reason", [HELLO_EVENTS, LAST, 'data: {"id":'], "Hello"],
    ["says what is no JSON after a finish_reason", [HELLO_EVENTS, LAST, "data: oops\n\n"], "Hello"],
    ["reports an error after a finish_reason", [HELLO_EVENTS, LAST, sseEvent({ error: "late" })], "Hello", "APIError"],
    ["reports an error after [DONE]", [HELLO_EVENTS, DONE_EVENT, sseEvent({ error: "late" })], "Hello"],
    ["reports an error", [HELLO_EVENTS, sseEvent({ error: { message: "busy" } }), HELLO_EVENTS], "Hello", "APIError"],
    ["reports an error flatly", [HELLO_EVENTS, sseEvent({ message: "busy" })], "Hello", "APIError"],
    [
      "reports an error by event name",
      [HELLO_EVENTS, `event: error\n${sseEvent({ error: "busy" })}`],
      "Hello",
      "APIError",
    ],
    ["reports an error and no more", [sseEvent({ error: "busy" })], "", "APIError"],
    [
      "reports an error behind a good event of the same read",
      [HELLO_EVENTS + sseEvent({ error: "busy" })],
      "Hello",
      "APIError",
    ],
    ["says what is no JSON", [HELLO_EVENTS, "data: oops\n\n", FINISH_EVENTS], "Hello", "InvalidResponseError"],
    [
      "says what is no JSON in the read of a good event",
      [`${HELLO_EVENTS}data: {\n\n${FINISH_EVENTS}`],
      "Hello",
      "InvalidResponseError",
    ],
    ['has "error": null in good chunks', [sseEvent({ ...contentChunk("Hello"), error: null }), FINISH_EVENTS], "Hello"],
    [
      "has a message beside its choices",
      [sseEvent({ ...contentChunk("Hello"), message: "note" }), FINISH_EVENTS],
      "Hello",
    ],
    ["has an empty error in good chunks", [sseEvent({ ...contentChunk("Hello"), error: "" }), FINISH_EVENTS], "Hello"],
    ["has empty data", [HELLO_EVENTS, "data\n\ndata:\n\ndata:   \n\n", FINISH_EVENTS], "Hello"],
    [
      "has JSON that is no object",
      [HELLO_EVENTS, 'data: 5\n\ndata: null\n\ndata: []\n\ndata: "x"\n\ndata: true\n\n', FINISH_EVENTS],
      "Hello",
    ],
    ["has blanks around [DONE]", [HELLO_EVENTS, "data:   [DONE] \t\n\n"], "Hello"],
    ["has keep-alives", [": ping\n\n", HELLO_EVENTS, ": ping\n\n", FINISH_EVENTS], "Hello"],
    ["begins with a BOM", [`\ufeff${HELLO_EVENTS}`, FINISH_EVENTS], "Hello"],
    ["begins with a BOM on its own", ["\ufeff", HELLO_EVENTS, FINISH_EVENTS], "Hello"],
    ["begins with blank lines", ["\n\n", `\r\n${HELLO_EVENTS}`, FINISH_EVENTS], "Hello"],
    ["begins with another field", [`id: 1\nretry: 5\n${HELLO_EVENTS}`, FINISH_EVENTS], "Hello"],
    [
      "has one event as several data lines",
      [`${JSON.stringify(contentChunk("Hello"), null, 1).replace(/^/gm, "data: ")}\n\n`, DONE_EVENT],
      "Hello",
    ],
    ["ends its lines with CRLF", [(HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r\n")], "Hello"],
    ["ends its lines with CR", [(HELLO_EVENTS + FINISH_EVENTS).replaceAll("\n", "\r")], "Hello"],
    ["lacks the last blank line of [DONE]", [HELLO_EVENTS, "data: [DONE]\n"], "Hello"],
    ["lacks the last line end of [DONE]", [HELLO_EVENTS, "data: [DONE]"], "Hello"],
    ["lacks them, with blanks around [DONE]", [HELLO_EVENTS, "data:  [DONE] "], "Hello"],
    ["lacks the blank line of its last chunk", [sseEvent(contentChunk("Hel")), LAST.slice(0, -2)], "Hel"],
    [
      "lacks the blank line of a whole chunk, and the rest",
      [sseEvent(contentChunk("Hel")), sseEvent(contentChunk("lo")).trim()],
      "Hello",
      "StreamTruncatedError",
    ],
    ["lacks the blank line of an error", [HELLO_EVENTS, sseEvent({ error: "busy" }).trim()], "Hello", "APIError"],
    ["ends inside an event", [HELLO_EVENTS, LAST.slice(0, -9)], "Hello", "StreamTruncatedError"],
    ["ends inside [DONE]", [HELLO_EVENTS, "data: [DON"], "Hello", "StreamTruncatedError"],
    [
      "ends inside a character",
      [HELLO_EVENTS, Buffer.from('data: {"a":"é').subarray(0, -1)],
      "Hello",
      "StreamTruncatedError",
    ],
    [
      "ends inside a character behind a whole object",
      [HELLO_EVENTS, Buffer.concat([Buffer.from(LAST.trim()), Uint8Array.of(0xf0)])],
      "Hello",
      "StreamTruncatedError",
    ],
    ["ends in JSON that is no object", [HELLO_EVENTS, "data: 5"], "Hello", "StreamTruncatedError"],
    [
      "ends in a field that is not data",
      [HELLO_EVENTS, `id: ${JSON.stringify(finishChunk())}`],
      "Hello",
      "StreamTruncatedError",
    ],
    ["is a completion", [JSON.stringify(completionBody("Hello"))], "Hello"],
    ["is a completion behind blanks", ["\n", "  \n", JSON.stringify(completionBody("Hello")), "\n"], "Hello"],
    ["is a completion behind a BOM", ["\ufeff", `\n${JSON.stringify(completionBody("Hello"))}`], "Hello"],
    ["is a completion that begins with a BOM", [`\ufeff${JSON.stringify(completionBody("Hello"))}`], "Hello"],
    [
      "is a completion, a byte a read",
      [...Buffer.from(JSON.stringify(completionBody("Hello")))].map((byte) => Uint8Array.of(byte)),
      "Hello",
    ],
    [
      "is a completion without a finish_reason",
      [JSON.stringify(completionBody("Hello")).replace('"stop"', "null")],
      "Hello",
    ],
    [
      "is a completion that breaks off",
      [JSON.stringify(completionBody("Hello")).slice(0, 50), reset],
      "",
      "APIConnectionError",
    ],
    ["is half a completion", [JSON.stringify(completionBody("Hello")).slice(0, 50)], "", "InvalidResponseError"],
    ["is an error in JSON", ['{"error":', '"busy"}'], "", "APIError"],
    ["is a flat error in JSON", ['{"message":"busy"}'], "", "APIError"],
    ["is another object", ['{"id":"x","detail":"hm"}'], "", "InvalidResponseError"],
    ["is an object with choices that are none", ['{"choices":5}'], "", "InvalidResponseError"],
    ["is a list", [`[${JSON.stringify(completionBody("Hello"))}]`], "", "InvalidResponseError"],
    ["is a page", ["\n\n <!doctype html>", "<title>Sign in</title>"], "", "InvalidResponseError"],
    ["is a page that breaks off", ["<html>", reset], "", "InvalidResponseError"],
    ["is a page that never ends", [`<${"x".repeat(600)}`, new Promise(() => {})], "", "InvalidResponseError"],
    [
      "is JSON of more than 16 MiB that never ends",
      ["{", ...Array.from({ length: 17 }, () => " ".repeat(2 ** 20)), new Promise(() => {})],
      "",
      "InvalidResponseError",
    ],
    ["is words", ["upstream is busy"], "", "StreamTruncatedError"],
  ])("%s", async (_, pieces, said, name) => {
    const { chunks, error } = await run(pieces);
    expect(error).toEqual(name === undefined ? undefined : expect.objectContaining({ name, status: 200, attempts: 1 }));
    expect(words(chunks)).toBe(said);
    if (name) expect((error as Error).message).toMatch(/^200 from inference\.baseten\.co: ./);
  });

  it.each([
    ["a page", "<p>Sign in</p>", "text/event-stream"],
    ["another object", '{"id":"x","detail":"hm"}', "application/json"],
    ["a list", "[1,2]", "text/plain"],
  ])("is %s is told with its status, content type and first characters", async (_, text, type) => {
    const fetch = replayFetch([text], { headers: { "content-type": type } });
    const error = await catchBasetenError(() => stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)).next());
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200 });
    expect(error.message).toContain(type);
    expect(error.message).toContain(text);
  });

  it.each([1, 7, 100_000])("is a page is told with its first 500 characters, %i characters a read", async (size) => {
    const page = `<${"é".repeat(5_000)}`;
    const pieces = page.match(new RegExp(`.{1,${size}}`, "gsu")) ?? [];
    const source = scriptedBody(pieces);
    const fetch = recordedFetch(() => new Response(source.stream, { headers: { "content-type": "text/html" } }));
    const error = await catchBasetenError(() => stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)).next());
    expect(error.message).toContain(page.slice(0, 500));
    expect(error.message).not.toContain(page.slice(0, 501));
    expect(source.state).not.toBe("open");
  });

  it.each(["application/json", "text/html", "text/plain", ""])(
    "is an event stream is one whatever the content type says: %j",
    async (type) => {
      const fetch = replayFetch([HELLO_EVENTS, FINISH_EVENTS], { headers: { "content-type": type } });
      const seen: ChatCompletionChunk[] = [];
      for await (const part of stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch))) seen.push(part);
      expect(words(seen)).toBe("Hello");
    },
  );

  it("is cut in two anywhere gives the same, with or without a read of nothing in between", async () => {
    const said = "é ☀ 🙂\uFEFF a\uFEFF";
    const bytes = Buffer.from(sseEvent(contentChunk(said)) + FINISH_EVENTS);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(words(await readChunks([head, tail].filter(({ length }) => length)))).toBe(said);
      expect(words(await readChunks([head, new Uint8Array(0), tail]))).toBe(said);
    }
  });

  it("is cut short anywhere before its end tells so, and gives what was whole", async () => {
    const bytes = Buffer.from(HELLO_EVENTS + LAST);
    const complete = bytes.length - 2;
    for (let cut = 0; cut < complete; cut++) {
      const { chunks, error } = await run([bytes.subarray(0, cut)].filter(({ length }) => length));
      expect(error, `cut at ${cut}`).toMatchObject({ name: "StreamTruncatedError" });
      expect("Hello".startsWith(words(chunks))).toBe(true);
    }
    expect(await run([bytes.subarray(0, complete)])).toEqual({ chunks: await readChunks([bytes]) });
  });
});

describe("a chunk", () => {
  const one = async (choice: object, more: object = {}) =>
    (await readChunks([sseEvent(chunk([choice], more)), DONE_EVENT]))[0];

  it("comes as the server sent it, unknown fields too", async () => {
    const sentOnes = [
      chunk(
        [
          {
            index: 0,
            delta: { role: "assistant", content: "a", x: { y: 1 } },
            finish_reason: null,
            logprobs: null,
            z: 5,
          },
        ],
        { w: [1] },
      ),
      usageChunk(),
    ];
    expect(await readChunks([...sentOnes.map(sseEvent), DONE_EVENT])).toEqual(sentOnes);
  });

  it.each<[string, object]>([
    ["no choices", { id: "x" }],
    ["null for choices", { id: "x", choices: null }],
    ["choices that are no list", { id: "x", choices: {} }],
  ])("with %s has an empty list", async (_, sentOne) => {
    expect((await readChunks([sseEvent(sentOne), DONE_EVENT]))[0]).toEqual({ ...sentOne, choices: [] });
  });

  it.each([[{}], [{ delta: null }], [{ delta: "x" }]])("with the choice %j has a delta", async (choice) => {
    expect((await one(choice))?.choices[0]?.delta).toEqual({});
  });

  it.each<[object, object]>([
    [{ reasoning: "hm" }, { reasoning: "hm", reasoning_content: "hm" }],
    [
      { reasoning: "a", reasoning_content: "b" },
      { reasoning: "a", reasoning_content: "b" },
    ],
    [{ reasoning_content: "b" }, { reasoning_content: "b" }],
    [
      { tool_calls: [{ index: 0, function: { arguments: { a: [1] } } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":[1]}' } }] },
    ],
    [{ tool_calls: null }, { tool_calls: null }],
  ])("with the delta %j has %j", async (delta, got) => {
    expect((await one({ index: 0, delta, finish_reason: null }))?.choices[0]?.delta).toEqual(got);
  });

  it.each([
    ["", null],
    [null, null],
    ["stop", "stop"],
  ])("with the finish_reason %j has %j", async (finish_reason, got) => {
    expect((await one({ index: 0, delta: {}, finish_reason }))?.choices[0]?.finish_reason).toBe(got);
  });
});

describe("whatever the events hold", () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(0, "", null, [], {}));
  const call = fc.record({ index: value, id: value, type: value, function: value }, { requiredKeys: [] });
  const fields = { content: value, reasoning: value, tool_calls: fc.oneof(value, fc.array(fc.oneof(call, value))) };
  const choice = fc.record(
    {
      index: value,
      delta: fc.oneof(value, fc.record(fields, { requiredKeys: [] })),
      finish_reason: value,
      logprobs: value,
    },
    { requiredKeys: [] },
  );
  const choices = fc.oneof(value, fc.array(fc.oneof(choice, value)));
  const part = fc.record({ id: value, choices, usage: value, error: value, message: value }, { requiredKeys: [] });

  it("it is chunks or a BasetenError, and collect and text take the chunks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(part, value), { maxLength: 6 }), async (parts) => {
        const { chunks, error } = await run([...parts.map(sseEvent), DONE_EVENT]);
        if (error !== undefined) expect(error).toBeInstanceOf(BasetenError);
        for (const { choices } of chunks) for (const { delta } of choices) expect(delta).toBeTypeOf("object");
        expect((await collect(chunks)).object).toBe("chat.completion");
        for await (const piece of text(
          (async function* () {
            yield* chunks;
          })(),
        ))
          expect(piece).toBeTypeOf("string");
      }),
      { numRuns: 1_500 },
    );
  });

  it("so it is for any bytes", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
    );
    const pieces = fc.array(
      fc.oneof(bytes, fc.constantFrom(HELLO_EVENTS, "data: ", "\n\n", "{", "<", '{"choices":', DONE_EVENT)),
      {
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (pieces) => {
        const { error } = await run(pieces.filter(({ length }) => length > 0));
        if (error !== undefined) expect(error).toBeInstanceOf(BasetenError);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("stream", () => {
  const over = { done: true, value: undefined };

  it("reads request and options at the first next(), not before", async () => {
    const fetch = replayFetch([HELLO_EVENTS, FINISH_EVENTS]);
    const request = { model: "", messages };
    const options: Options = { baseURL: "nowhere" };
    const chunks = stream(request, options);
    Object.assign(request, { model: MODEL_SLUG });
    Object.assign(options, singleAttempt(fetch), { baseURL: GATEWAY_URL });
    expect((await chunks.next()).done).toBe(false);
    expect(onlyRequest(fetch)).toMatchObject({
      url: `${GATEWAY_URL}/chat/completions`,
      body: { model: "openai/gpt-oss-120b" },
    });
  });

  it("does not throw by itself: the first next() does, and then it is over", async () => {
    const chunks = stream({ model: "", messages });
    expect(await catchError(() => chunks.next())).toMatchObject({ name: "BadRequestError" });
    expect(await chunks.next()).toEqual(over);
  });

  it("reads nothing that was not asked for", async () => {
    const source = scriptedBody([
      sseEvent(contentChunk("a")),
      sseEvent(contentChunk("b")),
      sseEvent(contentChunk("c")),
      FINISH_EVENTS,
    ]);
    const chunks = stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(recordedFetch(() => new Response(source.stream))),
    );
    for (const reads of [1, 2, 3]) {
      await chunks.next();
      expect(source.reads).toBe(reads);
    }
    await chunks.return(undefined);
    expect(source.state).toBe("cancelled");
  });

  it("gives the events of one read without reading again", async () => {
    const source = scriptedBody([
      sseEvent(contentChunk("a")) + sseEvent(contentChunk("b")) + sseEvent(contentChunk("c")),
      FINISH_EVENTS,
    ]);
    const chunks = stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(recordedFetch(() => new Response(source.stream))),
    );
    for (let count = 0; count < 3; count++) await chunks.next();
    expect(source.reads).toBe(1);
    await chunks.return(undefined);
  });

  it("sees the end behind [DONE], so that nothing is cancelled", async () => {
    const source = scriptedBody([HELLO_EVENTS, FINISH_EVENTS]);
    for await (const _ of stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(recordedFetch(() => new Response(source.stream))),
    ));
    expect(source.state).toBe("ended");
  });

  it("reads once behind [DONE], and cancels what is still open", async () => {
    const source = scriptedBody([HELLO_EVENTS, FINISH_EVENTS, ": still here\n\n", ": and here\n\n"]);
    for await (const _ of stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(recordedFetch(() => new Response(source.stream))),
    ));
    expect(source).toMatchObject({ state: "cancelled", reads: 3 });
  });

  it("waits no longer than 50 ms for that end", async () => {
    const source = scriptedBody([HELLO_EVENTS, FINISH_EVENTS, new Promise(() => {})]);
    const options = { timeout: { idle: 3_600_000 } };
    for await (const _ of stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(
        recordedFetch(() => new Response(source.stream)),
        options,
      ),
    ));
    expect(source.state).toBe("cancelled");
  });

  it("ends well when silence follows the last finish_reason", async () => {
    expect(await run([HELLO_EVENTS, LAST, new Promise(() => {})], { timeout: { idle: 20 } })).toEqual({
      chunks: expect.any(Array),
    });
    expect((await run([HELLO_EVENTS, new Promise(() => {})], { timeout: { idle: 20 } })).error).toMatchObject({
      name: "TimeoutError",
      message: expect.stringContaining("idle"),
    });
  });

  it("of an abort gives the reason, also behind the last finish_reason", async () => {
    const controller = new AbortController();
    const fetch = replayFetch([HELLO_EVENTS + LAST, new Promise(() => {})]);
    const chunks = stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch, { signal: controller.signal }));
    for (let count = 0; count < 3; count++) await chunks.next();
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await catchError(() => chunks.next())).toBe(reason);
    expect(await chunks.next()).toEqual(over);
  });

  it("of an abort drops the chunks that were not handed out", async () => {
    const controller = new AbortController();
    const chunks = stream(
      { model: MODEL_SLUG, messages },
      singleAttempt(replayFetch([HELLO_EVENTS + FINISH_EVENTS]), { signal: controller.signal }),
    );
    await chunks.next();
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await catchError(() => chunks.next())).toBe(reason);
  });

  it.each([
    ["no body", undefined],
    ["a body that is no web stream", { pipe: () => {} }],
  ])("names expo/fetch where the runtime gives %s", async (_, value) => {
    const odd = () => Object.defineProperty(new Response(HELLO_EVENTS + FINISH_EVENTS), "body", { value });
    const error = await catchBasetenError(() =>
      stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(odd))).next(),
    );
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200 });
    expect(error.message).toContain("expo/fetch");
  });

  it("takes a body of null for an empty one", async () => {
    const error = await catchBasetenError(() =>
      stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(() => new Response(null)))).next(),
    );
    expect(error.name).toBe("StreamTruncatedError");
  });

  it("needs neither TextDecoderStream, AbortSignal.any and .timeout, nor an iterable ReadableStream", async () => {
    const taken: [object, PropertyKey][] = [
      [globalThis, "TextDecoderStream"],
      [AbortSignal, "any"],
      [AbortSignal, "timeout"],
      [ReadableStream.prototype, Symbol.asyncIterator],
      [ReadableStream.prototype, "values"],
      [ReadableStream, "from"],
    ];
    const kept = taken.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
    for (const [owner, name] of taken) Reflect.deleteProperty(owner, name);
    try {
      expect(words((await run([HELLO_EVENTS, FINISH_EVENTS])).chunks)).toBe("Hello");
    } finally {
      for (const [at, [owner, name]] of taken.entries()) Object.defineProperty(owner, name, kept[at] ?? {});
    }
  });

  it("has AsyncGenerator's interface, and asyncDispose", () => {
    const chunks = stream({ model: MODEL_SLUG, messages });
    expect(chunks[Symbol.asyncIterator]()).toBe(chunks);
    expect(chunks).toMatchObject({
      next: expect.any(Function),
      return: expect.any(Function),
      throw: expect.any(Function),
    });
    expect(Reflect.get(chunks, Reflect.get(Symbol, "asyncDispose") as symbol)).toBeTypeOf("function");
  });
});
