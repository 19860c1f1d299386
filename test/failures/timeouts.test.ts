/** Timeouts, with fake timers and a fetch in the process. */

import { describe, expect, it, vi } from "vitest";
import { collect, completion, type Options, stream } from "../../src/index.js";
import { advanceTime, delay, delayedPieces, delayedResponse, observe, useFakeTime } from "../helpers/fake-time.js";
import {
  pendingResponse,
  type Responder,
  recordedFetch,
  scriptedBody,
  sseResponse,
} from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import {
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  finishChunk,
  HELLO_EVENTS,
  sseEvent,
} from "../helpers/wire-chunks.js";
import { expectError } from "./expect-error.js";

const second = 1_000;
const day = 86_400 * second;
const modelApi = { ...REQUEST, model: "baseten/openai/gpt-oss-120b" };
const dedicated = { ...REQUEST, model: "baseten/abcd1234" };
const base = { baseURL: "http://host.test/v1", apiKey: "some-key-of-ours" };

useFakeTime();

function status(code: number, headers: Record<string, string> = {}): Responder {
  return () => new Response("{}", { status: code, headers });
}

const hello: Responder = () => new Response(JSON.stringify(completionBody("Hello")));

describe("without a timeout option", () => {
  it.each([
    ["the Model API", modelApi, {}, 600 * second],
    ["a dedicated deployment", dedicated, {}, 1_260 * second],
    ["any other address", REQUEST, base, 1_260 * second],
  ])(
    "the response headers of %s time out after their default, and the request is not retried",
    async (_, request, options, limit) => {
      const fetch = recordedFetch(pendingResponse());
      const call = observe(completion(request, { ...options, fetch }));
      await advanceTime(limit - 1);
      expect(call.state).toBe("pending");
      await advanceTime(1);
      expectError(call.value, {
        name: "TimeoutError",
        messageIncludes: [/no response within \d+ ms \(timeout\.response\)/, /host\.test|baseten\.co/],
        attempts: 1,
      });
      await advanceTime(day);
      expect(fetch.calls.length).toBe(1);
      expect(fetch.calls[0]?.signal?.aborted).toBe(true);
    },
  );

  it("a body times out after 120 s without a byte", async () => {
    const chunks = stream(REQUEST, {
      ...base,
      fetch: recordedFetch(sseResponse([HELLO_EVENTS, new Promise(() => {})])),
    });
    await chunks.next();
    await chunks.next();
    const next = observe(chunks.next());
    await advanceTime(120 * second - 1);
    expect(next.state).toBe("pending");
    await advanceTime(1);
    expectError(next.value, {
      name: "TimeoutError",
      messageIncludes: ["no data for 120000 ms (timeout.idle)", "host.test"],
      attempts: 1,
    });
  });

  it("a body that sends a comment every 119 s and an event within 600 s does not time out", async () => {
    const pings = Array<string>(4).fill(": ping\n\n");
    const round = [...pings, sseEvent(contentChunk("a"))];
    const pieces = [...Array.from({ length: 200 }, () => round).flat(), FINISH_EVENTS];
    const fetch = recordedFetch(() => new Response(scriptedBody(delayedPieces(119 * second, pieces)).stream));
    const call = observe(collect(stream(REQUEST, { ...base, fetch })));
    await advanceTime(3 * day);
    expect(call).toMatchObject({ state: "fulfilled", value: { choices: [{ message: { content: "a".repeat(200) } }] } });
  });

  it("a body that sends nothing but comments rejects with TimeoutError after timeout.response without an event", async () => {
    const pings = Array<string>(2_000).fill(": ping\n\n");
    const first = sseEvent(contentChunk("a"));
    const body = scriptedBody(delayedPieces(100 * second, [first, ...pings]));
    const chunks = stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(body.stream)) });
    const event = observe(chunks.next());
    await advanceTime(100 * second);
    expect(event).toMatchObject({ state: "fulfilled" });
    const next = observe(chunks.next());
    await advanceTime(1_259 * second);
    expect(next.state).toBe("pending");
    await advanceTime(second);
    expectError(next.value, {
      name: "TimeoutError",
      messageIncludes: ["nothing but comments for 1260000 ms (timeout.response)"],
      attempts: 1,
    });
    expect(body.state).toBe("cancelled");
    // The timer of the next comment is the test's own.
    await advanceTime(100 * second);
  });

  it("a completion that comes instead of a stream may take longer: it has no comments", async () => {
    const json = JSON.stringify(completionBody("Hello"));
    const body = scriptedBody(delayedPieces(100 * second, [...json.slice(0, 19), json.slice(19)]));
    const call = observe(collect(stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(body.stream)) })));
    await advanceTime(2_000 * second);
    expect(call).toMatchObject({ state: "fulfilled", value: { choices: [{ message: { content: "Hello" } }] } });
  });

  it("a slow consumer does not time out", async () => {
    const chunks = stream(REQUEST, {
      ...base,
      fetch: recordedFetch(sseResponse([sseEvent(contentChunk("a")), sseEvent(contentChunk("b")), FINISH_EVENTS])),
    });
    const contents = [];
    for await (const { choices } of chunks) {
      contents.push(choices[0]?.delta.content);
      await advanceTime(day);
    }
    expect(contents.slice(0, 2)).toEqual(["a", "b"]);
  });

  it("the stream ends and the body is cancelled 50 ms after [DONE] if the body does not end", async () => {
    const answer = scriptedBody([HELLO_EVENTS + sseEvent(finishChunk()) + DONE_EVENT, new Promise(() => {})]);
    const call = observe(
      collect(stream(REQUEST, { ...base, fetch: recordedFetch(() => new Response(answer.stream)) })),
    );
    await advanceTime(50);
    expect(call.state).toBe("fulfilled");
    expect(answer.state).toBe("cancelled");
  });
});

describe("timeout", () => {
  /** A timeout option, after how many ms the headers come, and after how many each piece of the body. */
  const sufficient: [string, Options["timeout"], number, number][] = [
    [
      "as a number is the total, and lifts the limits of response and idle",
      2_000 * second,
      1_500 * second,
      200 * second,
    ],
    ["of Infinity sets no limit", Number.POSITIVE_INFINITY, 50 * day, 20 * day],
    ["of 2^31 sets no limit", 2 ** 31, 50 * day, 20 * day],
    [
      "of Infinity for each part sets no limit",
      { response: Number.POSITIVE_INFINITY, idle: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY },
      50 * day,
      20 * day,
    ],
    ["of 2^31 for each part sets no limit", { response: 2 ** 31, idle: 2 ** 31, total: 2 ** 31 }, 50 * day, 20 * day],
    [
      "of 2^31 - 1 for each part, the largest limit, is accepted",
      { response: 2 ** 31 - 1, idle: 2 ** 31 - 1, total: 2 ** 31 - 1 },
      10 * day,
      4 * day,
    ],
    [
      "with undefined parts uses their defaults",
      { response: undefined, idle: undefined, total: undefined },
      1_200 * second,
      100 * second,
    ],
  ];

  it.each(sufficient)("%s", async (_, timeout, headers, pace) => {
    const fetch = recordedFetch(
      delayedResponse(
        headers,
        () => new Response(scriptedBody(delayedPieces(pace, [HELLO_EVENTS, FINISH_EVENTS])).stream),
      ),
    );
    const call = observe(collect(stream(REQUEST, { ...base, fetch, timeout })));
    await advanceTime(headers + 3 * pace);
    expect(call).toMatchObject({ state: "fulfilled", value: { choices: [{ message: { content: "Hello" } }] } });
  });

  it("response starts again for each attempt", async () => {
    const fetch = recordedFetch(
      delayedResponse(90, status(503, { "retry-after": "0" })),
      delayedResponse(90, status(503, { "retry-after": "0" })),
      delayedResponse(90, hello),
    );
    const call = observe(completion(REQUEST, { ...base, fetch, timeout: { response: 100 } }));
    await advanceTime(300);
    expect(call.state).toBe("fulfilled");
  });

  it("response includes the time that apiKey() takes", async () => {
    const fetch = recordedFetch(delayedResponse(60, hello));
    const apiKey = () => delay(60, "some-key-of-ours");
    const call = observe(completion(REQUEST, { ...base, apiKey, fetch, timeout: { response: 100 } }));
    await advanceTime(100);
    expectError(call.value, { name: "TimeoutError", messageIncludes: [/response/i] });
  });

  it("total includes retries", async () => {
    const fetch = recordedFetch(delayedResponse(90, status(503, { "retry-after": "0" })));
    const call = observe(completion(REQUEST, { ...base, fetch, maxRetries: 9, timeout: 200 }));
    await advanceTime(200);
    expectError(call.value, { name: "TimeoutError", messageIncludes: [/total/i], attempts: 3 });
  });

  it("total expires although bytes keep coming, and collect's error carries the partial completion", async () => {
    const pings = Array<string>(100).fill(": ping\n\n");
    const fetch = recordedFetch(() => new Response(scriptedBody(delayedPieces(30, [HELLO_EVENTS, ...pings])).stream));
    const call = observe(collect(stream(REQUEST, { ...base, fetch, timeout: { total: 1_000 } })));
    await advanceTime(1_000);
    expectError(call.value, { name: "TimeoutError", messageIncludes: [/total/i, "host.test"], attempts: 1 });
    expect(call.value).toMatchObject({ partial: { choices: [{ message: { content: "Hello" } }] } });
    await advanceTime(30);
  });

  it("total expires while the consumer pauses, and the chunks that came before are delivered first", async () => {
    const answer = scriptedBody([HELLO_EVENTS, new Promise(() => {})]);
    const chunks = stream(REQUEST, {
      ...base,
      fetch: recordedFetch(() => new Response(answer.stream)),
      timeout: 1_000,
    });
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("Hel");
    await advanceTime(2_000);
    expect((await chunks.next()).value?.choices[0]?.delta.content).toBe("lo");
    expectError(await chunks.next().catch((error: unknown) => error), {
      name: "TimeoutError",
      messageIncludes: [/total/i],
    });
    expect((await chunks.next()).done).toBe(true);
  });

  it("total that expires after finish_reason ends the stream without an error", async () => {
    const fetch = recordedFetch(sseResponse([HELLO_EVENTS + sseEvent(finishChunk()), new Promise(() => {})]));
    const call = observe(collect(stream(REQUEST, { ...base, fetch, timeout: 1_000 })));
    await advanceTime(1_000);
    expect(call).toMatchObject({ state: "fulfilled", value: { choices: [{ message: { content: "Hello" } }] } });
  });

  it("total that would expire during the wait before a retry throws the server's error at once", async () => {
    await advanceTime(day);
    const fetch = recordedFetch(status(429, { "retry-after": "5" }), hello);
    const call = observe(completion(REQUEST, { ...base, fetch, timeout: 4_000 }));
    await advanceTime(0);
    expectError(call.value, { name: "RateLimitError", attempts: 1, fields: { retryAfter: 5_000 } });
    const longer = observe(
      completion(REQUEST, {
        ...base,
        fetch: recordedFetch(status(429, { "retry-after": "5" }), hello),
        timeout: 6_000,
      }),
    );
    await advanceTime(5_000);
    expect(longer.state).toBe("fulfilled");
  });

  it("total that has passed in part leaves less for the wait before a retry", async () => {
    const fetch = recordedFetch(delayedResponse(2_000, status(429, { "retry-after": "5" })), hello);
    const call = observe(completion(REQUEST, { ...base, fetch, timeout: 6_000 }));
    await advanceTime(2_000);
    expectError(call.value, { name: "RateLimitError", attempts: 1 });
  });

  it.each(["response", "idle", "total"] as const)(
    "%s rejects with a TimeoutError although fetch and body ignore the abort",
    async (limit) => {
      const neverSettling = () =>
        new ReadableStream({ pull: () => new Promise(() => {}), cancel: () => new Promise(() => {}) });
      const fetch = recordedFetch(limit === "response" ? pendingResponse(true) : () => new Response(neverSettling()));
      const options = { ...base, fetch, timeout: { [limit]: 100 } };
      const calls = [completion(REQUEST, options), stream(REQUEST, options).next()].map(observe);
      await advanceTime(100);
      for (const { value } of calls)
        expectError(value, { name: "TimeoutError", messageIncludes: [new RegExp(limit, "i")], attempts: 1 });
    },
  );
});

describe("in a runtime whose AbortController takes no reason", () => {
  class OldAbortController {
    signal = Object.assign(new EventTarget(), { aborted: false });

    abort(): void {
      this.signal.aborted = true;
      this.signal.dispatchEvent(new Event("abort"));
    }
  }

  it.each(["response", "total"])("timeout.%s rejects with a TimeoutError", async (limit) => {
    vi.stubGlobal("AbortController", OldAbortController);
    const fetch = recordedFetch(pendingResponse(true));
    const call = observe(completion(REQUEST, { ...base, fetch, timeout: { [limit]: 100 } }));
    await advanceTime(100);
    expectError(call.value, { name: "TimeoutError", messageIncludes: [`timeout.${limit}`], attempts: 1 });
  });
});

describe("Node's own timeout", () => {
  const undiciError = (code: string): Error =>
    Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) });

  it("for headers is a TimeoutError that is not retried and suggests a stream", async () => {
    const error = undiciError("UND_ERR_HEADERS_TIMEOUT");
    const fetch = recordedFetch(() => Promise.reject(error));
    const call = observe(completion(REQUEST, { ...base, fetch }));
    await advanceTime(60 * second);
    expectError(call.value, {
      name: "TimeoutError",
      messageIncludes: ["collect(stream(request))", /wake/i, "host.test"],
      attempts: 1,
      fields: { cause: error },
    });
  });

  it("for a body is a TimeoutError, and collect's carries the partial completion", async () => {
    const fetch = recordedFetch(sseResponse([HELLO_EVENTS, undiciError("UND_ERR_BODY_TIMEOUT")]));
    const call = observe(collect(stream(REQUEST, { ...base, fetch })));
    await advanceTime(0);
    expectError(call.value, { name: "TimeoutError", attempts: 1 });
    expect(call.value).toMatchObject({ partial: { choices: [{ message: { content: "Hello" } }] } });
    const whole = observe(
      completion(REQUEST, {
        ...base,
        fetch: recordedFetch(sseResponse(['{"id":', undiciError("UND_ERR_BODY_TIMEOUT")])),
      }),
    );
    await advanceTime(60 * second);
    expectError(whole.value, { name: "TimeoutError", attempts: 1 });
  });
});
