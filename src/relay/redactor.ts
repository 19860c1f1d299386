import type { ErrorContext } from "../wire/api-error.ts";
import { createKeyRedactor } from "../wire/redact.ts";

/** Removes the key and the upstream's address from a text. */
export type Redact = (text: string) => string;

const escapePattern = (text: string): string => text.replace(/[^\w-]/g, "\\$&");

function createAddressRedactor(hostname: string, path: string): Redact {
  const host = `(https?://)?(?<![a-z\\d])${escapePattern(hostname)}(?![a-z\\d])(:\\d+)?`;
  const address = new RegExp(`(${host}|${escapePattern(path)})([/?][^\\s"'<>]*)?`, "gi");
  return (text) => text.replace(address, "***");
}

/**
 * Creates the function that removes the key and the upstream's address from what the caller gets. Its patterns are made
 * when a text may match: nearly none does, and a pattern costs more than the rest of an answer.
 */
export function createRedactor({ url, apiKey }: ErrorContext): Redact {
  const { hostname, pathname } = new URL(url);
  const path = pathname.toLowerCase();
  // The first characters of a key are plain unless JSON has escaped them.
  const keyStart = apiKey.slice(0, 4);
  const mayHoldKey: (text: string) => boolean = (text) => text.includes(keyStart) || text.includes("\\");
  const mayHoldAddress: (text: string) => boolean = (text) => {
    const lower = text.toLowerCase();
    return lower.includes(hostname) || lower.includes(path);
  };
  let redactKey: Redact | undefined;
  let redactAddress: Redact | undefined;
  return (text) => {
    let redacted = text;
    if (mayHoldKey(text)) {
      redactKey ??= createKeyRedactor(apiKey);
      redacted = redactKey(text);
    }
    if (!mayHoldAddress(redacted)) return redacted;
    redactAddress ??= createAddressRedactor(hostname, pathname);
    return redactAddress(redacted);
  };
}
