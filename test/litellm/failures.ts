/** What goes wrong behind a LiteLLM proxy, or at it, and what comes of it here. */

import type { EmulatorOptions, Fault } from "../../src/emulator/index.js";
import type { BasetenErrorName, Options } from "../../src/index.js";

/** An error as far as it is looked at: `message` has these words of the server's in it. */
export interface Expected {
  name: BasetenErrorName;
  status: number;
  message: RegExp;
  type?: string;
  param?: string;
}

/** A call that fails the same way whether it is streamed or not, before anything has come. */
export interface Refusal {
  name: string;
  emulator?: EmulatorOptions;
  fields?: object;
  options?: Options;
  error: Expected;
}

/** How often LiteLLM asks Baseten before it gives up, if 408, 409, 429, a 5xx or a dead connection is the answer. */
export const ASKED = 3;

/** A fault, so often that the proxy gives up. */
export const persistent = (fault: Fault): Fault[] => Array.from({ length: ASKED }, () => fault);

const always = (fault: Fault): EmulatorOptions => ({ faults: [...persistent(fault), ...persistent(fault)] });

export const REFUSALS: Refusal[] = [
  {
    name: "an unknown model",
    fields: { model: "litellm_proxy/nothing" },
    error: { name: "BadRequestError", status: 400, message: /Invalid model name .*nothing/ },
  },
  {
    name: "no key",
    options: { apiKey: "" },
    error: { name: "AuthenticationError", status: 401, message: /No api key passed in/, type: "auth_error" },
  },
  {
    // Without a database LiteLLM has nowhere to look a key up, and says that instead.
    name: "a wrong key",
    options: { apiKey: "sk-wrong-0123456789" },
    error: { name: "BadRequestError", status: 400, message: /No connected db/, type: "no_db_connection" },
  },
  {
    name: "the proxy's own key is wrong",
    emulator: { apiKeys: ["another-key-0123456789"] },
    error: { name: "AuthenticationError", status: 403, message: /please check the api-key/ },
  },
  {
    name: "a model that Baseten does not have",
    emulator: { models: ["zai-org/GLM-5.3"] },
    error: { name: "NotFoundError", status: 404, message: /litellm\.NotFoundError: .*does not exist/ },
  },
  {
    name: "a field that Baseten refuses",
    fields: { temperature: 9 },
    error: { name: "BadRequestError", status: 400, message: /temperature: expected a number/, param: "temperature" },
  },
  {
    name: "a field that LiteLLM refuses",
    fields: { n: 2 },
    error: { name: "BadRequestError", status: 400, message: /UnsupportedParamsError: .*'n'/ },
  },
  {
    name: "too long a prompt",
    emulator: { models: [{ id: "openai/gpt-oss-120b", context_length: 3 }] },
    error: { name: "ContextWindowExceededError", status: 400, message: /litellm\.ContextWindowExceededError/ },
  },
  {
    name: "429",
    emulator: always("429"),
    error: { name: "RateLimitError", status: 429, message: /rate limit exceeded/, type: "throttling_error" },
  },
  {
    name: "500",
    emulator: always("500"),
    error: { name: "InternalServerError", status: 500, message: /litellm\.InternalServerError: .*internal error/ },
  },
  {
    name: "503",
    emulator: always("503"),
    error: { name: "InternalServerError", status: 503, message: /no healthy upstream/ },
  },
];

const broken = (message: RegExp): Expected => ({ name: "InternalServerError", status: 500, message });
const event = (message: RegExp): Expected => ({ name: "APIError", status: 200, message });

/** Faults that strike an answer: the error of a call that is not streamed, and of one that is, after its first words. */
export const BREAKS: [fault: Fault, whole: Expected, streamed: Expected][] = [
  ["badJson", broken(/Expecting property name/), event(/Expecting value/)],
  ["errorEvent", broken(/not supported between instances/), event(/the engine failed/)],
  ["reset", broken(/Error code: 500/), event(/payload is not completed/)],
];
