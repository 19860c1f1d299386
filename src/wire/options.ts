import { assertValid, BasetenError } from "../error.ts";
import type { Options } from "../types/options.ts";
import { isPlainObject } from "./json.ts";

/** A record, so that an option which is missing here does not compile. */
const OPTION_NAMES: Record<keyof Options, true> = {
  apiKey: true,
  baseURL: true,
  deployment: true,
  servedModelName: true,
  fetch: true,
  headers: true,
  signal: true,
  timeout: true,
  maxRetries: true,
};

/** The options that every call takes. */
export const CALL_OPTIONS: readonly string[] = Object.keys(OPTION_NAMES);

/**
 * Copies the options of a call without any others, and with those that are inherited: a spread would lose them, and so
 * send the key and the prompt to another host than an inherited `baseURL`.
 */
export function pickCallOptions(options: Options): Options {
  return Object.fromEntries(CALL_OPTIONS.map((name) => [name, Reflect.get(options, name)]));
}

/** Keyword arguments of LiteLLM and of OpenAI's SDKs, and the options to use here, both as {@link simplify} has them. */
const ALIASES: Record<string, string> = {
  apibase: "baseurl",
  numretries: "maxretries",
  extraheaders: "headers",
  defaultheaders: "headers",
  requesttimeout: "timeout",
  abortsignal: "signal",
};

/** A name in lower case without underscores and hyphens. */
export const simplify = (name: string): string => name.toLowerCase().replace(/[_-]/g, "");

/**
 * Finds the option that a name means: the name differs in case, underscores or hyphens only, or is another library's word
 * for it.
 */
export function findOption(name: string, known: readonly string[]): string | undefined {
  const simple = simplify(name);
  const meant = ALIASES[simple] ?? simple;
  return known.find((option) => simplify(option) === meant);
}

/**
 * Refuses anything but an object of known options. A misspelled option must not be ignored: `baseUrl` instead of `baseURL`
 * would send the key and the prompt to another host than was meant. An option that is `undefined` counts as absent.
 * @param path - what to call the object in the message; each option is then named `path.option`
 * @throws {BasetenError} `BadRequestError` that names the option and the one to use; it never shows a value
 */
export function assertOptions(options: unknown, known: readonly string[], path = ""): void {
  assertValid(isPlainObject(options), path || "options", "an object", options);
  const prefix = path && `${path}.`;
  // These may be inherited.
  for (const name of known) assertValid(options[name] !== null, prefix + name, "a value or undefined", null);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const use = findOption(name, known) ?? `one of ${known.join(", ")}`;
    throw new BasetenError("BadRequestError", `${prefix}${name}: unknown option, expected ${use}`);
  }
}
