import type { ApiKey } from "../types/options.ts";
import type { CreateError } from "../wire/api-error.ts";
import { parseApiKey } from "../wire/api-key.ts";

/**
 * Resolves the key of one attempt; `""` if there is none.
 * @throws {BasetenError} `AuthenticationError` if the function fails or the key cannot be one; it shows nothing of the key
 */
export async function resolveApiKey(apiKey: ApiKey | undefined, createError: CreateError): Promise<string> {
  let value: unknown;
  try {
    value = typeof apiKey === "function" ? await apiKey() : apiKey;
  } catch (cause) {
    throw createError("AuthenticationError", "the function apiKey failed", { cause });
  }
  const { key, problem } = parseApiKey(value);
  if (problem) throw createError("AuthenticationError", problem);
  return key;
}

/** Returns the secret part of an `authorization` header: what errors must not show. */
export function getSecret(authorization: string | null | undefined): string {
  return authorization?.trim().split(/\s+/).pop() ?? "";
}
