/** The caller's own code runs in the middle of a call: `apiKey`, `fetch`, a body's source. What it does there counts. */
import { describe, expect, it } from "vitest";
import { type ChatCompletionChunk, type ChatStream, type Fetch, type Options, stream, text } from "../../src/index.js";
import { countAbortListeners, flushEventLoop } from "../helpers/leak-check.js";
import { API_KEY, MODEL_SLUG, messages } from "../helpers/requests.js";
import { completionBody, contentChunk, finishChunk, sseEvent } from "../helpers/wire-chunks.js";

const mine = new Error("mine");
const LAST = sseEvent(finishChunk());
const encoder = new TextEncoder();

/** A body that gives the texts, one a read, and calls the functions when it is asked for bytes. */
function body(parts: (string | (() => string | undefined))[], highWaterMark = 0): ReadableStream<Uint8Array> {
  const left = [...parts];
  return new ReadableStream(
    {
      pull(controller) {
        const part = left.shift();
        const given = typeof part === "function" ? part() : part;
        if (given !== undefined) controller.enqueue(encoder.encode(given));
        else if (left.length === 0) controller.close();
      },
    },
    { highWaterMark },
  );
}

const ask = (fetch: Fetch, options: Options = {}): ChatStream =>
  stream({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, maxRetries: 0, fetch, ...options });

/** What a call of `next()` came to, in a word. */
async function outcome(next: Promise<IteratorResult<ChatCompletionChunk, undefined>>): Promise<string> {
  try {
    const { done, value } = await next;
    return done ? "done" : (value?.choices[0]?.delta.content ?? "end");
  } catch (error) {
    return (error as Error).message;
  }
}

describe("from inside a body's source", () => {
  it.each<[string, number, string[], string[]]>([
    ["an answer that is not complete", 0, [sseEvent(contentChunk("a"))], ["a", "mine", "done"]],
    // The abort comes before the first chunk is handed out, which is dropped.
    ["one that is read ahead", 1, [sseEvent(contentChunk("a"))], ["mine", "done"]],
    ["a complete answer", 0, [sseEvent(contentChunk("a")), LAST], ["a", "end", "mine"]],
  ])("an abort ends %s with the caller's reason", async (_, highWaterMark, parts, expected) => {
    const controller = new AbortController();
    const abort = (): undefined => controller.abort(mine) as undefined;
    const chunks = ask(async () => new Response(body([...parts, abort], highWaterMark)), {
      signal: controller.signal,
    });
    const seen: string[] = [];
    for (let left = expected.length; left > 0; left--) seen.push(await outcome(chunks.next()));
    expect(seen).toEqual(expected);
  });

  it("return() ends it well", async () => {
    const leave = (): undefined => void chunks.return(undefined);
    const chunks = ask(async () => new Response(body([sseEvent(contentChunk("a")), leave])));
    expect([await outcome(chunks.next()), await outcome(chunks.next())]).toEqual(["a", "done"]);
  });

  it("next() waits for its turn", async () => {
    let inner: Promise<string> | undefined;
    const again = (): string => {
      inner = outcome(chunks.next());
      return sseEvent(contentChunk("b"));
    };
    const chunks = ask(
      async () => new Response(body([sseEvent(contentChunk("a")), again, sseEvent(contentChunk("c")), LAST])),
    );
    expect(await outcome(chunks.next())).toBe("a");
    expect([await outcome(chunks.next()), await inner]).toEqual(["b", "c"]);
  });
});

it.each(["fetch", "apiKey"])("next() from inside %s sends nothing twice", async (place) => {
  const calls = { fetch: 0, apiKey: 0 };
  let inner: Promise<string> | undefined;
  const enter = (here: "fetch" | "apiKey"): void => {
    calls[here]++;
    if (here === place) inner ??= outcome(chunks.next());
  };
  const apiKey = (): string => {
    enter("apiKey");
    return API_KEY;
  };
  const fetch: Fetch = async () => {
    enter("fetch");
    return new Response(body([sseEvent(contentChunk("a")), sseEvent(contentChunk("b")), LAST]));
  };
  const chunks = ask(fetch, { apiKey });
  expect([await outcome(chunks.next()), await inner]).toEqual(["a", "b"]);
  expect(calls).toEqual({ fetch: 1, apiKey: 1 });
  await chunks.return(undefined);
});

it("an abort behind a whole completion, which came instead of a stream, is thrown", async () => {
  const controller = new AbortController();
  const chunks = ask(async () => Response.json(completionBody("a")), { signal: controller.signal });
  expect(await outcome(chunks.next())).toBe("a");
  controller.abort(mine);
  expect([await outcome(chunks.next()), await outcome(chunks.next())]).toEqual(["mine", "done"]);
});

it("return() from inside a getter of the request sends nothing", async () => {
  let sent = 0;
  const fetch: Fetch = async () => {
    sent++;
    return new Response();
  };
  const { signal } = new AbortController();
  const request = {
    get model() {
      void chunks.return(undefined);
      return MODEL_SLUG;
    },
    messages,
  };
  const chunks = stream(request, { apiKey: API_KEY, fetch, signal });
  expect(await outcome(chunks.next())).toBe("done");
  await flushEventLoop();
  expect([sent, countAbortListeners(signal)]).toEqual([0, 0]);
});

it("an abort behind a next() that found a bad event after the whole answer spoils nothing", async () => {
  const controller = new AbortController();
  const fetch: Fetch = async () => new Response(body([`${LAST}data: {\n\n`, () => undefined, ""]));
  const chunks = ask(fetch, { signal: controller.signal });
  expect(await outcome(chunks.next())).toBe("end");
  const next = outcome(chunks.next());
  controller.abort(mine);
  expect(await next).toBe("done");
});

it.each([0, 1, 2, 3, 4, 5, 6, 8, 12])(
  "return() %i turns behind the answer of a fetch that ignores its signal cancels the body",
  async (turns) => {
    let cancelled = 0;
    const source = new ReadableStream({ cancel: () => void cancelled++ }, { highWaterMark: 0 });
    let answer: (response: Response) => void = () => {};
    const chunks = ask(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const next = chunks.next();
    await flushEventLoop();
    answer(new Response(source));
    for (let left = turns; left > 0; left--) await undefined;
    await chunks.return(undefined);
    expect(await next).toEqual({ done: true, value: undefined });
    await flushEventLoop();
    expect(cancelled).toBe(1);
  },
);

it.each<[string, () => unknown]>([
  [
    "throws",
    () => {
      throw mine;
    },
  ],
  ["gives no promise", () => undefined],
  ["rejects", () => Promise.reject(mine)],
])("text leaves chunks whose return() %s", async (_, leave) => {
  const next = async () => ({ done: false, value: contentChunk("a") });
  const chunks = { [Symbol.asyncIterator]: () => ({ next, return: leave }) } as unknown as ChatStream;
  const pieces = text(chunks);
  expect((await pieces.next()).value).toBe("a");
  expect(await pieces.return(undefined)).toEqual({ done: true, value: undefined });
  await flushEventLoop();
});
