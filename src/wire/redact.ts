/** A shorter key may stand in ordinary text, and is left there. */
const MIN_KEY_CHARS = 8;

/** This many leading characters of the key, or more, at the end of a text count as a key that was cut off. */
const MIN_FRAGMENT_CHARS = 4;

/** How JSON may escape a visible ASCII character. */
const ESCAPE = /\\(?:u00[2-7][\da-fA-F]|["\\/])/g;

/** An escape that the end of the text cut off. */
const CUT_ESCAPE = /\\(?:u[\da-fA-F]{0,3})?$/;

/** Escapes what JSON needs escaped, and nothing else. */
const escapeJSON = (value: string): string => JSON.stringify(value).slice(1, -1);

/** Replaces the key, and its beginning at the end of the text. No pattern is made of the key: it would backtrack. */
function replaceKey(text: string, key: string): string {
  const replaced = text.replaceAll(key, "***");
  const ends = [replaced, replaced.replace(CUT_ESCAPE, "")];
  for (let length = key.length - 1; length >= MIN_FRAGMENT_CHARS; length--) {
    const end = ends.find((text) => text.endsWith(key.slice(0, length)));
    if (end !== undefined) return `${end.slice(0, -length)}***`;
  }
  return replaced;
}

/**
 * Returns a function that replaces each occurrence of the key by `***`, also where its characters are JSON-escaped (one
 * level), and a beginning of it of 4 characters or more at the end of a text: a connection that closes inside the key
 * cannot be told from an end. Linear in the text, whatever it and the key hold: a relay's caller may choose both.
 */
export function createKeyRedactor(key: string): (text: string) => string {
  if (key.length < MIN_KEY_CHARS) return (text) => text;
  return (text) => {
    const json = text.replace(ESCAPE, (char) => escapeJSON(JSON.parse(`"${char}"`)));
    const redacted = replaceKey(json, escapeJSON(key));
    // Text that does not repeat the key stays as it came.
    return replaceKey(redacted === json ? text : redacted, key);
  };
}
