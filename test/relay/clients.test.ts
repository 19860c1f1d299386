/** The clients that a relay stands between a page and Baseten for: this one, and OpenAI's. */

import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { emulator } from "../../src/emulator/index.js";
import { collect, completion, type Options, stream } from "../../src/index.js";
import { relay } from "../../src/relay/index.js";
import {
  endBody,
  httpHelloResponse,
  httpJsonResponse,
  httpResponse,
  resetSocket,
  responseHead,
  type ScriptedResponse,
  sseHead,
  stall,
} from "../helpers/http-response.js";
import { withTimeout } from "../helpers/leak-check.js";
import { REQUEST } from "../helpers/requests.js";
import { contentChunk, DONE_EVENT, HELLO_EVENTS, sseEvent } from "../helpers/wire-chunks.js";
import { CALLER_KEY, OWN_KEY, serveRelay } from "./relay-setup.js";

/** Options of a client that calls a relay of its own before these answers. */
async function through(...answers: ScriptedResponse[]) {
  const { origin, upstream } = await serveRelay(answers, { apiKey: OWN_KEY, authorize: () => true });
  const options: Options = { baseURL: `${origin}/api/ai/v1`, maxRetries: 0 };
  return { options, upstream, origin };
}

describe("this client, through a relay,", () => {
  it("gets completions and streams, and the upstream only the relay's key", async () => {
    const { options, upstream } = await through(httpHelloResponse);
    const whole = await completion(REQUEST, options);
    const streamed = await collect(stream(REQUEST, { ...options, apiKey: CALLER_KEY }));
    expect([whole, streamed].map(({ choices }) => choices[0]?.message.content)).toEqual(["Hello", "Hello"]);
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill(`Bearer ${OWN_KEY}`));
  });

  it.each<[name: string, answer: ScriptedResponse, error: object]>([
    [
      "a status with its words and its time",
      httpResponse(429, '{"error":"slow down","error_code":"rate_limited"}', { "retry-after": "120" }),
      { name: "RateLimitError", status: 429, code: "rate_limited", retryAfter: 120_000 },
    ],
    [
      "a context window",
      httpResponse(400, '{"error":{"message":"This model\'s maximum context length is 8"}}'),
      { name: "ContextWindowExceededError" },
    ],
    ["a key that the caller cannot help", httpResponse(401, "{}"), { name: "InternalServerError", status: 502 }],
    ["an upstream that is not there", [resetSocket], { name: "InternalServerError", status: 502 }],
    ["the id of the request", httpResponse(500, "{}", { "x-baseten-request-id": "r-1" }), { requestId: "r-1" }],
    ["an error inside a stream", [sseHead(), sseEvent({ error: "engine" }), endBody], { name: "APIError" }],
  ])("throws the error that it would throw without a relay: %s", async (_, answer, error) => {
    const { options } = await through(answer);
    await expect(collect(stream(REQUEST, options))).rejects.toMatchObject(error);
  });

  it.each<[name: string, answer: ScriptedResponse, error: string]>([
    ["is truncated", [sseHead(), HELLO_EVENTS, endBody], "StreamTruncatedError"],
    ["breaks off", [sseHead(), HELLO_EVENTS, resetSocket], "APIConnectionError"],
  ])("throws after the chunks that came if a stream %s", async (_, answer, name) => {
    const { options } = await through(answer);
    const error = (await collect(stream(REQUEST, options)).catch((error: unknown) => error)) as object;
    expect(error).toMatchObject({ name, partial: { choices: [{ message: { content: "Hello" } }] } });
  });

  it("stops the upstream when it leaves the loop", async () => {
    const { options, upstream } = await through([sseHead(), HELLO_EVENTS, stall]);
    for await (const _ of stream(REQUEST, options)) break;
    await withTimeout(upstream.requests[0]?.closed ?? Promise.reject(), "the upstream's close");
  });

  it("runs without a network in front of the emulator", async () => {
    const handle = relay({ fetch: emulator(), apiKey: OWN_KEY, authorize: () => true });
    const options: Options = { baseURL: "http://relay.test/v1", fetch: (url, init) => handle(new Request(url, init)) };
    const request = { ...REQUEST, model: "openai/gpt-oss-120b" };
    const [first, second] = [await completion(request, options), await collect(stream(request, options))];
    expect(second.choices[0]?.message.content).toBe(first.choices[0]?.message.content);
  });
});

describe("OpenAI's SDK, through a relay,", () => {
  const client = (origin: string) => new OpenAI({ apiKey: CALLER_KEY, baseURL: `${origin}/v1`, maxRetries: 0 });
  const request = { ...REQUEST, model: "baseten/test/model" };

  it("gets completions and streams", async () => {
    const { origin, upstream } = await through(httpHelloResponse);
    const whole = await client(origin).chat.completions.create(request);
    expect(whole.choices[0]?.message.content).toBe("Hello");
    let text = "";
    for await (const { choices } of await client(origin).chat.completions.create({ ...request, stream: true })) {
      text += choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("Hello");
    expect(upstream.requests.map(({ json }) => json.model)).toEqual(["test/model", "test/model"]);
  });

  it("lists models", async () => {
    const { origin } = await through(httpJsonResponse(200, { object: "list", data: [{ id: "a/b" }] }));
    const { data } = await client(origin).models.list();
    expect(data.map(({ id }) => id)).toEqual(["a/b"]);
  });

  it("reads errors as its own", async () => {
    const { origin } = await through(httpResponse(429, '{"error":"slow down","error_code":"rate_limited"}'));
    const call = client(origin).chat.completions.create(request);
    await expect(call).rejects.toMatchObject({ status: 429, code: "rate_limited" });
    await expect(call).rejects.toThrow("slow down");
  });
});

it("fifty streams at once do not mix", async () => {
  const { options } = await through(({ json: { model } }) => [
    sseHead(),
    sseEvent(contentChunk(String(model))),
    DONE_EVENT,
    endBody,
  ]);
  const models = Array.from({ length: 50 }, (_, index) => `test/model-${index}`);
  const answers = await Promise.all(models.map((model) => collect(stream({ ...REQUEST, model }, options))));
  expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(models);
});

it("a HEAD is answered without a body", async () => {
  const { origin } = await serveRelay([[responseHead(200)]]);
  const answer = await fetch(`${origin}/v1/models`, { method: "HEAD" });
  expect([answer.status, await answer.text()]).toEqual([405, ""]);
});
