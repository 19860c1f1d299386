function findExpected(value: string): string | undefined {
  // Before it is trimmed: `Bearer ${key}` of an empty key is no key either.
  if (/^\s*bearer\s/i.test(value)) return 'the key without "Bearer "';
  return /^[!-~]*$/.test(value.trim()) ? undefined : "visible ASCII characters without spaces";
}

/**
 * Trims a key and says what keeps it from being one, showing nothing of it: a header takes visible ASCII alone, and
 * platforms print a header that they refuse. No key is `""`.
 */
export function parseApiKey(given: unknown): { key: string; problem?: string | undefined } {
  const value = given ?? "";
  const isString = typeof value === "string";
  const key = isString ? value.trim() : "";
  const expected = isString ? findExpected(value) : "a string";
  return { key, problem: expected && `apiKey: expected ${expected}` };
}
