/** A real LiteLLM proxy between this client and the emulator. */

import { describe, expect, it, vi } from "vitest";
import {
  type BasetenError,
  type ChatRequest,
  collect,
  completion,
  type Options,
  runTools,
  stream,
  type ToolEvent,
} from "../../src/index.js";
import { catchBasetenError, catchError } from "../helpers/catch-error.js";
import { messages } from "../helpers/requests.js";
import { EARLY_FAILURES, type ExpectedError, MID_ANSWER_FAULTS, PROXY_ATTEMPTS, repeatFault } from "./failures.js";
import { EMULATOR_KEY, PROXY_KEY } from "./proxy.js";
import {
  completeDirectly,
  emulate,
  MODEL,
  normalizeCompletion,
  options,
  proxy,
  recorder,
  request,
  useProxy,
  waitForHangUp,
} from "./use-proxy.js";

useProxy();

describe("a LiteLLM proxy is called by", () => {
  const environment = (): Options => {
    vi.stubEnv("LITELLM_PROXY_API_BASE", proxy.origin);
    vi.stubEnv("LITELLM_PROXY_API_KEY", PROXY_KEY);
    return {};
  };
  it.each<[way: string, model: string, options: () => Options]>([
    ["litellm_proxy/ and the environment", "litellm_proxy/baseten-model", environment],
    ["litellm_proxy/ and options", "litellm_proxy/baseten-model", () => options()],
    ["litellm_proxy/ and /v1/", "litellm_proxy/baseten-model", () => options({ baseURL: `${proxy.origin}/v1/` })],
    ["baseURL", "baseten-model", () => options()],
    ["baseURL with /v1", "baseten-model", () => options({ baseURL: new URL("/v1", proxy.origin) })],
  ])("%s", async (_, model, given) => {
    const whole = await completion({ model, messages }, given());
    const streamed = await collect(stream({ model, messages }, given()));
    expect(normalizeCompletion(whole)).toEqual(await completeDirectly());
    expect(normalizeCompletion(streamed)).toEqual(await completeDirectly());
    expect(recorder.requests.map(({ authorization, body }) => [authorization, body.model])).toEqual([
      [`Bearer ${EMULATOR_KEY}`, MODEL],
      [`Bearer ${EMULATOR_KEY}`, MODEL],
    ]);
  });
});

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const schema = { ...parameters, additionalProperties: false };
const tool = (name: string): object => ({ type: "function", function: { name, parameters } });
const userMessage = (content: string): object => ({ messages: [{ role: "user", content }] });

describe("through a LiteLLM proxy the answer is the same as without it:", () => {
  it.each<[what: string, fields: object]>([
    ["other alphabets", userMessage("héllo 👋🏽 “日本” \u2028 \\n data: [DONE]")],
    ["a long text", userMessage("word ".repeat(2_000))],
    ["one tool call", { tools: [tool("weather")] }],
    ["several tool calls", { ...userMessage("the weather, the time"), tools: [tool("weather"), tool("time")] }],
    ["a schema", { response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } } }],
    ["max_tokens", { max_tokens: 30 }],
    ["stop", { stop: ["emulator"] }],
  ])("%s", async (_, fields) => {
    const expected = await completeDirectly(fields);
    expect(normalizeCompletion(await completion({ ...request, ...fields }, options()))).toEqual(expected);
    expect(normalizeCompletion(await collect(stream({ ...request, ...fields }, options())))).toEqual(expected);
  });

  it("a stream yields usage once, and never with include_usage: false", async () => {
    const usages = async (include_usage: boolean): Promise<number> => {
      let count = 0;
      const chunks = stream({ ...request, stream_options: { include_usage } }, options());
      for await (const { usage } of chunks) if (usage) count += 1;
      return count;
    };
    expect([await usages(true), await usages(false)]).toEqual([1, 0]);
  });

  it("chunks arrive while the model still generates", async () => {
    emulate({ faults: ["stall"] });
    let content = "";
    for await (const { choices } of stream(request, options())) {
      content += choices[0]?.delta.content ?? "";
      if (content) break;
    }
    expect(content).not.toBe("");
    await waitForHangUp();
  });
});

/** Checks the fields of an error, and that it contains no key. */
function expectError(error: BasetenError, { message, ...fields }: ExpectedError): void {
  expect(error).toMatchObject({ ...fields, attempts: 1 });
  expect(error.message).toMatch(message);
  expect(error.message).toContain(new URL(proxy.origin).host);
  for (const key of [PROXY_KEY, EMULATOR_KEY]) expect(JSON.stringify(error)).not.toContain(key);
}

describe("through a LiteLLM proxy", () => {
  it.each(EARLY_FAILURES)(
    "$name: rejects with $error.name",
    async ({ emulator: like = {}, fields, options: more, error }) => {
      emulate(like);
      const failing = { ...request, ...fields };
      expectError(await catchBasetenError(() => completion(failing, options(more))), error);
      expectError(await catchBasetenError(() => collect(stream(failing, options(more)))), error);
    },
  );

  it.each(MID_ANSWER_FAULTS)(
    "the fault %s in the middle of an answer rejects with its error",
    async (fault, whole, streamed) => {
      emulate({ faults: repeatFault(fault) });
      expectError(await catchBasetenError(() => completion(request, options())), whole);
      // So slow that the content before the fault has been sent when it happens.
      emulate({ faults: [fault], tokensPerSecond: 100 });
      const error = await catchBasetenError(() => collect(stream(request, options())));
      expectError(error, streamed);
      expect(error.partial?.choices[0]?.message.content).toBeTruthy();
    },
  );

  it("a truncated answer to completion() rejects with InternalServerError", async () => {
    emulate({ faults: ["truncate"] });
    expectError(await catchBasetenError(() => completion(request, options())), {
      name: "InternalServerError",
      status: 500,
      message: /Unterminated string/,
    });
  });

  // The one case in which this client cannot notice a truncated stream: LiteLLM adds an end that the server never sent.
  it('a truncated stream ends with finish_reason "stop", which LiteLLM adds', async () => {
    emulate({ faults: ["truncate"] });
    const { choices } = await collect(stream(request, options()));
    const { choices: whole } = await completion(request, options());
    expect(choices[0]?.finish_reason).toBe("stop");
    expect(whole[0]?.message.content?.startsWith(choices[0]?.message.content ?? "nothing")).toBe(true);
    expect(choices[0]?.message.content).not.toBe(whole[0]?.message.content);
  });

  it("429, 500 and 503 are retried", async () => {
    emulate({ faults: [...repeatFault("429"), ...repeatFault("503"), null, ...repeatFault("500")] });
    const whole = await completion(request, options({ maxRetries: 2 }));
    expect(recorder.requests.length).toBe(2 * PROXY_ATTEMPTS + 1);
    const streamed = await collect(stream(request, options({ maxRetries: 1 })));
    expect(recorder.requests.length).toBe(3 * PROXY_ATTEMPTS + 2);
    expect([whole, streamed].map(normalizeCompletion)).toEqual([await completeDirectly(), await completeDirectly()]);
  });
});

describe("the model behind a LiteLLM proxy stops generating", () => {
  const reason = new Error("no longer wanted");

  it("when completion() is aborted", async () => {
    emulate({ tokensPerSecond: 0.001 });
    const controller = new AbortController();
    const answer = catchError(() => completion(request, options({ signal: controller.signal })));
    await vi.waitFor(() => expect(recorder.requests.length).toBe(1), { timeout: 10_000 });
    controller.abort(reason);
    expect(await answer).toBe(reason);
    await waitForHangUp();
  });

  it("when a stream is aborted", async () => {
    emulate({ tokensPerSecond: 20 });
    const controller = new AbortController();
    const chunks = stream(request, options({ signal: controller.signal }));
    await chunks.next();
    controller.abort(reason);
    expect(await catchError(() => chunks.next())).toBe(reason);
    await waitForHangUp();
  });

  it("when the loop over a stream is left by break", async () => {
    emulate({ tokensPerSecond: 20 });
    for await (const _ of stream(request, options())) break;
    await waitForHangUp();
  });

  it("when timeout.idle runs out", async () => {
    emulate({ faults: ["stall"] });
    const error = await catchBasetenError(() => collect(stream(request, options({ timeout: { idle: 3_000 } }))));
    expect(error).toMatchObject({ name: "TimeoutError", message: expect.stringContaining("timeout.idle") });
    expect(error.partial?.choices[0]?.message.content).toBeTruthy();
    await waitForHangUp();
  });
});

/** Runs the loop with a tool, and returns the events without the chunks. */
async function runWeatherTool(chat: ChatRequest, callOptions: Options) {
  const execute = vi.fn(() => ({ degrees: 20 }));
  const events: ToolEvent[] = [];
  for await (const event of runTools(chat, { weather: { parameters, execute } }, callOptions)) {
    if (event.type !== "chunk") events.push(event);
  }
  return { execute, events };
}

describe("runTools through a LiteLLM proxy", () => {
  it("runs the tool that the model calls, sends its result, and finishes with the model's answer", async () => {
    const { execute, events } = await runWeatherTool({ ...request, ...userMessage("The weather?") }, options());
    expect(events.map(({ type }) => type)).toEqual(["tool-call", "tool-result", "finish"]);
    expect(execute).toHaveBeenCalledTimes(1);
    expect(recorder.requests.map(({ body }) => body.messages)).toMatchObject([
      [{ role: "user" }],
      [{ role: "user" }, { role: "assistant" }, { role: "tool", content: '{"degrees":20}' }],
    ]);
    expect(events.at(-1)).toMatchObject({ completion: { choices: [{ finish_reason: "stop" }] }, pending: [] });
  });
});

// The last test, since it stops the proxy.
it("a LiteLLM proxy that dies mid-stream rejects with APIConnectionError, after the chunks before it", async () => {
  emulate({ faults: ["stall"] });
  const chunks = stream(request, options());
  const first = await chunks.next();
  await proxy.stop();
  const error = await catchBasetenError(() => collect(chunks));
  expect(first.done).toBe(false);
  expect(error).toMatchObject({ name: "APIConnectionError", attempts: 1 });
  expect(await catchBasetenError(() => completion(request, options()))).toMatchObject({ name: "APIConnectionError" });
});
