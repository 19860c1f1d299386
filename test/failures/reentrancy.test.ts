/** Abort, `return()` and `next()` called from the caller's code that runs inside a call: `apiKey`, `fetch`, a body's source. */

import { describe, expect, it } from "vitest";
import { type ChatCompletionChunk, type ChatStream, type Fetch, type Options, stream, text } from "../../src/index.js";
import { createDeferred } from "../helpers/latch.js";
import { countAbortListeners, flushEventLoop } from "../helpers/leak-check.js";
import { API_KEY, MODEL_SLUG, messages } from "../helpers/requests.js";
import { completionBody, contentChunk, finishChunk, sseEvent } from "../helpers/wire-chunks.js";

const abortReason = new Error("abort reason");
const FINISH_EVENT = sseEvent(finishChunk());
const encoder = new TextEncoder();

/** A body that delivers these texts, one per read, and calls the functions when it is pulled. */
function bodyOf(parts: (string | (() => string | undefined))[], highWaterMark = 0): ReadableStream<Uint8Array> {
  const remaining = [...parts];
  return new ReadableStream(
    {
      pull(controller) {
        const part = remaining.shift();
        const bytes = typeof part === "function" ? part() : part;
        if (bytes !== undefined) controller.enqueue(encoder.encode(bytes));
        else if (remaining.length === 0) controller.close();
      },
    },
    { highWaterMark },
  );
}

const startStream = (fetch: Fetch, options: Options = {}): ChatStream =>
  stream({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, maxRetries: 0, fetch, ...options });

/** What `next()` gave: the chunk's content, "end" for a chunk without content, "done", or the error's message. */
async function outcome(next: Promise<IteratorResult<ChatCompletionChunk, undefined>>): Promise<string> {
  try {
    const { done, value } = await next;
    return done ? "done" : (value?.choices[0]?.delta.content ?? "end");
  } catch (error) {
    return (error as Error).message;
  }
}

describe("inside the pull() of a response body", () => {
  it.each<[string, number, string[], string[]]>([
    ["an incomplete stream", 0, [sseEvent(contentChunk("a"))], ["a", "abort reason", "done"]],
    // The abort comes before the first chunk is delivered, so the chunk is dropped.
    ["an incomplete stream that is read ahead", 1, [sseEvent(contentChunk("a"))], ["abort reason", "done"]],
    ["a complete stream", 0, [sseEvent(contentChunk("a")), FINISH_EVENT], ["a", "end", "abort reason"]],
  ])("an abort ends %s with the caller's reason", async (_, highWaterMark, parts, expected) => {
    const controller = new AbortController();
    const abort = (): undefined => controller.abort(abortReason) as undefined;
    const chunks = startStream(async () => new Response(bodyOf([...parts, abort], highWaterMark)), {
      signal: controller.signal,
    });
    const outcomes: string[] = [];
    for (let left = expected.length; left > 0; left--) outcomes.push(await outcome(chunks.next()));
    expect(outcomes).toEqual(expected);
  });

  it("return() ends the stream without an error", async () => {
    const leave = (): undefined => void chunks.return(undefined);
    const chunks = startStream(async () => new Response(bodyOf([sseEvent(contentChunk("a")), leave])));
    expect([await outcome(chunks.next()), await outcome(chunks.next())]).toEqual(["a", "done"]);
  });

  it("next() is queued behind the pending one", async () => {
    let inner: Promise<string> | undefined;
    const again = (): string => {
      inner = outcome(chunks.next());
      return sseEvent(contentChunk("b"));
    };
    const chunks = startStream(
      async () => new Response(bodyOf([sseEvent(contentChunk("a")), again, sseEvent(contentChunk("c")), FINISH_EVENT])),
    );
    expect(await outcome(chunks.next())).toBe("a");
    expect([await outcome(chunks.next()), await inner]).toEqual(["b", "c"]);
  });
});

it.each(["fetch", "apiKey"])("next() inside %s does not send a second request", async (place) => {
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
    return new Response(bodyOf([sseEvent(contentChunk("a")), sseEvent(contentChunk("b")), FINISH_EVENT]));
  };
  const chunks = startStream(fetch, { apiKey });
  expect([await outcome(chunks.next()), await inner]).toEqual(["a", "b"]);
  expect(calls).toEqual({ fetch: 1, apiKey: 1 });
  await chunks.return(undefined);
});

it("an abort after a completion that came instead of a stream rejects the next next() with its reason", async () => {
  const controller = new AbortController();
  const chunks = startStream(async () => Response.json(completionBody("a")), { signal: controller.signal });
  expect(await outcome(chunks.next())).toBe("a");
  controller.abort(abortReason);
  expect([await outcome(chunks.next()), await outcome(chunks.next())]).toEqual(["abort reason", "done"]);
});

it("return() inside a getter of the request sends nothing", async () => {
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

it("an abort after next() has read an invalid event behind a complete stream has no effect", async () => {
  const controller = new AbortController();
  const fetch: Fetch = async () => new Response(bodyOf([`${FINISH_EVENT}data: {\n\n`, () => undefined, ""]));
  const chunks = startStream(fetch, { signal: controller.signal });
  expect(await outcome(chunks.next())).toBe("end");
  const next = outcome(chunks.next());
  controller.abort(abortReason);
  expect(await next).toBe("done");
});

it.each([0, 1, 2, 3, 4, 5, 6, 8, 12])(
  "return() %i microtasks after the response of a fetch that ignores its signal cancels the body",
  async (turns) => {
    let cancelled = 0;
    const source = new ReadableStream({ cancel: () => void cancelled++ }, { highWaterMark: 0 });
    const response = createDeferred<Response>();
    const chunks = startStream(() => response.promise);
    const next = chunks.next();
    await flushEventLoop();
    response.resolve(new Response(source));
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
      throw new Error("thrown by return()");
    },
  ],
  ["returns no promise", () => undefined],
  ["rejects", () => Promise.reject(new Error("rejected by return()"))],
])("return() of text resolves although the return() of its chunks %s", async (_, leave) => {
  const next = async () => ({ done: false, value: contentChunk("a") });
  const chunks = { [Symbol.asyncIterator]: () => ({ next, return: leave }) } as unknown as ChatStream;
  const pieces = text(chunks);
  expect((await pieces.next()).value).toBe("a");
  expect(await pieces.return(undefined)).toEqual({ done: true, value: undefined });
  await flushEventLoop();
});
