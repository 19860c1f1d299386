import { type Address, allowedMethod } from "./address.ts";
import {
  createDeploymentNotFoundResponse,
  createKeyErrorResponse,
  createMessagesNotFoundResponse,
  createMethodNotAllowedResponse,
  type ResponseData,
} from "./error-response.ts";
import { findModel } from "./models.ts";
import type { EmulatorSettings } from "./options.ts";

/**
 * The response to a request that is rejected before its body is read and before a cold start, or `undefined`: a wrong
 * method, a missing or wrong key, the Messages API, an unknown deployment.
 */
export function findRejection(
  { method, headers }: Request,
  address: Address,
  { apiKeys, models }: EmulatorSettings,
  requestId: string,
): ResponseData | undefined {
  const { endpoint, deployment } = address;
  const allowed = allowedMethod(endpoint);
  if (method !== allowed) return createMethodNotAllowedResponse(method, allowed, requestId);
  const keyError = authenticate(headers, apiKeys);
  if (keyError) return createKeyErrorResponse(keyError);
  if (endpoint === "messages") return createMessagesNotFoundResponse(requestId);
  return deployment && !findModel(models, address) ? createDeploymentNotFoundResponse(deployment.id) : undefined;
}

/** The status to reject a key with: 401 if there is none, 403 if it is wrong. Without `apiKeys` every key is right. */
function authenticate(headers: Headers, apiKeys: readonly string[] | undefined): 401 | 403 | undefined {
  if (!apiKeys) return;
  const [, key] = /^(?:bearer|api-key)\s+(.*)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (!key) return 401;
  return apiKeys.includes(key) ? undefined : 403;
}
