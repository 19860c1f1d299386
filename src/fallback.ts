import { assertValid, BasetenError, type BasetenErrorName } from "./error.ts";
import { closeIterator, createIterator } from "./http/iterator.ts";
import { isObject } from "./wire/json.ts";
import { hasOutput } from "./wire/normalize.ts";

/** What another model would not change: the request, the key or the account is wrong. */
const FINAL_ERRORS: readonly BasetenErrorName[] = [
  "BadRequestError",
  "AuthenticationError",
  "PaymentRequiredError",
  "PermissionDeniedError",
];

function canFallBack(error: unknown): error is BasetenError {
  return error instanceof BasetenError && !FINAL_ERRORS.includes(error.name);
}

/** Tells a stream of chunks or events from other values. A ReadableStream, which may hold bytes, is such a value. */
function isStream(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value && !("getReader" in value);
}

/** Tells whether an item of a stream is more than a preamble, which is a chunk without any output. */
function isOutput(item: unknown): boolean {
  if (!isObject(item)) return Boolean(item);
  const { choices } = isObject(item.chunk) ? item.chunk : item;
  if (!Array.isArray(choices)) return true;
  return choices.some((choice) => {
    const delta: unknown = isObject(choice) && choice.delta;
    return isObject(delta) && hasOutput(delta);
  });
}

/** Reads a stream until its first output, and returns one that yields what was read and then the rest. */
async function readPreamble(chunks: AsyncIterable<unknown>): Promise<AsyncGenerator<unknown>> {
  const iterator = chunks[Symbol.asyncIterator]();
  /** Items held back until the first output. The first one is empty: the `next()` below takes it, and so reads until then. */
  const held: unknown[] = [undefined];
  let hasBegun = false;
  const output = createIterator<unknown, IteratorResult<unknown>, unknown>((controller) => ({
    pull: () => Promise.resolve(iterator.next()),
    parse({ done = false, value }) {
      hasBegun ||= done || isOutput(value);
      if (!done) held.push(value);
      if (hasBegun) for (const item of held.splice(0)) controller.enqueue(item);
      if (done) controller.close(value);
    },
    close: () => closeIterator(iterator),
  }));
  // It also opens the source: one that is not open would not be closed by `return()`.
  await output.next();
  return output;
}

/**
 * Tries one model after another until one answers.
 *
 * ```ts
 * const models = ["baseten/moonshotai/Kimi-K3", "baseten/openai/gpt-oss-120b"];
 * const chunks = await fallback(models, (model) => stream({ model, messages }));
 * for await (const piece of text(chunks)) write(piece);
 * ```
 *
 * The next model is tried for any {@link BasetenError} but `BadRequestError`, `AuthenticationError`,
 * `PaymentRequiredError` and `PermissionDeniedError`; never for an abort, for other errors, or for what `call` itself
 * throws. A stream falls back until its first content, reasoning, refusal or tool call: what comes before that is held
 * back and delivered with it. After that its failure is thrown as usual. Each attempt has the retries of its own call.
 *
 * @param models - in the order of preference
 * @param call - starts the call: returns a promise, a stream or a promise of one
 * @param onFallback - called, and awaited, for each model that failed with another left to try
 * @returns what `call` returned for the first model that answered: the promise's value, or a stream
 * @throws the last error; {@link BasetenError} `BadRequestError` for an empty list of models
 */
export async function fallback<T>(
  models: readonly string[],
  call: (model: string) => T,
  onFallback?: (error: BasetenError, model: string) => void | Promise<void>,
): Promise<Awaited<T>> {
  assertValid(Array.isArray(models) && models.length > 0, "models", "a list of at least one model", models);
  for (const model of models) assertValid(typeof model === "string", "models", "a list of strings", model);
  assertValid(typeof call === "function", "call", "a function", call);
  assertValid(onFallback === undefined || typeof onFallback === "function", "onFallback", "a function", onFallback);
  let failed: { error: BasetenError; model: string } | undefined;
  for (const model of models) {
    if (failed) await onFallback?.(failed.error, failed.model);
    // Not caught: what `call` itself throws is a mistake in it.
    const answer = call(model);
    try {
      const value = await answer;
      // The cast: `readPreamble` returns a stream of the same items.
      return isStream(value) ? ((await readPreamble(value)) as Awaited<T>) : value;
    } catch (error) {
      if (!canFallBack(error)) throw error;
      failed = { error, model };
    }
  }
  throw failed?.error;
}
