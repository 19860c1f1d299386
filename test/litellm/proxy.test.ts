/** A real LiteLLM proxy between this client and the emulator. */

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import {
  type BasetenError,
  type ChatCompletion,
  type ChatRequest,
  collect,
  completion,
  type Options,
  stream,
} from "../../src/index.js";
import { catchBasetenError, catchError } from "../helpers/catch-error.js";
import { ENVIRONMENT_VARIABLES } from "../helpers/environment.js";
import { messages } from "../helpers/requests.js";
import { ASKED, BREAKS, type Expected, persistent, REFUSALS } from "./failures.js";
import { type Library, type OpenPage, openPage } from "./page.js";
import { EMULATOR_KEY, PROXY_KEY, type RunningProxy, startProxy } from "./proxy.js";
import { type Recorder, record } from "./recorder.js";

let recorder: Recorder;
let proxy: RunningProxy;

beforeAll(async () => {
  recorder = await record();
  proxy = await startProxy(recorder.origin);
});

afterAll(async () => {
  await proxy?.stop();
  await recorder?.close();
});

beforeEach(() => {
  for (const name of ENVIRONMENT_VARIABLES) vi.stubEnv(name, undefined);
  recorder.answer();
});

const MODEL = "openai/gpt-oss-120b";
const request: ChatRequest = { model: "litellm_proxy/baseten-model", messages };

const options = (more: Options = {}): Options => ({
  baseURL: proxy.origin,
  apiKey: PROXY_KEY,
  maxRetries: 0,
  ...more,
});

const emulate = (more: EmulatorOptions): void => recorder.answer(emulator(more));

/** What an answer is about. The rest is LiteLLM's to change: time, model, the cost in usage, fields of its own. */
function essence({ choices, usage }: ChatCompletion): object {
  const { prompt_tokens, completion_tokens, total_tokens } = usage ?? {};
  const said = choices.map(({ index, finish_reason, message: { role, content, reasoning_content, tool_calls } }) => {
    return { index, finish_reason, role, content, reasoning_content, tool_calls };
  });
  return { said, usage: { prompt_tokens, completion_tokens, total_tokens } };
}

/** The answer with no proxy in between. */
async function direct(fields: object = {}): Promise<object> {
  return essence(await completion({ ...request, ...fields, model: `baseten/${MODEL}` }, { fetch: emulator() }));
}

/** Until the upstream of a request has seen its caller leave. */
async function hungUp(): Promise<void> {
  const { signal } = recorder.arrivals[0] ?? {};
  if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener("abort", resolve));
}

describe("the ways to a proxy", () => {
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
    expect(essence(whole)).toEqual(await direct());
    expect(essence(streamed)).toEqual(await direct());
    expect(recorder.arrivals.map(({ authorization, body }) => [authorization, body.model])).toEqual([
      [`Bearer ${EMULATOR_KEY}`, MODEL],
      [`Bearer ${EMULATOR_KEY}`, MODEL],
    ]);
  });
});

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const schema = { ...parameters, additionalProperties: false };
const tool = (name: string): object => ({ type: "function", function: { name, parameters } });
const say = (content: string): object => ({ messages: [{ role: "user", content }] });

describe("nothing of an answer is lost", () => {
  it.each<[what: string, fields: object]>([
    ["other alphabets", say("héllo 👋🏽 “日本” \u2028 \\n data: [DONE]")],
    ["a long text", say("word ".repeat(2_000))],
    ["one tool call", { tools: [tool("weather")] }],
    ["several tool calls", { ...say("the weather, the time"), tools: [tool("weather"), tool("time")] }],
    ["a schema", { response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } } }],
    ["max_tokens", { max_tokens: 30 }],
    ["stop", { stop: ["emulator"] }],
  ])("%s", async (_, fields) => {
    const expected = await direct(fields);
    expect(essence(await completion({ ...request, ...fields }, options()))).toEqual(expected);
    expect(essence(await collect(stream({ ...request, ...fields }, options())))).toEqual(expected);
  });

  it("the usage of a stream comes once, unless it is declined", async () => {
    const usages = async (include_usage: boolean): Promise<number> => {
      let count = 0;
      const chunks = stream({ ...request, stream_options: { include_usage } }, options());
      for await (const { usage } of chunks) if (usage) count += 1;
      return count;
    };
    expect([await usages(true), await usages(false)]).toEqual([1, 0]);
  });

  it("chunks come while the model still speaks", async () => {
    emulate({ faults: ["stall"] });
    let content = "";
    for await (const { choices } of stream(request, options())) {
      content += choices[0]?.delta.content ?? "";
      if (content) break;
    }
    expect(content).not.toBe("");
    await hungUp();
  });
});

/** The error as the table expects it, and no key in it. */
function expectError(error: BasetenError, { message, ...fields }: Expected): void {
  expect(error).toMatchObject({ ...fields, attempts: 1 });
  expect(error.message).toMatch(message);
  expect(error.message).toContain(new URL(proxy.origin).host);
  for (const key of [PROXY_KEY, EMULATOR_KEY]) expect(JSON.stringify(error)).not.toContain(key);
}

describe("errors", () => {
  it.each(REFUSALS)("$name", async ({ emulator: like = {}, fields, options: more, error }) => {
    emulate(like);
    const refused = { ...request, ...fields };
    expectError(await catchBasetenError(() => completion(refused, options(more))), error);
    expectError(await catchBasetenError(() => collect(stream(refused, options(more)))), error);
  });

  it.each(BREAKS)("%s in the middle", async (fault, whole, streamed) => {
    emulate({ faults: persistent(fault) });
    expectError(await catchBasetenError(() => completion(request, options())), whole);
    // At a pace at which the words before the fault have left when it strikes.
    emulate({ faults: [fault], tokensPerSecond: 100 });
    const error = await catchBasetenError(() => collect(stream(request, options())));
    expectError(error, streamed);
    expect(error.partial?.choices[0]?.message.content).toBeTruthy();
  });

  it("truncate in the middle is an error where nothing is streamed", async () => {
    emulate({ faults: ["truncate"] });
    expectError(await catchBasetenError(() => completion(request, options())), {
      name: "InternalServerError",
      status: 500,
      message: /Unterminated string/,
    });
  });

  // The one row in which this client cannot tell the truth: LiteLLM makes up the end that the server never sent.
  it("truncate in the middle of a stream is hidden by LiteLLM, which says that the model stopped", async () => {
    emulate({ faults: ["truncate"] });
    const { choices } = await collect(stream(request, options()));
    const { choices: whole } = await completion(request, options());
    expect(choices[0]?.finish_reason).toBe("stop");
    expect(whole[0]?.message.content?.startsWith(choices[0]?.message.content ?? "nothing")).toBe(true);
    expect(choices[0]?.message.content).not.toBe(whole[0]?.message.content);
  });

  it("are retried as any server's", async () => {
    emulate({ faults: [...persistent("429"), ...persistent("503"), null, ...persistent("500")] });
    const whole = await completion(request, options({ maxRetries: 2 }));
    expect(recorder.arrivals.length).toBe(2 * ASKED + 1);
    const streamed = await collect(stream(request, options({ maxRetries: 1 })));
    expect(recorder.arrivals.length).toBe(3 * ASKED + 2);
    expect([whole, streamed].map(essence)).toEqual([await direct(), await direct()]);
  });
});

describe("a caller who leaves stops the model behind the proxy", () => {
  const reason = new Error("no longer wanted");

  it("by an abort of a completion", async () => {
    emulate({ tokensPerSecond: 0.001 });
    const controller = new AbortController();
    const answer = catchError(() => completion(request, options({ signal: controller.signal })));
    await vi.waitFor(() => expect(recorder.arrivals.length).toBe(1), { timeout: 10_000 });
    controller.abort(reason);
    expect(await answer).toBe(reason);
    await hungUp();
  });

  it("by an abort of a stream", async () => {
    emulate({ tokensPerSecond: 20 });
    const controller = new AbortController();
    const chunks = stream(request, options({ signal: controller.signal }));
    await chunks.next();
    controller.abort(reason);
    expect(await catchError(() => chunks.next())).toBe(reason);
    await hungUp();
  });

  it("by a break", async () => {
    emulate({ tokensPerSecond: 20 });
    for await (const _ of stream(request, options())) break;
    await hungUp();
  });

  it("by running out of patience", async () => {
    emulate({ faults: ["stall"] });
    const error = await catchBasetenError(() => collect(stream(request, options({ timeout: { idle: 3_000 } }))));
    expect(error).toMatchObject({ name: "TimeoutError", message: expect.stringContaining("timeout.idle") });
    expect(error.partial?.choices[0]?.message.content).toBeTruthy();
    await hungUp();
  });
});

describe("a page of another origin", () => {
  let open: OpenPage;
  beforeAll(async () => {
    open = await openPage();
  });
  afterAll(() => open?.close());

  const visit = () => ({ request, options: options({ apiKey: PROXY_KEY }) });

  it("completes and streams", async () => {
    const answers = await open.page.evaluate(async ({ request, options }) => {
      const { collect, completion, stream } = (globalThis as unknown as Library).library;
      return [await completion(request, options), await collect(stream(request, options))];
    }, visit());
    expect(answers.map(essence)).toEqual([await direct(), await direct()]);
  });

  it("reads errors, but not the headers that LiteLLM does not show it", async () => {
    emulate({ faults: persistent("429") });
    const seen = await open.page.evaluate(async ({ request, options }) => {
      const { completion } = (globalThis as unknown as Library).library;
      return completion(request, options).catch(({ name, status, headers }) => ({
        name,
        status,
        id: headers.get("x-litellm-call-id"),
      }));
    }, visit());
    expect(seen).toEqual({ name: "RateLimitError", status: 429, id: null });
    const outside = await catchBasetenError(() => completion({ ...request, model: "nothing" }, options()));
    expect(outside.headers?.get("x-litellm-call-id")).toBeTruthy();
  });

  it("stops the model by a break, and by an abort with its reason", async () => {
    emulate({ tokensPerSecond: 20 });
    await open.page.evaluate(async ({ request, options }) => {
      for await (const _ of (globalThis as unknown as Library).library.stream(request, options)) break;
    }, visit());
    await hungUp();
    emulate({ tokensPerSecond: 20 });
    const kept = await open.page.evaluate(async ({ request, options }) => {
      const controller = new AbortController();
      const chunks = (globalThis as unknown as Library).library.stream(request, {
        ...options,
        signal: controller.signal,
      });
      await chunks.next();
      const reason = new Error("no longer wanted");
      controller.abort(reason);
      return chunks.next().catch((error) => error === reason);
    }, visit());
    expect(kept).toBe(true);
    await hungUp();
  });
});

// The last of all: it takes the proxy away.
it("a proxy that dies in the middle of a stream is a broken connection, after what came before", async () => {
  emulate({ faults: ["stall"] });
  const chunks = stream(request, options());
  const first = await chunks.next();
  await proxy.stop();
  const error = await catchBasetenError(() => collect(chunks));
  expect(first.done).toBe(false);
  expect(error).toMatchObject({ name: "APIConnectionError", attempts: 1 });
  expect(await catchBasetenError(() => completion(request, options()))).toMatchObject({ name: "APIConnectionError" });
});
