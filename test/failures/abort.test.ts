/** The caller's abort: before, between, during and after each thing that a call waits for. */

import { describe, expect, it } from "vitest";
import { collect, completion, type Options, stream, text } from "../../src/index.js";
import { DONE, event, FINISH, HELLO, hello, json, REQUEST, stops } from "../helpers/chat.js";
import { body, fake, never } from "../helpers/fake.js";
import { listeners, settled, soon, watch } from "../helpers/leaks.js";
import { end, endless, events, head, stall, until } from "../helpers/server.js";
import { ALL, against, caught, type Row, STREAMED, table, WHOLE } from "./run.js";

const aborted = { fails: "reason", connection: "closed" } as const satisfies Partial<Row>;

table("an abort", ALL, [
  { name: "while the headers are waited for", answers: [[stall]], abort: "request 1", ...aborted },
  { name: "when the headers have come", answers: [[events(), stall]], abort: "headers", ...aborted },
  {
    name: "while an error's body is read",
    answers: [[head(400, { "content-length": "99" }), stall]],
    abort: "headers",
    ...aborted,
  },
  {
    name: "while a body is dropped before a retry",
    answers: [[head(503, { "retry-after": "30" }), endless("x".repeat(10_000))]],
    abort: "headers",
    ...aborted,
  },
  {
    name: "while the next attempt is waited for",
    answers: [json(503, { error: "wait" }, { "retry-after": "30" })],
    abort: "headers",
    fails: "reason",
  },
  {
    name: "in the second attempt",
    answers: [json(503, { error: "wait" }, { "retry-after-ms": "1" }), [stall]],
    abort: "request 2",
    requests: 2,
    ...aborted,
  },
]);

table("an abort", STREAMED, [
  {
    name: "after the first of two chunks in one packet: the second is dropped",
    answers: [[events(), HELLO, stall]],
    abort: "chunk 1",
    gives: "Hel",
    ...aborted,
  },
  {
    name: "after the finish still throws",
    answers: [[events(), HELLO, event(stops()), stall]],
    abort: "chunk 3",
    gives: "Hello",
    ...aborted,
  },
  {
    name: "after the finish, all events in one packet",
    answers: [[events(), HELLO + FINISH, end]],
    abort: "chunk 3",
    gives: "Hello",
    fails: "reason",
  },
  {
    name: "in the middle of comments",
    answers: [[events(), HELLO, endless(": ping\n\n".repeat(1_000))]],
    abort: "chunk 2",
    gives: "Hello",
    ...aborted,
  },
]);

table("an abort", WHOLE, [
  {
    name: "inside the JSON",
    answers: [[head(200, { "content-length": "99" }), '{"id":', stall]],
    abort: "headers",
    ...aborted,
  },
]);

/** Each kind of call, as a promise. */
const calls: Record<string, (options: Options) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => stream(REQUEST, options).next(),
  collect: (options) => collect(stream(REQUEST, options)),
  text: (options) => text(stream(REQUEST, options)).next(),
};

describe.each(Object.entries(calls))("an aborted %s", (_, call) => {
  it("with a signal that is aborted already sends nothing, and asks for no key", () =>
    against([hello], async (server, options, caller) => {
      caller.abort("too late");
      let asked = 0;
      const apiKey = () => String(++asked);
      expect(await caught(call({ ...options, apiKey }))).toBe("too late");
      expect([server.connections, asked]).toEqual([0, 0]);
    }));

  it.each([
    ["an Error", Object.freeze(new Error("enough"))],
    ["a string", "enough"],
    ["null", null],
    ["0", 0],
    ["a frozen object", Object.freeze({ enough: true })],
  ])("rejects with the reason itself: %s", (_, reason) =>
    against([[stall]], async (server, options, caller) => {
      const pending = caught(call(options));
      await server.heard("request 1");
      caller.abort(reason);
      expect(await soon(pending, "the rejection")).toBe(reason);
      expect(server.requests.length).toBe(1);
    }),
  );

  it("with a runtime that has no reasons rejects with an AbortError", async () => {
    const caller = new AbortController();
    Object.defineProperty(caller.signal, "reason", { value: undefined });
    const fetch = fake(never());
    const pending = caught(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await settled();
    caller.abort();
    expect(await soon(pending, "the rejection")).toMatchObject({ name: "AbortError" });
  });

  it("while the key is waited for sends nothing", () =>
    against([hello], async (server, options, caller) => {
      const pending = caught(call({ ...options, apiKey: () => new Promise(() => {}) }));
      await settled();
      caller.abort("enough");
      expect(await soon(pending, "the rejection")).toBe("enough");
      expect(server.connections).toBe(0);
    }));

  it("inside the function that gives the key does not call fetch, not even one without a signal", async () => {
    const caller = new AbortController();
    const fetch = fake(never(true));
    const apiKey = () => {
      caller.abort("enough");
      return "some-key";
    };
    const options = { baseURL: "http://host.test/v1", apiKey, fetch, signal: caller.signal };
    expect(await caught(call(options))).toBe("enough");
    await settled();
    expect(fetch.calls).toEqual([]);
  });

  it("with a fetch that ignores its signal rejects all the same, and drops the body that comes late", async () => {
    const caller = new AbortController();
    const leaks = watch();
    const late = body([HELLO, new Promise(() => {})]);
    let answer: (response: Response) => void = () => {};
    const fetch = fake(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const pending = caught(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await settled();
    caller.abort("enough");
    expect(await soon(pending, "the rejection")).toBe("enough");
    answer(new Response(late.stream));
    await settled();
    expect(late.state).toBe("cancelled");
    await leaks.check(caller.signal);
  });

  it("with a fetch that ignores its signal, and fails late, leaves no rejection behind", async () => {
    const caller = new AbortController();
    const leaks = watch();
    let fail: (error: unknown) => void = () => {};
    const fetch = fake(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    const pending = caught(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await settled();
    caller.abort("enough");
    expect(await soon(pending, "the rejection")).toBe("enough");
    fail(new TypeError("too late"));
    await leaks.check(caller.signal);
    expect(fetch.calls.length).toBe(1);
  });

  it("with a body that ignores everything rejects all the same", async () => {
    const caller = new AbortController();
    const leaks = watch();
    const deaf = new ReadableStream({ pull: () => new Promise(() => {}), cancel: () => new Promise(() => {}) });
    const fetch = fake(() => new Response(deaf));
    const pending = caught(call({ fetch, baseURL: "http://a.test", signal: caller.signal }));
    await settled();
    caller.abort("enough");
    expect(await soon(pending, "the rejection")).toBe("enough");
    await leaks.check(caller.signal);
  });
});

describe("a stream that is aborted between two next() calls", () => {
  it("drops the chunks that were not handed out, throws the reason once, then is over", () =>
    against([[events(), HELLO, FINISH, stall]], async (server, options, caller) => {
      const chunks = stream(REQUEST, options);
      await chunks.next();
      caller.abort("enough");
      expect(await caught(chunks.next())).toBe("enough");
      expect(await chunks.next()).toEqual({ done: true, value: undefined });
      await soon(server.requests[0]?.gone ?? Promise.reject(), "the client's close");
    }));

  it("tells one of several waiting next() calls, and the others that it is over", () =>
    against([[events(), stall]], async (server, options, caller) => {
      const chunks = stream(REQUEST, options);
      const all = Promise.allSettled([chunks.next(), chunks.next(), chunks.next()]);
      await server.heard("headers");
      caller.abort("enough");
      const over = { status: "fulfilled", value: { done: true, value: undefined } };
      expect(await soon(all, "three results")).toEqual([{ status: "rejected", reason: "enough" }, over, over]);
    }));

  it("is not told of an abort after its end", () =>
    against([[events(), HELLO, event(stops()) + DONE, until("chunk 3"), end]], async (server, options, caller) => {
      for await (const chunk of stream(REQUEST, options)) if (chunk.choices[0]?.finish_reason) server.tell("chunk 3");
      caller.abort();
      expect(listeners(caller.signal)).toBe(0);
    }));

  it("closes the connection even if nobody asks for another chunk", () =>
    against([[events(), HELLO, stall]], async (server, options, caller) => {
      await stream(REQUEST, options).next();
      caller.abort("enough");
      await soon(server.requests[0]?.gone ?? Promise.reject(), "the client's close");
    }));
});

describe("one signal for many calls", () => {
  it("has no listener left when they are over, and an abort then changes nothing", () =>
    against([hello], async (server, options, caller) => {
      await calls.completion?.(options);
      await calls.collect?.(options);
      expect(listeners(caller.signal)).toBe(0);
      caller.abort();
      expect(server.requests.length).toBe(2);
    }));

  it("aborts them all, each with the reason", () =>
    against([[stall]], async (server, options, caller) => {
      const all = Promise.allSettled(Array.from({ length: 20 }, () => completion(REQUEST, options)));
      await server.heard("request 20");
      caller.abort("enough");
      const results = await soon(all, "twenty rejections");
      expect(results.every((result) => result.status === "rejected" && result.reason === "enough")).toBe(true);
    }));
});
