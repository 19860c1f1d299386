import { BasetenError, type BasetenErrorFields } from "../error.ts";
import { errorNameForStatus } from "../wire/error-name.ts";
import { addCorsHeaders, type HeaderRecord } from "./headers.ts";

/** What is known of a relay's error besides its status and message. Its headers belong to the answer. */
type Details = Pick<BasetenErrorFields, "code" | "type" | "headers" | "cause">;

/** An error with a status: what the caller gets. */
export type RelayError = BasetenError & { status: number };

/**
 * Creates the error of a request that the relay does not answer with a 2xx: status, message, code, type and headers are
 * what the caller gets, and show neither a key nor the upstream's address. `cause` is what the caller does not get: with it
 * the error is reported to `onError`.
 */
export function createRelayError(status: number, message: string, details: Details = {}): RelayError {
  return Object.assign(new BasetenError(errorNameForStatus(status, message), message, details), { status });
}

/** Tells a relay's error from one of the client's core: it has a status and names no address. */
export function isRelayError(error: unknown): error is RelayError {
  return error instanceof BasetenError && error.status !== undefined && error.url === undefined;
}

/** Returns the error to answer with. Of an error that is not a relay's the caller gets nothing. */
export function toRelayError(error: unknown): RelayError {
  return isRelayError(error) ? error : createRelayError(500, "the relay failed", { cause: error ?? "unknown" });
}

/** Returns the answer for an error: OpenAI's shape, which its SDKs and this client read. */
export function toErrorResponse(error: RelayError, corsHeaders: HeaderRecord): Response {
  const { status, message, name, type = name, code, headers: given } = error;
  const headers: HeaderRecord = given ? Object.fromEntries(given) : {};
  headers["content-type"] = "application/json";
  headers["cache-control"] = "no-store";
  const body = JSON.stringify({ error: { message, type, code: code ?? null } });
  return new Response(body, { status, headers: addCorsHeaders(headers, corsHeaders) });
}
