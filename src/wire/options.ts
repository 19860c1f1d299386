import { assertValid, BasetenError } from "../error.ts";
import type { Options } from "../types/options.ts";

/** The options that every call takes. */
export const CALL_OPTIONS: readonly (keyof Options)[] = [
  "apiKey",
  "baseURL",
  "deployment",
  "servedModelName",
  "fetch",
  "headers",
  "signal",
  "timeout",
  "maxRetries",
];

/** Keyword arguments of LiteLLM and of OpenAI's SDKs, in lower case without underscores, and the option to use here. */
const ALIASES: Record<string, string> = {
  apibase: "baseURL",
  numretries: "maxRetries",
  extraheaders: "headers",
  defaultheaders: "headers",
  requesttimeout: "timeout",
  abortsignal: "signal",
};

const simplify = (name: string): string => name.toLowerCase().replace(/[_-]/g, "");

/** The option that a name means which differs only in case or underscores, or is LiteLLM's; `undefined` if there is none. */
export function findOption(name: string, known: readonly string[]): string | undefined {
  const simple = simplify(name);
  const meant = Object.hasOwn(ALIASES, simple) ? ALIASES[simple] : undefined;
  return known.find((option) => option === meant || simplify(option) === simple);
}

/**
 * Refuses what is no object of known options. A misspelled option must not be ignored: `baseUrl` instead of `baseURL`
 * would send the key and the prompt to another host than was meant. An option that is `undefined` counts as absent.
 * @param path - what to call the object in the message; each option is then named `path.option`
 * @throws {BasetenError} `BadRequestError` that names the option and the one to use; it never shows a value
 */
export function assertOptions(options: unknown, known: readonly string[], path = ""): void {
  assertValid(typeof options === "object" && options !== null, path || "options", "an object", options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const field = path ? `${path}.${name}` : name;
    if (!known.includes(name)) {
      const use = findOption(name, known) ?? `one of ${known.join(", ")}`;
      throw new BasetenError("BadRequestError", `${field}: unknown option, expected ${use}`);
    }
    assertValid(value !== null, field, "a value, or undefined for the default", value);
  }
}
