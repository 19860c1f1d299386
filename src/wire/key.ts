/**
 * A key, trimmed; `""` where there is none, `undefined` for what cannot be one: a header takes visible ASCII alone, and
 * platforms that refuse the rest print it.
 * @internal
 */
export function keyText(key: unknown): string | undefined {
  const text = typeof key === "string" ? key.trim() : (key ?? "");
  return typeof text === "string" && /^[!-~]*$/.test(text) ? text : undefined;
}

/**
 * A server's words without the key. One of less than 8 characters may stand in ordinary text, and stays.
 * @internal
 */
export function withoutKey(words: string, key: string): string {
  return key.length < 8 ? words : words.split(key).join("***");
}
