import type { ChatCompletion } from "./types/chat.ts";
import type { Embeddings } from "./types/embeddings.ts";
import type { SchemaIssue } from "./types/schema.ts";

/** What a {@link BasetenError} can be. The names are LiteLLM's and OpenAI's where they have one. */
export type BasetenErrorName =
  | "BadRequestError"
  | "ContextWindowExceededError"
  | "AuthenticationError"
  | "PaymentRequiredError"
  | "PermissionDeniedError"
  | "NotFoundError"
  | "RateLimitError"
  | "InternalServerError"
  | "TimeoutError"
  | "APIConnectionError"
  | "APIError"
  | "StreamTruncatedError"
  | "InvalidResponseError";

/** What is known of a failure besides its name and message. */
export interface BasetenErrorFields {
  /** The HTTP status. `undefined` if nothing was sent, or nothing came. */
  status?: number | undefined;
  /** The server's own code. */
  code?: string | number | undefined;
  /** The server's own type. */
  type?: string | undefined;
  /** The field of the request that the server complains of. */
  param?: string | undefined;
  /** The address that was called. */
  url?: string | undefined;
  /** `x-baseten-request-id`, else `x-request-id`, else what the body says. */
  requestId?: string | undefined;
  /** The headers of the response. */
  headers?: Headers | undefined;
  /** The body of the response as text, at most 64 Ki characters of it. */
  body?: string | undefined;
  /** How long the server asks to wait, in ms. */
  retryAfter?: number | undefined;
  /** How many requests were sent. Default 0. */
  attempts?: number | undefined;
  /** The completion as far as it came; `collect`, `parse` and `runTools` set it. */
  partial?: ChatCompletion | undefined;
  /** Why the answer does not fit the schema; `parse` sets it. */
  issues?: readonly SchemaIssue[] | undefined;
  /** The embeddings that came before a later batch failed; `embed` sets it. */
  embeddings?: Embeddings | undefined;
  /** What was caught underneath, as it was. */
  cause?: unknown;
}

/** A {@link BasetenError} as a plain object: it survives `JSON.stringify` and `postMessage`. */
export interface BasetenErrorJSON extends Omit<BasetenErrorFields, "cause" | "headers"> {
  /** What went wrong. */
  name: BasetenErrorName;
  /** The status and the host, and what happened, in the server's words where it has any. */
  message: string;
  /** The headers of the response, their names in lower case. */
  headers?: Record<string, string>;
}

/**
 * The one error of this library, told apart by `name`, as DOMException is:
 *
 * ```ts
 * if (error instanceof BasetenError && error.name === "RateLimitError") await sleep(error.retryAfter ?? 1_000);
 * ```
 *
 * A caller's abort is not one: it rejects with `signal.reason` itself.
 */
export class BasetenError extends Error {
  /** What went wrong: compare it in an `if` or a `switch`. */
  override name: BasetenErrorName;
  /** `undefined` if nothing was sent, or no response came. */
  status: number | undefined = undefined;
  /** The server's own code. */
  declare code?: string | number;
  /** The server's own type. */
  declare type?: string;
  /** The field of the request that the server complains of. */
  declare param?: string;
  /** The address that was called. */
  declare url?: string;
  /** `x-baseten-request-id`, else `x-request-id`, else what the body says. */
  declare requestId?: string;
  /** The headers of the response. */
  declare headers?: Headers;
  /** The body of the response as text, at most 64 Ki characters of it. */
  declare body?: string;
  /** How long the server asks to wait, in ms. */
  declare retryAfter?: number;
  /** How many requests were sent. */
  attempts = 0;
  /** The completion as far as it came; from `collect`, `parse` and `runTools`. */
  declare partial?: ChatCompletion;
  /** Why the answer does not fit the schema; from `parse`. */
  declare issues?: readonly SchemaIssue[];
  /** The embeddings that came before a later batch failed; from `embed`. */
  declare embeddings?: Embeddings;

  /** `fields` that are `undefined` are left out; `cause` is kept as it is, and is not enumerable. */
  constructor(name: BasetenErrorName, message: string, { cause, ...fields }: BasetenErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
    const known = this as Record<string, unknown>;
    for (const [field, value] of Object.entries(fields)) if (value !== undefined) known[field] = value;
  }

  /** The plain fields (all but `cause` and `stack`), for logs and `postMessage`. */
  toJSON(): BasetenErrorJSON {
    const { message, headers } = this;
    return { ...this, message, ...(headers && { headers: Object.fromEntries(headers) }) };
  }
}

/** Returns the type of a value, such as `array`, `promise` or `string`; `object` for literals and class instances. */
export function getTypeName(value: unknown): string {
  // The second word of "[object Promise]".
  return Object.prototype.toString.call(value).slice(8, -1).toLowerCase();
}

/**
 * Returns a value as an error message shows it: a text in quotes, cut at 80 characters; of an object of any kind the type
 * alone, such as `array` or `promise`.
 */
export function formatValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  return Object(value) === value ? getTypeName(value) : String(value);
}

/**
 * Refuses bad input before anything is sent: the message names the field, what was expected and what came.
 * @throws {BasetenError} `BadRequestError` unless `ok`
 */
export function assertValid(ok: unknown, field: string, expected: string, got: unknown): asserts ok {
  if (!ok) throw new BasetenError("BadRequestError", `${field}: expected ${expected}, got ${formatValue(got)}`);
}

/**
 * Refuses anything but an async iterable. A promise is the likely mistake, and its rejection would have no handler.
 * @throws {BasetenError} `BadRequestError` that names the field
 */
export function assertAsyncIterable(
  value: unknown,
  field: string,
  expected: string,
): asserts value is AsyncIterable<unknown> {
  const isIterable = typeof Object(value)[Symbol.asyncIterator] === "function";
  if (!isIterable) Promise.resolve(value).catch(() => {});
  assertValid(isIterable, field, expected, value);
}
