import type { BasetenError } from "../error.ts";
import type { CreateError } from "./api-error.ts";

const RUNTIME_TIMEOUT = /^(TimeoutError|UND_ERR_(HEADERS|BODY)_TIMEOUT)$/;

/** How many causes are followed: Node's fetch rejects with an error whose cause has the code. */
const MAX_CAUSES = 3;

/** Lists an error and its causes, the outermost first. */
function listCauses(error: unknown): Record<string, unknown>[] {
  const causes: Record<string, unknown>[] = [];
  for (let cause = error; cause != null && causes.length < MAX_CAUSES; cause = Object(cause).cause)
    causes.push(Object(cause));
  return causes;
}

/** Tells whether the runtime gave up by limits of its own, as Node does after 300 s. */
function isRuntimeTimeout(causes: Record<string, unknown>[]): boolean {
  return causes.some(({ name, code }) =>
    [name, code].some((text) => typeof text === "string" && RUNTIME_TIMEOUT.test(text)),
  );
}

/**
 * Builds the error of a fetch that rejected, or of a body that broke off.
 * @param what - what happened; the message adds the words of `cause` and the code underneath, such as `ECONNREFUSED`
 * @param hint - what else may be why
 */
export function createConnectionError(what: string, cause: unknown, createError: CreateError, hint = ""): BasetenError {
  const causes = listCauses(cause);
  if (isRuntimeTimeout(causes)) {
    const advice = "stream it (collect(stream(request))), or wake the deployment first";
    return createError("TimeoutError", `the runtime stopped waiting: ${advice}`, { cause });
  }
  const message = causes[0]?.message ?? cause;
  const words = typeof message === "string" ? message : "";
  const code = causes.map((error) => error.code).find((value) => typeof value === "string" && value);
  // Node's "fetch failed" says nothing by itself: where its cause has no code, the cause's words tell ("bad port").
  const detail = code ?? causes.at(-1)?.message;
  const suffix = typeof detail === "string" && !words.includes(detail) ? ` (${detail})` : "";
  return createError("APIConnectionError", `${what}: ${words}${suffix}${hint}`, { cause });
}
