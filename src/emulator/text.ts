/** A few characters of a word with the space before it, any other character, or white space at the end. */
const TOKEN = /\s*[\p{L}\p{M}\p{N}]{1,6}|\s*\S|\s+/gu;

/**
 * Cuts a text into its tokens, one by one; joined they are the text again. No code point is cut.
 * @internal
 */
export function* tokensOf(text: string): Generator<string> {
  for (const [token] of text.matchAll(TOKEN)) yield token;
}

/**
 * How many tokens a text has.
 * @internal
 */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of tokensOf(text)) count += 1;
  return count;
}

/**
 * A number of 32 bits that stands for a text (FNV-1a over its code units).
 * @internal
 */
export function hash(text: string, basis = 0x811c9dc5): number {
  let sum = basis;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  return sum >>> 0;
}

/**
 * The first `length` characters of a text, with an ellipsis if there are more.
 * @internal
 */
export function excerpt(text: string, length: number): string {
  // A character has two code units at most.
  const characters = Array.from(text.slice(0, 2 * length + 2));
  return characters.length > length ? `${characters.slice(0, length).join("")}…` : text;
}
