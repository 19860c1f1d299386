import { assertValid } from "../error.ts";
import type { Options, Timeouts } from "../types/options.ts";
import { assertOptions } from "../wire/options.ts";

/** Each limit in ms; `Infinity` is none. */
export type Limits = Record<keyof Timeouts, number>;

const MODEL_API_RESPONSE_MS = 600_000;
/** A dedicated deployment may hold a request for 1,200 s while its replicas wake. */
const OTHER_RESPONSE_MS = 1_260_000;
const IDLE_MS = 120_000;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/**
 * Resolves the option `timeout`. A number is `total`, and turns the other two off.
 * @throws {BasetenError} `BadRequestError` for an unknown limit, and for what is not a number of ms above 0
 */
export function resolveTimeouts(timeout: Options["timeout"] = {}, isModelAPI = false): Limits {
  // Anything but an object is meant as a number: the message then says that a number was expected.
  const isTotal = typeof timeout !== "object";
  if (!isTotal) assertOptions(timeout, ["response", "idle", "total"], "timeout");
  const given: Timeouts = isTotal ? { response: NO_LIMIT, idle: NO_LIMIT, total: timeout } : timeout;
  const { response = isModelAPI ? MODEL_API_RESPONSE_MS : OTHER_RESPONSE_MS, idle = IDLE_MS, total = NO_LIMIT } = given;
  for (const [name, ms] of Object.entries({ response, idle, total })) {
    assertValid(typeof ms === "number" && ms > 0, `timeout.${name}`, "a number of ms above 0", ms);
  }
  return { response, idle, total };
}
