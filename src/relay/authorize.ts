import { isObject } from "../wire/json.ts";
import type { BufferedBody } from "./buffered-body.ts";
import type { RelaySettings } from "./options.ts";
import { createRelayError } from "./relay-error.ts";
import { shareBody } from "./share-body.ts";

function isResponse(value: unknown): value is Response {
  // Not instanceof: adapters have Response classes of their own.
  return isObject(value) && typeof value.status === "number" && value.headers === Object(value.headers);
}

/**
 * Calls the option `authorize`. Only `true` lets a request in.
 * @returns the Response that it gives instead, if it does
 * @throws {BasetenError} 403, 500 if it throws, or what is wrong with the body that it has read
 */
export async function callAuthorize(
  request: Request,
  body: BufferedBody,
  { authorize }: RelaySettings,
): Promise<Response | undefined> {
  if (!authorize) return;
  if (request.method !== "GET") shareBody(request, body);
  let verdict: unknown;
  try {
    verdict = await authorize(request);
  } catch (cause) {
    const message = "the relay could not tell whether the request is authorized";
    throw body.failure() ?? createRelayError(500, message, { code: "authorize_failed", cause: cause ?? "unknown" });
  }
  if (verdict === true) return;
  if (isResponse(verdict)) return verdict;
  throw createRelayError(403, "not authorized to use this relay", { code: "not_authorized" });
}
