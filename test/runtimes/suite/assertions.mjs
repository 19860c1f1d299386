/** Assertions that run in every runtime. */

/** @param {unknown} value @param {string} what */
export function assert(value, what) {
  if (!value) throw new Error(`expected ${what}`);
}

/** Compares as JSON does. @param {unknown} actual @param {unknown} expected @param {string} what */
export function assertEqual(actual, expected, what) {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`);
}

/**
 * Returns what a promise rejects with.
 *
 * @param {Promise<unknown>} promise
 * @param {string} what
 * @returns {Promise<unknown>}
 */
export async function getRejection(promise, what) {
  const nothing = {};
  const error = await promise.then(
    () => nothing,
    (reason) => reason,
  );
  if (error === nothing) throw new Error(`${what}: expected a rejection`);
  return error;
}

/**
 * Returns the BasetenError that a promise rejects with, if it has this name.
 *
 * @param {import("./endpoint.mjs").Context} context
 * @param {Promise<unknown>} promise
 * @param {string} name
 * @param {string} what
 * @returns {Promise<import("../../../dist/index.js").BasetenError>}
 */
export async function rejectsWith({ lib }, promise, name, what) {
  const error = await getRejection(promise, what);
  assert(error instanceof lib.BasetenError && error instanceof Error, `${what}: a BasetenError, got ${error}`);
  assertEqual(error.name, name, `${what}: ${error.message}`);
  return error;
}
