import { assertValid } from "../error.ts";
import type { Options, Timeouts } from "../types/options.ts";

/**
 * The limits that count, in ms.
 * @internal
 */
export type Limits = Record<keyof Timeouts, number>;

/** @internal */
export const NONE: number = Number.POSITIVE_INFINITY;

/**
 * Reads the limits. A number is the total, and lifts the other two.
 * @throws {BasetenError} `BadRequestError` for what is no number of ms above 0
 * @internal
 */
export function limits(timeout: Options["timeout"] = {}, modelApi = false): Limits {
  const given: Timeouts = typeof timeout === "number" ? { response: NONE, idle: NONE, total: timeout } : timeout;
  assertValid(given === Object(given), "timeout", "ms or { response, idle, total }", given);
  const { response = modelApi ? 600_000 : 1_260_000, idle = 120_000, total = NONE } = given;
  for (const [name, ms] of Object.entries({ response, idle, total })) {
    assertValid(typeof ms === "number" && ms > 0, `timeout.${name}`, "ms above 0", ms);
  }
  return { response, idle, total };
}
