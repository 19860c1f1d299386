import { assertValid } from "../error.ts";
import { isObject } from "../wire/json.ts";
import { FAULTS, type Fault } from "./faults.ts";
import type { EmulatorModel } from "./models.ts";

/** What an emulator is like. */
export interface EmulatorOptions {
  /** Tokens a second, streamed or waited for. Default: at once. */
  tokensPerSecond?: number | undefined;
  /** Ms before the first answer of each dedicated deployment, from its first request or its wake on. Default 0. */
  coldStart?: number | undefined;
  /** The keys that are accepted, as `Bearer` or `Api-Key`. Default: any, and none. */
  apiKeys?: readonly string[] | undefined;
  /** The models that are there, or their ids. Default: a few of Baseten's slugs with their prices, and any code. */
  models?: readonly (string | EmulatorModel)[] | undefined;
  /** What goes wrong with the first request, the second, and so on; `null` is nothing. Default: nothing ever. */
  faults?: readonly (Fault | null)[] | undefined;
}

/**
 * The options, checked.
 * @internal
 */
export interface Settings {
  /** Ms that a token takes. */
  pace: number;
  coldStart: number;
  apiKeys: readonly string[] | undefined;
  models: readonly EmulatorModel[] | undefined;
  faults: readonly (Fault | null)[];
}

/** The longest that a timer can be, in ms. */
const LONGEST = 2 ** 31 - 1;

type Test = (value: unknown) => boolean;

/** Each option with what it is expected to be. */
const OPTIONS: readonly (readonly [keyof EmulatorOptions, expected: string, Test])[] = [
  ["tokensPerSecond", "a number above 0", (value) => typeof value === "number" && value > 0],
  [
    "coldStart",
    "ms, 0 or more, less than 2^31",
    (value) => typeof value === "number" && value >= 0 && value <= LONGEST,
  ],
  ["apiKeys", "a list of keys that are not empty", listOf((key) => typeof key === "string" && key.trim() !== "")],
  ["models", "a list of ids, or of models with an id", listOf((model) => isId(model) || isModel(model))],
  ["faults", `a list of null, ${FAULTS.join(", ")}`, listOf((fault) => fault === null || isFault(fault))],
];

/**
 * Checks the options of an emulator and fills in their defaults.
 * @throws {BasetenError} `BadRequestError` that names the option
 * @internal
 */
export function settingsOf(options: EmulatorOptions): Settings {
  assertValid(Object(options) === options, "options", "an object", options);
  for (const [name, expected, test] of OPTIONS) {
    const value = options[name];
    // What should be a list of keys may be a key: it is not shown.
    assertValid(value === undefined || test(value), name, expected, name === "apiKeys" ? typeof value : value);
  }
  const { tokensPerSecond = Number.POSITIVE_INFINITY, coldStart = 0, apiKeys, models, faults = [] } = options;
  return {
    pace: Math.min(1_000 / tokensPerSecond, LONGEST),
    coldStart,
    apiKeys: apiKeys?.map((key) => key.trim()),
    models: models?.map((model) => (typeof model === "string" ? { id: model } : model)),
    faults: [...faults],
  };
}

function listOf(test: Test): Test {
  return (value) => Array.isArray(value) && value.every(test);
}

function isId(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isModel(value: unknown): boolean {
  if (!isObject(value) || !isId(value.id)) return false;
  const { context_length = 1, max_completion_tokens = 1, supported_features = [], input_modalities = [] } = value;
  const areCounts = [context_length, max_completion_tokens].every(
    (count) => Number.isInteger(count) && Number(count) > 0,
  );
  return areCounts && [supported_features, input_modalities].every(listOf(isId));
}

function isFault(value: unknown): boolean {
  return FAULTS.some((fault) => fault === value);
}
