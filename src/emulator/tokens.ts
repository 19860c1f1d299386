/** Up to six letters or digits with the white space before them, any other character, or white space at the end. */
const TOKEN_PATTERN = /\s*[\p{L}\p{M}\p{N}]{1,6}|\s*\S|\s+/gu;

/** Splits a text into tokens, one at a time. Joined, they are the text again; no code point is split. */
export function* tokenize(text: string): Generator<string> {
  for (const [token] of text.matchAll(TOKEN_PATTERN)) yield token;
}

/** The number of tokens in a text. */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of tokenize(text)) count += 1;
  return count;
}

/** A 32-bit hash of a text (FNV-1a over its UTF-16 code units). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let position = 0; position < text.length; position += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  return hash >>> 0;
}

/** A 32-bit hash of a text as 8 hexadecimal digits. */
export function hashToHex(text: string): string {
  return hashText(text).toString(16).padStart(8, "0");
}

/** The first `maxChars` characters of a text, with an ellipsis if there are more. */
export function excerpt(text: string, maxChars: number): string {
  // A character has at most two code units.
  const characters = Array.from(text.slice(0, 2 * maxChars + 2));
  return characters.length > maxChars ? `${characters.slice(0, maxChars).join("")}…` : text;
}
