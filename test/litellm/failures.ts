/** Failures behind a LiteLLM proxy, or of the proxy itself, and the error that each becomes here. */

import type { EmulatorOptions, Fault } from "../../src/emulator/index.js";
import type { BasetenErrorName, Options } from "../../src/index.js";

/** The fields of an error that are checked; `message` matches the server's words. */
export interface ExpectedError {
  name: BasetenErrorName;
  status: number;
  message: RegExp;
  type?: string;
  param?: string;
}

/** A call that fails before any content, in the same way whether it is streamed or not. */
export interface EarlyFailure {
  name: string;
  emulator?: EmulatorOptions;
  fields?: object;
  options?: Options;
  error: ExpectedError;
}

/** How often LiteLLM sends a request to Baseten that gets 408, 409, 429, a 5xx or a dead connection. */
export const PROXY_ATTEMPTS = 3;

/** The fault for each of the proxy's attempts. */
export const repeatFault = (fault: Fault): Fault[] => Array.from({ length: PROXY_ATTEMPTS }, () => fault);

const always = (fault: Fault): EmulatorOptions => ({ faults: [...repeatFault(fault), ...repeatFault(fault)] });

export const EARLY_FAILURES: EarlyFailure[] = [
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

const broken = (message: RegExp): ExpectedError => ({ name: "InternalServerError", status: 500, message });
const event = (message: RegExp): ExpectedError => ({ name: "APIError", status: 200, message });

/** Faults in the middle of an answer: the error of a call that is not streamed, and of a stream after its first content. */
export const MID_ANSWER_FAULTS: [fault: Fault, whole: ExpectedError, streamed: ExpectedError][] = [
  ["badJson", broken(/Expecting property name/), event(/Expecting value/)],
  ["errorEvent", broken(/not supported between instances/), event(/the engine failed/)],
  ["reset", broken(/Error code: 500/), event(/payload is not completed/)],
];
