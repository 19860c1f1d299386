/** Expectations that run everywhere. */

/** @param {unknown} value @param {string} what */
export function ok(value, what) {
  if (!value) throw new Error(`expected ${what}`);
}

/** Compares as JSON does. @param {unknown} got @param {unknown} want @param {string} what */
export function same(got, want, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

/**
 * What a promise rejects with.
 *
 * @param {Promise<unknown>} promise
 * @param {string} what
 * @returns {Promise<unknown>}
 */
export async function rejection(promise, what) {
  const nothing = {};
  const error = await promise.then(
    () => nothing,
    (reason) => reason,
  );
  if (error === nothing) throw new Error(`${what}: expected a rejection`);
  return error;
}

/**
 * The BasetenError of this name that a promise rejects with.
 *
 * @param {import("./visit.mjs").Context} context
 * @param {Promise<unknown>} promise
 * @param {string} name
 * @param {string} what
 * @returns {Promise<import("../../../dist/index.js").BasetenError>}
 */
export async function fails({ lib }, promise, name, what) {
  const error = await rejection(promise, what);
  ok(error instanceof lib.BasetenError && error instanceof Error, `${what}: a BasetenError, got ${error}`);
  same(error.name, name, `${what}: ${error.message}`);
  return error;
}
