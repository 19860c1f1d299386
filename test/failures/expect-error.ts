/** Compares an error with what a test expects of it. */

import { expect } from "vitest";
import { BasetenError } from "../../src/index.js";
import { withTimeout } from "../helpers/leak-check.js";
import { API_KEY } from "../helpers/requests.js";

/** What a test expects of a BasetenError. */
export interface ExpectedError {
  name: string | readonly string[];
  /** Each of these must be in the message. */
  messageIncludes?: readonly (string | RegExp)[];
  /** None of these may be in the message. */
  messageExcludes?: readonly (string | RegExp)[];
  attempts?: number;
  /** Values of further fields. */
  fields?: Record<string, unknown>;
  /** Set if there must be a `cause`. */
  cause?: true;
}

/** Expects the error of a call that was sent to 127.0.0.1: the message names that host, and `attempts` is 1 by default. */
export function expectServerError(error: unknown, expected: ExpectedError): void {
  expectError(error, { attempts: 1, ...expected, messageIncludes: [...(expected.messageIncludes ?? []), "127.0.0.1"] });
}

/** Expects a BasetenError as described, with a cause that is not enumerable, and without the API key in any field. */
export function expectError(error: unknown, expected: ExpectedError): void {
  expect(error).toBeInstanceOf(BasetenError);
  const known = error as BasetenError;
  expect([expected.name].flat(), `${known.name}: ${known.message}`).toContain(known.name);
  for (const part of expected.messageIncludes ?? []) expectInMessage(known.message, part, true);
  for (const part of expected.messageExcludes ?? []) expectInMessage(known.message, part, false);
  if (expected.attempts !== undefined) expect(known.attempts, "attempts").toBe(expected.attempts);
  for (const [field, value] of Object.entries(expected.fields ?? {})) {
    expect(Reflect.get(known, field), field).toEqual(value);
  }
  if (expected.cause) expect(known.cause, "cause").toBeDefined();
  expect(Object.keys(known), "cause is not enumerable").not.toContain("cause");
  expectNoKey(known);
}

function expectInMessage(message: string, part: string | RegExp, included: boolean): void {
  const found = typeof part === "string" ? message.includes(part) : part.test(message);
  expect(found, `${part} ${included ? "is missing from" : "is in"}: ${message}`).toBe(included);
}

function expectNoKey(error: BasetenError): void {
  const shown = [error.message, String(error.stack), JSON.stringify(error), ...(error.headers ?? [])].join("\n");
  expect(shown).not.toContain(API_KEY);
}

/** Returns what the promise of a call rejects with, or a text that says that it resolved. Fails if it stays pending. */
export function catchRejection(promise: Promise<unknown>): Promise<unknown> {
  return withTimeout(promise, "the end of the call").then(
    (value) => `no error, but ${JSON.stringify(value)}`,
    (error: unknown) => error,
  );
}
