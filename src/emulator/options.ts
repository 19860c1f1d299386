import { assertValid } from "../error.ts";
import type { ChatRequest } from "../types/chat.ts";
import { isObject } from "../wire/json.ts";
import { assertOptions } from "../wire/options.ts";
import { FAULTS, type Fault } from "./faults.ts";
import type { EmulatorModel } from "./models.ts";
import type { EmulatorReply } from "./reply.ts";

/** The options of an emulator. An unknown one is refused. */
export interface EmulatorOptions {
  /**
   * What to answer a chat request with, given its body: a text, a message, or `undefined` for the built-in answer. It is
   * streamed or not as the request asks, `tokensPerSecond` and `faults` apply, and `max_tokens` and `stop` cut it. It is
   * not called for requests that Baseten rejects. If it throws, or returns something else, the response is a 400 with the
   * reason, which clients do not retry. Default: the built-in answer.
   */
  reply?: ((request: ChatRequest) => EmulatorReply | Promise<EmulatorReply>) | undefined;
  /** Tokens per second, whether they are streamed or waited for. Default: no delay. */
  tokensPerSecond?: number | undefined;
  /** Ms from the first request or wake of a dedicated deployment to its first answer. Default 0. */
  coldStart?: number | undefined;
  /** The accepted keys, as `Bearer` or `Api-Key`. Default: every key is accepted, and so is none. */
  apiKeys?: readonly string[] | undefined;
  /** The models, or their ids. Default: a few slugs of Baseten with their prices, and a deployment for every code. */
  models?: readonly (string | EmulatorModel)[] | undefined;
  /** What goes wrong with the first request, the second, and so on; `null` is nothing. Default: nothing goes wrong. */
  faults?: readonly (Fault | null)[] | undefined;
}

/** The options after validation, with defaults. */
export interface EmulatorSettings {
  reply: EmulatorOptions["reply"];
  msPerToken: number;
  coldStart: number;
  apiKeys: readonly string[] | undefined;
  models: readonly EmulatorModel[] | undefined;
  faults: readonly (Fault | null)[];
}

/** The longest delay that a timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;

type Test = (value: unknown) => boolean;

/** Each option with what it has to be. */
const OPTIONS: readonly (readonly [name: keyof EmulatorOptions, expected: string, test: Test])[] = [
  ["reply", "a function", (value) => typeof value === "function"],
  ["tokensPerSecond", "a number above 0", (value) => typeof value === "number" && value > 0],
  [
    "coldStart",
    "0 ms or more, less than 2^31",
    (value) => typeof value === "number" && value >= 0 && value <= MAX_TIMER_MS,
  ],
  ["apiKeys", "a list of non-empty keys", isListOf((key) => typeof key === "string" && key.trim() !== "")],
  ["models", "a list of ids, or of models with an id", isListOf((model) => isId(model) || isEmulatorModel(model))],
  ["faults", `a list of null, ${FAULTS.join(", ")}`, isListOf((fault) => fault === null || isFault(fault))],
];

/**
 * Validates the options of an emulator and fills in their defaults.
 * @throws {BasetenError} `BadRequestError` that names the option, and never shows a key
 */
export function resolveSettings(options: EmulatorOptions): EmulatorSettings {
  // `fetch: emulator` calls this with an address.
  const given: unknown = options;
  const isAddress = typeof given === "string" && given.startsWith("http");
  assertValid(!isAddress, "options", "an object (as fetch pass emulator(), with parentheses)", given);
  assertOptions(
    options,
    OPTIONS.map(([name]) => name),
  );
  for (const [name, expected, test] of OPTIONS) {
    const value = options[name];
    const wrong: unknown = Array.isArray(value) ? value.find((item) => !test([item])) : value;
    // A value that is not a list of keys may itself be a key, so only its type is shown.
    assertValid(value === undefined || test(value), name, expected, name === "apiKeys" ? typeof wrong : wrong);
  }
  const { reply, tokensPerSecond = Number.POSITIVE_INFINITY, coldStart = 0, apiKeys, models, faults = [] } = options;
  return {
    reply,
    msPerToken: Math.min(1_000 / tokensPerSecond, MAX_TIMER_MS),
    coldStart,
    apiKeys: apiKeys?.map((key) => key.trim()),
    models: models?.map((model) => (typeof model === "string" ? { id: model } : model)),
    faults: [...faults],
  };
}

function isListOf(test: Test): Test {
  return (value) => Array.isArray(value) && value.every(test);
}

function isId(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isEmulatorModel(value: unknown): boolean {
  if (!isObject(value) || !isId(value.id)) return false;
  const { context_length = 1, max_completion_tokens = 1, supported_features = [], input_modalities = [] } = value;
  const areTokenCounts = [context_length, max_completion_tokens].every(
    (count) => Number.isInteger(count) && Number(count) > 0,
  );
  return areTokenCounts && [supported_features, input_modalities].every(isListOf(isId));
}

function isFault(value: unknown): boolean {
  return FAULTS.some((fault) => fault === value);
}
