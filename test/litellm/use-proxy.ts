/** A LiteLLM proxy between this client and an emulator, for all tests of a file. */

import { afterAll, beforeAll, beforeEach, vi } from "vitest";
import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import { type ChatCompletion, type ChatRequest, completion, type Options } from "../../src/index.js";
import { ENVIRONMENT_VARIABLES } from "../helpers/environment.js";
import { messages } from "../helpers/requests.js";
import { PROXY_KEY, type RunningProxy, startProxy } from "./proxy.js";
import { type Recorder, startRecorder } from "./recorder.js";

/** The model of the emulator behind the proxy. */
export const MODEL = "openai/gpt-oss-120b";

/** A request to that model by the proxy's name for it. */
export const request: ChatRequest = { model: "litellm_proxy/baseten-model", messages };

export let recorder: Recorder;
export let proxy: RunningProxy;

/** Starts the proxy before the tests of a file, and stops it after them. */
export function useProxy(): void {
  beforeAll(async () => {
    recorder = await startRecorder();
    proxy = await startProxy(recorder.origin);
  });

  afterAll(async () => {
    await proxy?.stop();
    await recorder?.close();
  });

  beforeEach(() => {
    for (const name of ENVIRONMENT_VARIABLES) vi.stubEnv(name, undefined);
    recorder.respondWith();
  });
}

/** The options of a call through the proxy, without retries. */
export const options = (more: Options = {}): Options => ({
  baseURL: proxy.origin,
  apiKey: PROXY_KEY,
  maxRetries: 0,
  ...more,
});

/** Lets another emulator stand behind the proxy. */
export const emulate = (more: EmulatorOptions): void => recorder.respondWith(emulator(more));

/** The parts of a completion that the proxy must keep. Time, model and the cost in usage are LiteLLM's to change. */
export function normalizeCompletion({ choices, usage }: ChatCompletion): object {
  const { prompt_tokens, completion_tokens, total_tokens } = usage ?? {};
  const kept = choices.map(({ index, finish_reason, message: { role, content, reasoning_content, tool_calls } }) => {
    return { index, finish_reason, role, content, reasoning_content, tool_calls };
  });
  return { choices: kept, usage: { prompt_tokens, completion_tokens, total_tokens } };
}

/** The completion without a proxy in between. */
export async function completeDirectly(fields: object = {}): Promise<object> {
  return normalizeCompletion(
    await completion({ ...request, ...fields, model: `baseten/${MODEL}` }, { fetch: emulator() }),
  );
}

/** Resolves when the emulator's caller has closed the connection of the first request. */
export async function waitForHangUp(): Promise<void> {
  const { signal } = recorder.requests[0] ?? {};
  if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener("abort", resolve));
}
