/** Catches the error of a call, so that a test can look at it. */

import { expect } from "vitest";
import { BasetenError } from "../../src/index.js";

/** Returns what `act` throws or rejects with. */
export async function catchError(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Returns the BasetenError that `act` throws or rejects with. */
export async function catchBasetenError(act: () => unknown): Promise<BasetenError> {
  const error = await catchError(act);
  expect(error).toBeInstanceOf(BasetenError);
  return error as BasetenError;
}

/**
 * Expects a BadRequestError before anything is sent, whose message names the field, what was expected, and what was given.
 * @param given A part of the message that shows the given value.
 */
export async function expectRefusal(act: () => unknown, field: string, given = ""): Promise<BasetenError> {
  const error = await catchBasetenError(act);
  expect(error.message).toMatch(/: expected .+, got ./s);
  expect(error.message.split(": expected ")[0]).toBe(field);
  expect(error.message).toContain(given);
  expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
  expect(error.status).toBeUndefined();
  return error;
}
