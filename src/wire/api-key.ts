function findExpected(value: unknown, key: string): string | undefined {
  if (typeof value !== "string") return "a string";
  if (/^bearer\s/i.test(key)) return 'the key without "Bearer "';
  return /^[!-~]*$/.test(key) ? undefined : "visible ASCII characters without spaces";
}

/**
 * Trims a key and says what keeps it from being one, showing nothing of it: a header takes visible ASCII alone, and
 * platforms print a header that they refuse. No key is `""`.
 */
export function parseApiKey(given: unknown): { key: string; problem?: string | undefined } {
  const value = given ?? "";
  const key = String(value).trim();
  const expected = findExpected(value, key);
  return { key, problem: expected && `apiKey: expected ${expected}` };
}
