/**
 * Trims a key and says what keeps it from being one, showing nothing of it: a header takes visible ASCII alone, and
 * platforms print a header that they refuse. No key is `""`.
 */
export function parseApiKey(value: unknown): { key: string; problem?: string | undefined } {
  if (value === undefined || value === null) return { key: "" };
  if (typeof value !== "string")
    return { key: "", problem: `apiKey: expected a string, got a value of type ${typeof value}` };
  const key = value.trim();
  if (/^bearer\s/i.test(key)) return { key: "", problem: 'apiKey: expected the key alone, without "Bearer "' };
  if (/^[!-~]*$/.test(key)) return { key };
  return {
    key: "",
    problem: "apiKey: expected visible ASCII characters, got others (a space, a line break or an accent)",
  };
}
