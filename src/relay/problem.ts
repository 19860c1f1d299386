import { BasetenError } from "../error.ts";
import { errorNameForStatus } from "../wire/error-name.ts";

/** What is known of a problem beside its status and words. */
interface Details {
  /** For programs. */
  code?: string | number | undefined;
  type?: string | undefined;
  /** That belong to the answer, such as `allow` or the upstream's `retry-after`. */
  headers?: Headers | undefined;
}

/**
 * Why a request gets no answer, in words that its caller may read: they hold no key, and no address of the upstream.
 * @internal
 */
export function problem(status: number, message: string, details: Details = {}): BasetenError {
  return new BasetenError(errorNameForStatus(status, message), message, { status, ...details });
}

/**
 * Whether an error was made by {@link problem}: it has a status, and names no address.
 * @internal
 */
export function isProblem(error: unknown): error is BasetenError & { status: number } {
  return error instanceof BasetenError && error.status !== undefined && error.url === undefined;
}

/**
 * What the caller is told of an error. Of one that nobody foresaw, nothing.
 * @internal
 */
export function problemResponse(error: unknown): Response {
  const { status, message, name, type, code, headers } = isProblem(error) ? error : problem(500, "the relay failed");
  const all = new Headers(headers);
  all.set("content-type", "application/json");
  all.set("cache-control", "no-store");
  return new Response(JSON.stringify({ error: { message, type: type ?? name, code: code ?? null } }), {
    status: status as number,
    headers: all,
  });
}
